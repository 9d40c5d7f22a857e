"""`smsherald pause`, `resume` and `pauses` as a shell sees them, beside a daemon's open ledger."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import yaml

from smsherald.ledger import SqlLedger
from smsherald.model import Scope, Target
from support.command import smsherald
from support.configuration import FLOW, SETTINGS, write
from support.ledgers import LedgerDatabase, an_sms, fresh
from support.ports import free_port
from support.texting import SENDER

Command = Callable[..., subprocess.CompletedProcess[str]]
SPOKEN = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \((now|\d+ s ago)\)"
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
FOR_PROGRAMS = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"


@pytest.fixture
def database(tmp_path: Path) -> LedgerDatabase:
    return LedgerDatabase(f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
async def ledger(database: LedgerDatabase) -> AsyncIterator[SqlLedger]:
    """Open the ledger as a daemon does."""
    async with database.open() as opened:
        yield opened


@pytest.fixture
def config(database: LedgerDatabase, tmp_path: Path) -> Path:
    # No daemon answers there, whatever else runs on this machine.
    http = {"listen": f"127.0.0.1:{free_port()}"}
    settings = yaml.safe_load(SETTINGS) | {"ledger": {"url": database.url}, "http": http}
    account = settings["twilio"]["accounts"]["default"]
    account["senders"] = ["+1 555 000 2222", "MyShop"]
    return write(tmp_path, yaml.safe_dump(settings), order_created=FLOW, order_shipped=FLOW)


@pytest.fixture
def command(config: Path) -> Command:
    """Return what runs a command on this configuration, by somebody who became root."""

    def run(*arguments: str, columns: int = 200) -> subprocess.CompletedProcess[str]:
        environment = {"SUDO_USER": "ann", "COLUMNS": str(columns)}
        return smsherald(*arguments, "--config", str(config), environment=environment)

    return run


def plain(shown: str) -> str:
    """Return what stands in a box as one line."""
    return " ".join(re.sub(r"[╭╮╰╯│─]", " ", shown).split())


def spoil(config: Path) -> None:
    """Leave a flow half written, and a credential out of the environment."""
    (config.parent / "flows" / "order-created.yaml").write_text("subscribe: [")
    settings = yaml.safe_load(config.read_text())
    settings["twilio"]["accounts"]["default"]["auth_token"] = "${NOT_THERE}"
    config.write_text(yaml.safe_dump(settings))


class TestPause:
    """`pause` pauses exactly one thing, and says how to go on."""

    async def test_everything_until_somebody_resumes_it(
        self, command: Command, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        done = command("pause", "--all", "--why", " A wrong\nprice. ")

        assert done.returncode == 0, done.stderr
        assert re.fullmatch(
            rf"Paused: everything, since {TIME}, until it is resumed; "
            r"end it with `smsherald resume --all`\.\n"
            rf"Ledger: {re.escape(database.url.removeprefix('sqlite:///'))}\n",
            done.stdout,
        )
        brake = await ledger.brake()
        (pause,) = brake.pauses
        assert (brake.counter, pause.target, pause.until) == (1, Target(Scope.ALL), None)
        assert (pause.why, pause.who) == ("A wrong price", f"ann@{socket.gethostname()}")
        assert (await fresh(ledger, an_sms())).brake == 1

    @pytest.mark.parametrize(
        ("options", "target"),
        [
            (["--flow", "order-created"], Target(Scope.FLOW, "order-created")),
            (["--account", "default"], Target(Scope.ACCOUNT, "default")),
            (["--sender", SENDER], Target(Scope.SENDER, SENDER)),
            (["--sender", "(555) 000-2222"], Target(Scope.SENDER, "+15550002222")),
            (["--sender", "MyShop"], Target(Scope.SENDER, "MyShop")),
            (["--country", "gb"], Target(Scope.COUNTRY, "GB")),
        ],
    )
    async def test_one_thing_for_a_while(
        self, command: Command, ledger: SqlLedger, options: list[str], target: Target
    ) -> None:
        done = command("pause", *options, "--for", "2h")

        assert done.returncode == 0, done.stderr
        assert re.search(rf", until {TIME}; end it earlier with `smsherald resume --", done.stdout)
        (pause,) = (await ledger.brake()).pauses
        assert pause.target == target
        assert pause.until == pytest.approx(pause.since + 7200, abs=1)

    @pytest.mark.parametrize("options", [["--all"], ["--country", "gb"]])
    async def test_needs_no_flow_and_no_credential_that_is_right(
        self, command: Command, config: Path, ledger: SqlLedger, options: list[str]
    ) -> None:
        spoil(config)
        done = command("pause", *options)

        assert done.returncode == 0, done.stderr
        assert len((await ledger.brake()).pauses) == 1
        assert command("resume", *options).returncode == 0
        assert (await ledger.brake()).pauses == ()

    @pytest.mark.parametrize("options", [["--flow", "order-created"], ["--account", "any"]])
    async def test_takes_any_name_where_the_names_cannot_be_read(
        self, command: Command, config: Path, ledger: SqlLedger, options: list[str]
    ) -> None:
        spoil(config)
        done = command("pause", *options)
        listed = json.loads(command("pauses", "--json").stdout)

        assert done.returncode == 0, done.stderr
        assert re.search(
            r"names are not checked: \S+order-created.yaml:2:1: this is no YAML", done.stderr
        )
        assert [pause["matches"] for pause in listed] == [None]
        assert len((await ledger.brake()).pauses) == 1

    async def test_a_second_one_replaces_why_and_until(
        self, command: Command, ledger: SqlLedger
    ) -> None:
        command("pause", "--all", "--for", "2h", "--why", "first")
        done = command("pause", "--all", "--why", "second")

        assert re.match(
            rf"It was paused already, since {SPOKEN}, until \S+ \S+ UTC \(in 2 h\), by ann@\S+: "
            r"first; this takes its place\. Paused: everything",
            " ".join(done.stdout.split()),
        )
        brake = await ledger.brake()
        assert [(each.why, each.until) for each in brake.pauses] == [("second", None)]
        assert brake.counter == 2

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ([], "give one of --all, --flow, --account, --sender and --country"),
            (["--all", "--flow", "order-created"], "and only one"),
            (["--flow", "order"], "no flow order; there are: order-created, order-shipped"),
            (["--account", "x"], "no account x; there are: default"),
            (["--sender", "Shop"], f"no sender Shop; there are: {SENDER}, +15550002222, MyShop"),
            (["--country", "XX"], "XX is no country with telephone numbers"),
            (["--country", "uk"], "the United Kingdom is GB"),
            (["--all", "--for", "0s"], "must be up to 366d"),
            (["--all", "--for", "367d"], "must be up to 366d"),
            (["--all", "--for", "soon"], "must be a duration"),
            (["--all", "--why", "x" * 201], "at most 200 characters"),
            (["--all", "--why", "\x1b[2J"], "that can be shown"),
            (["--all", "--why", "\udcff"], "that can be shown"),
        ],
    )
    async def test_what_cannot_be_paused_is_2_and_nothing_is(
        self, command: Command, ledger: SqlLedger, options: list[str], said: str
    ) -> None:
        done = command("pause", *options)

        assert done.returncode == 2
        assert said in plain(done.stderr)
        assert (await ledger.brake()).counter == 0


class TestResume:
    """`resume` ends just that pause, and says what still holds."""

    async def test_the_only_one(self, command: Command, ledger: SqlLedger) -> None:
        command("pause", "--flow", "order-created")
        done = command("resume", "--flow", "order-created")

        assert (done.returncode, done.stdout) == (
            0,
            "The flow order-created goes on; no operator has paused anything else.\n",
        )
        assert (await ledger.brake()).pauses == ()

    async def test_all_is_the_pause_of_everything_only(
        self, command: Command, ledger: SqlLedger
    ) -> None:
        command("pause", "--all")
        command("pause", "--flow", "order-created", "--why", "a wrong price")
        done = command("resume", "--all")

        assert done.returncode == 0, done.stderr
        assert re.fullmatch(
            r"Everything goes on, but for what another pause covers\.\n"
            rf"still paused: the flow order-created, since {SPOKEN}, by ann@\S+: a wrong price\n",
            done.stdout,
        )
        assert [each.target.scope for each in (await ledger.brake()).pauses] == [Scope.FLOW]

    @pytest.mark.long
    def test_nothing_goes_on_while_everything_is_paused(
        self, command: Command, ledger: SqlLedger
    ) -> None:
        del ledger
        for options in (["--account", "default"], ["--all"], ["--country", "US"]):
            command("pause", *options)
        done = command("resume", "--country", "US")

        first, everything, account = done.stdout.splitlines()
        assert first == "The pause of what goes to US has ended, but nothing goes on."
        assert everything.startswith("still paused: everything, since ")
        assert account.startswith("still paused: the account default, since ")

    async def test_a_dry_run_ends_nothing(self, command: Command, ledger: SqlLedger) -> None:
        command("pause", "--all")
        before = await ledger.brake()
        done = command("resume", "--all", "--dry-run")

        assert (done.returncode, done.stdout) == (
            0,
            "Everything would go on; no operator has paused anything else.\n",
        )
        assert await ledger.brake() == before

    @pytest.mark.parametrize("options", [[], ["--dry-run"]])
    @pytest.mark.long
    async def test_one_that_does_not_hold_is_1(
        self, command: Command, ledger: SqlLedger, options: list[str]
    ) -> None:
        command("pause", "--flow", "order-created")
        command("pause", "--all", "--for", "1s")
        await asyncio.sleep(1.1)
        for target in (["--all"], ["--account", "default"], ["--flow", "no-such-flow"]):
            done = command("resume", *target, *options)

            assert done.returncode == 1
            assert done.stdout == ""
            assert "no operator has paused " in done.stderr
        assert len((await ledger.brake()).pauses) == 1

    @pytest.mark.usefixtures("ledger")
    def test_what_a_daemon_may_have_paused_by_itself_is_told_what_ends_it(
        self, command: Command
    ) -> None:
        account, everything = (
            command("resume", *target, columns=80)
            for target in (["--account", "default"], ["--all"])
        )

        said = " ".join(account.stderr.split())
        assert said.startswith("no operator has paused the account default; `smsherald pauses`")
        assert "No command ends what a daemon has paused by itself" in said
        assert max(map(len, account.stderr.splitlines())) <= 80
        assert "by itself" not in everything.stderr

    @pytest.mark.usefixtures("ledger")
    @pytest.mark.long
    def test_lines_fit_and_the_command_that_ends_a_pause_stays_whole(
        self, command: Command
    ) -> None:
        command("pause", "--all", "--why", "a price " * 20)
        pauses = [
            command("pause", *pause, columns=80).stdout
            for pause in (["--flow", "order-created"], ["--all"])
        ]
        resumed = command("resume", "--flow", "order-created", columns=80).stdout
        shown = [line for each in pauses for line in each.split("Ledger:")[0].splitlines()]

        assert max(map(len, [*shown, *resumed.splitlines()])) <= 80
        assert "`smsherald resume --flow order-created`" in pauses[0]

    @pytest.mark.long
    async def test_of_a_flow_that_is_gone(
        self, command: Command, ledger: SqlLedger, config: Path
    ) -> None:
        command("pause", "--flow", "order-shipped")
        (config.parent / "flows" / "order-shipped.yaml").unlink()

        assert command("resume", "--flow", "order-shipped").returncode == 0
        assert (await ledger.brake()).pauses == ()


class TestPauses:
    """`pauses` shows all that hold."""

    @pytest.mark.usefixtures("ledger")
    def test_says_that_there_are_none(self, command: Command) -> None:
        assert command("pauses").stdout == "No operator has paused anything.\n"
        assert command("pauses", "--json").stdout == "[]\n"

    @pytest.mark.usefixtures("ledger")
    @pytest.mark.long
    def test_in_80_columns_with_what_matches_nothing_marked(
        self, command: Command, config: Path
    ) -> None:
        command("pause", "--all", "--for", "2h", "--why", "a wrong price")
        command("pause", "--flow", "order-shipped")
        (config.parent / "flows" / "order-shipped.yaml").unlink()
        done = command("pauses", columns=80)

        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= 80
        assert re.fullmatch(
            rf"Paused by operators: everything, since {SPOKEN}, "
            r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(in 2 h\), by ann@\S+: a wrong price "
            rf"\(matches nothing\) the flow order-shipped, since {SPOKEN}, by ann@\S+",
            " ".join(done.stdout.split()),
        )

    @pytest.mark.usefixtures("ledger")
    def test_without_a_daemon_they_say_that_its_own_are_not_known(self, command: Command) -> None:
        command("pause", "--all")
        for asked in (command("pauses"), command("resume", "--all")):
            assert asked.returncode == 0
            assert asked.stderr.startswith("What a daemon pauses by itself is not known: no daemon")

    @pytest.mark.usefixtures("ledger")
    def test_as_json(self, command: Command, config: Path) -> None:
        command("pause", "--all", "--for", "2h", "--why", "a wrong price")
        command("pause", "--flow", "order-shipped")
        (config.parent / "flows" / "order-shipped.yaml").unlink()
        everything, flow = json.loads(command("pauses", "--json").stdout)

        assert re.fullmatch(FOR_PROGRAMS, everything.pop("since"))
        assert re.fullmatch(FOR_PROGRAMS, everything.pop("until"))
        ann = f"ann@{socket.gethostname()}"
        assert everything == {
            "scope": "all", "name": None, "who": ann, "why": "a wrong price", "matches": True,
        }  # fmt: skip
        del flow["since"]
        assert flow == {
            "scope": "flow", "name": "order-shipped", "until": None, "who": ann, "why": None,
            "matches": False,
        }  # fmt: skip


COMMANDS = pytest.mark.parametrize(
    "arguments", [["pause", "--all"], ["resume", "--all"], ["pauses"]]
)


class TestWithoutALedger:
    """They say which thing an operator has to mend."""

    @COMMANDS
    def test_one_that_is_missing_is_78_and_not_made(
        self, command: Command, tmp_path: Path, arguments: list[str]
    ) -> None:
        done = command(*arguments)

        assert done.returncode == 78
        assert "no ledger yet" in done.stderr
        assert not (tmp_path / "ledger.db").exists()

    @COMMANDS
    def test_one_that_is_away_is_69(
        self, command: Command, config: Path, arguments: list[str]
    ) -> None:
        settings = yaml.safe_load(config.read_text())
        settings["ledger"]["url"] = f"postgresql://nobody@127.0.0.1:{free_port()}/ledger"
        config.write_text(yaml.safe_dump(settings))
        done = command(*arguments)

        assert done.returncode == 69
        assert "the ledger: " in done.stderr

    @COMMANDS
    def test_a_bad_configuration_is_78(
        self, command: Command, config: Path, arguments: list[str]
    ) -> None:
        config.write_text(config.read_text().replace("url:", "uri:"))

        assert command(*arguments).returncode == 78
