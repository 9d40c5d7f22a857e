"""The script that runs a command beside the unit: as its user, on its ledger, or as oneself."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smsherald.cli.exits import CONFIGURATION, FAILED, INTERRUPTED, UNAVAILABLE, USAGE
from support.waiting import eventually
from support.wrapped import (
    EXPORTED,
    INSTALLED,
    LEFT_OUT,
    MISNAMED,
    NO_END,
    NO_UTF_8,
    SCRIPT,
    SYSTEMD,
    TAKEN,
    Host,
    ended,
)

ALIKE = ("User", "Group", "StateDirectory", "StateDirectoryMode", "UMask", "EnvironmentFile")
ARGUMENTS = ["send", "--message", "$HOME and 'ours' cost ${PRICE}", "$5", ""]
BESIDE_THEM = (
    "smsherald.service does not run, these do: smsherald@a, smsherald@b; "
    "beside smsherald@a: sudo SMSHERALD_UNIT=smsherald@a smsherald …\n"
)
WRITE_DOWN = "printf '%s\\0' \"$@\""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Return one that systemd has booted, and on which the unit is as it comes."""
    host = Host(tmp_path)
    host.has("systemd-notify", "exit 0")
    host.has("systemctl", f'[ "$1" = list-units ] || cat {SYSTEMD}/smsherald.service')
    host.has("systemd-run", f'[ "$1" = --help ] || {WRITE_DOWN}')
    host.command("echo ran; exit 0")
    host.is_user(0, "root")
    return host


def unit(name: str = "smsherald") -> str:
    return (SYSTEMD / f"{name}.service").read_text()


def properties(asked: list[str]) -> list[str]:
    return [each.removeprefix("--property=") for each in asked if "--property" in each]


@pytest.mark.parametrize(
    "checker", [["sh", "-n"], ["bash", "-n"], ["shellcheck"]], ids=lambda each: each[0]
)
def test_the_script_is_one(checker: list[str]) -> None:
    if shutil.which(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    done = subprocess.run([*checker, SCRIPT], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


class TestAsRoot:
    """It is the unit's user, with all that the unit has."""

    def test_it_has_the_units_user_ledger_and_environment(self, host: Host) -> None:
        of_unit = {line for line in unit().splitlines() if line.partition("=")[0] in ALIKE}

        asked = properties(host.asked("status"))
        assert sorted(asked) == sorted(of_unit | {f"WorkingDirectory=-{host.folder}"})
        assert len(of_unit) == len(ALIKE)

    @pytest.mark.parametrize("version", ["", "--expand-environment=BOOL"], ids=["older", "newer"])
    def test_it_starts_what_the_unit_does_with_its_settings_and_arguments_as_they_are(
        self, host: Host, version: str
    ) -> None:
        """Systemd's help says of an option that came with its version 254."""
        host.has("systemd-run", f"[ \"$1\" = --help ] && echo '{version}' || {WRITE_DOWN}")
        (config,) = re.findall(rf"^ExecStart={INSTALLED} run --config (\S+)$", unit(), re.MULTILINE)

        asked = host.asked(*ARGUMENTS, SUDO_USER="ann")
        _, *arguments = asked[asked.index(str(host.folder / "command")) :]
        # Of two signs systemd makes one again.
        assert arguments == (
            ARGUMENTS if version else [argument.replace("$", "$$") for argument in ARGUMENTS]
        )
        assert ("--expand-environment=no" in asked) is bool(version)
        assert f"--setenv=SMSHERALD_CONFIG={config}" in asked
        assert {"--setenv=SUDO_USER=ann", "--setenv=SMSHERALD_UNIT=smsherald"} < set(asked)
        assert {"--quiet", "--pipe", "--wait", "--collect"} < set(asked)

    def test_its_name_is_its_own_and_tells_nobody_what_it_was_given(self, host: Host) -> None:
        """By default systemd writes all arguments into the journal: numbers and texts."""
        names = {each for _ in range(2) for each in host.asked("status") if "--unit=" in each}
        assert len(names) == 2
        assert all(name.startswith("--unit=smsherald-command-") for name in names)

        asked = host.asked(*ARGUMENTS, SUDO_USER="ann")
        assert "--description=smsherald: a command of ann" in asked

    def test_it_has_the_credentials_that_the_unit_was_given(self, host: Host) -> None:
        credentials = re.findall(r"^#(Load\w+=.+)$", unit(), re.MULTILINE)
        given = re.sub(r"^#(?=Load\w+=)", "", unit(), flags=re.MULTILINE)
        (host.folder / "given").write_text(given)
        assert properties(host.asked("status"))[0].startswith("EnvironmentFile=")

        host.has("systemctl", f"cat {host.folder}/given")
        assert len(credentials) >= 3
        assert set(credentials) < set(properties(host.asked("status")))

    def test_beside_an_instance_it_has_that_one_s_environment_too(self, host: Host) -> None:
        host.has(
            "systemctl",
            f'[ "$*" = "--quiet is-enabled smsherald@a" ] || '
            f'{{ [ "$*" = "cat smsherald@a" ] && cat {SYSTEMD}/smsherald@.service; }}',
        )

        whole = host.asked("status", SMSHERALD_UNIT="smsherald@a")
        assert "--setenv=SMSHERALD_UNIT=smsherald@a" in whole
        asked = properties(whole)
        # What stands in a later file holds.
        assert [each for each in asked if each.startswith("EnvironmentFile=")] == [
            line.replace("%i", "a")
            for line in unit("smsherald@").splitlines()
            if line.startswith("EnvironmentFile=")
        ]

    def test_a_line_that_systemd_leaves_out_of_the_environment_is_said_without_its_value(
        self, host: Host
    ) -> None:
        file = host.folder / "environment"
        file.write_text("\n".join(["# what comes:", *LEFT_OUT, ""]))
        host.command("exit 0")
        (host.folder / "environment.a").write_text("export TOKEN=secret")

        code, _, said = host.run("status")
        assert code == 0
        assert said.splitlines() == [
            f"{file}:{line}: systemd leaves this line out: {why}"
            for line, why in enumerate(LEFT_OUT.values(), 2)
        ]
        *plain, of_instance = host.run("status", SMSHERALD_UNIT="smsherald@a")[2].splitlines()
        assert plain == said.splitlines()
        assert of_instance == f"{file}.a:1: systemd leaves this line out: {EXPORTED}"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            pytest.param(b"A='secret\nB=secret\n", f"1: {NO_END}", id="a quote without an end"),
            pytest.param(b"# \xff\nA=secret\xff\n", f"2: {NO_UTF_8}", id="another encoding"),
            pytest.param(
                b"A=secret\\\r\nB-C=secret\r\n",
                f"2: systemd leaves this line out: {MISNAMED}",
                id="no line goes on behind a backslash and a CRLF",
            ),
        ],
    )
    def test_what_more_is_left_out_than_a_line_is_said_too(
        self, host: Host, content: bytes, said: str
    ) -> None:
        # Systemd escapes what an instance is called.
        file = host.folder / r"environment.a\x2db"
        file.write_bytes(content)

        assert host.run("status", SMSHERALD_UNIT=r"smsherald@a\x2db")[2] == f"{file}:{said}\n"

    @pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
    def test_what_is_no_file_of_variables_keeps_no_command_from_running(
        self, host: Host, make: Callable[[Path], None]
    ) -> None:
        make(host.folder / "environment")

        assert host.asked("status")

    def test_of_any_other_line_of_the_environment_nothing_is_said(self, host: Host) -> None:
        (host.folder / "environment").write_text(TAKEN)

        assert host.run("status")[2] == ""

    def test_a_unit_that_is_not_there_is_refused_with_those_that_are(self, host: Host) -> None:
        host.has(
            "systemctl",
            'case "$*" in\n'
            '"cat smsherald@"* | "list-unit-files "*) echo "smsherald.service enabled" ;;\n'
            '"list-units --all "*" smsherald.service "*) echo "smsherald@a.service loaded" ;;\n'
            '"list-units "*) ;;\n'
            "*) exit 1 ;;\n"
            "esac",
        )
        host.has("systemd-run", "echo ran")

        for name in ("smsherald@typo", "nothing.service"):
            code, output, errors = host.run("status", SMSHERALD_UNIT=name)
            assert (code, output) == (USAGE, "")
            assert errors == (
                f"smsherald: SMSHERALD_UNIT={name.removesuffix('.service')} is no unit of this "
                "host; it has: smsherald, smsherald@a\n"
            )

    @pytest.mark.parametrize(
        ("running", "code", "hint"),
        [
            (
                ["smsherald@a", "smsherald@b"],
                UNAVAILABLE,
                BESIDE_THEM,
            ),
            (["smsherald@a"], 0, ""),
            (["smsherald", "smsherald@a"], UNAVAILABLE, ""),
            ([], UNAVAILABLE, ""),
        ],
        ids=["instances", "well", "unit", "nothing"],
    )
    def test_one_that_fails_where_instances_alone_run_says_how_to_be_beside_them(
        self, host: Host, running: list[str], code: int, hint: str
    ) -> None:
        lines = "".join(f"{name}.service loaded active running\\n" for name in running)
        host.has("systemctl", f"[ \"$1\" != list-units ] || printf '{lines}'")
        host.has("systemd-run", f'[ "$1" = --help ] || exit {code}')

        ended, output, errors = host.run("status")
        assert (ended, output) == (code, "")
        assert hint in errors
        assert errors.count("\n") == bool(hint)

    @pytest.mark.parametrize("enabled", [False, True])
    def test_of_a_unit_that_gave_way_to_instances_nothing_is_said(
        self, host: Host, *, enabled: bool
    ) -> None:
        host.has(
            "systemctl",
            'case "$*" in\n'
            f'"--quiet is-enabled smsherald") exit {int(not enabled)} ;;\n'
            '"list-units "*) echo "smsherald@a.service loaded active running" ;;\n'
            '"show --property=ActiveState --value smsherald") echo failed ;;\n'
            '"show --property=StatusText --value smsherald") echo long past ;;\n'
            "esac",
        )
        host.has("systemd-run", f'[ "$1" = --help ] || exit {FAILED}')

        _, _, errors = host.run("status")
        assert ("smsherald is failed: long past" in errors) is enabled
        assert "these do: smsherald@a; beside" in errors


class TestAsAnybodyElse:
    """It is oneself, with the configuration alone."""

    HINT = "smsherald: this ran as ann; with sudo it has the user, the ledger and the secrets"

    @pytest.fixture(autouse=True)
    def _ann(self, host: Host) -> None:
        host.is_user(1000, "ann")

    def test_the_command_has_the_configuration_the_arguments_and_what_is_piped(
        self, host: Host
    ) -> None:
        host.command(f'echo "$SMSHERALD_CONFIG $STATE_DIRECTORY"; cat; {WRITE_DOWN}')

        assert host.run(*ARGUMENTS, stdin="an event\n") == (
            0,
            "/etc/smsherald/smsherald.yaml /var/lib/smsherald\nan event\n"
            + "".join(f"{argument}\0" for argument in ARGUMENTS),
            "",
        )
        _, output, _ = host.run(SMSHERALD_CONFIG="/mine.yaml")
        assert output.startswith("/mine.yaml \n")

    @pytest.mark.parametrize(
        ("state", "said", "heard"),
        [
            ("failed", "x.yaml:1:1: no", "smsherald: smsherald is failed: x.yaml:1:1: no\n"),
            ("activating", "starting", "smsherald: smsherald is activating: starting\n"),
            ("activating", "", ""),
            ("active", "handling events", ""),
        ],
    )
    def test_one_that_fails_says_why_the_unit_does_not_run(
        self, host: Host, state: str, said: str, heard: str
    ) -> None:
        host.command(f"exit {CONFIGURATION}")
        host.has(
            "systemctl",
            'case "$*" in\n'
            f'"show --property=ActiveState --value smsherald") echo "{state}" ;;\n'
            f'"show --property=StatusText --value smsherald") echo "{said}" ;;\n'
            "*) exit 1 ;;\n"
            "esac",
        )

        code, _, errors = host.run("status")
        assert (code, errors) == (CONFIGURATION, f"{self.HINT} of the service\n{heard}")

    @pytest.mark.parametrize("code", [FAILED, UNAVAILABLE, CONFIGURATION])
    def test_one_that_fails_says_as_whom_it_ran(self, host: Host, code: int) -> None:
        host.command(f"exit {code}")

        ended, output, errors = host.run("status")
        assert (ended, output) == (code, "")
        assert errors.startswith(self.HINT)
        assert errors.count("\n") == 1

    def test_where_instances_alone_run_it_says_how_to_be_beside_them(self, host: Host) -> None:
        lines = "".join(f"smsherald@{name}.service loaded active running\\n" for name in "ab")
        host.has("systemctl", f"[ \"$1\" != list-units ] || printf '{lines}'")
        host.command(f"exit {FAILED}")

        _, _, errors = host.run("status")
        assert errors == (f"{self.HINT} of the service\nsmsherald: {BESIDE_THEM}")
        _, _, errors = host.run("status", SMSHERALD_UNIT="smsherald@b")
        assert (
            errors == f"{self.HINT} of the service: sudo SMSHERALD_UNIT=smsherald@b smsherald …\n"
        )

    @pytest.mark.parametrize("command", ["init", "sandbox"])
    def test_what_needs_nothing_of_the_service_does_not_speak_of_it(
        self, host: Host, command: str
    ) -> None:
        host.command("echo its own words >&2; exit 1")

        assert host.run(command, "shop") == (FAILED, "", "its own words\n")

    @pytest.mark.parametrize("code", [0, USAGE, INTERRUPTED])
    def test_any_other_says_nothing_of_it(self, host: Host, code: int) -> None:
        host.command(f"exit {code}")

        assert host.run("status") == (code, "", "")

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_command_ends_by_its_own_will_when_it_is_told_to(
        self, host: Host, number: signal.Signals
    ) -> None:
        """Ctrl-C is for all that runs on the terminal, `kill` for the script alone."""
        host.command(
            "trap 'echo interrupted; exit 130' INT; trap 'echo terminated; exit 143' TERM\n"
            'echo >"$0.runs"; while :; do sleep 0.1; done'
        )
        tell = os.killpg if number == signal.SIGINT else os.kill
        with host.start("tap") as process:
            eventually((host.folder / "command.runs").exists, what="it runs")
            tell(process.pid, number)
            code, output, errors = ended(process)

        said = "interrupted\n" if number == signal.SIGINT else "terminated\n"
        assert (code, output, errors) == (128 + number, said, "")


class TestStraight:
    """Nobody's rights are needed, or nobody could give them."""

    def test_what_completes_a_word_is_asked_of_the_command_itself(self, host: Host) -> None:
        assert host.run(_SMSHERALD_COMPLETE="complete_bash") == (0, "ran\n", "")

    def test_without_a_systemd_that_runs_the_command_does(self, host: Host) -> None:
        host.has("systemd-notify", "exit 1")

        assert host.run("--version") == (0, "ran\n", "")
