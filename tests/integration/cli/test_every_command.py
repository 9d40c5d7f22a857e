"""What holds of every command: how it refuses, what scripts read, and how Ctrl-C ends it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from smsherald.cli import main
from support.command import clean
from support.daemon import REPOSITORY
from support.process import COMMAND, killed
from support.waiting import eventually

ARGUMENTS = {
    "backtest": ["EVENTS"],
    "explain": ["30007"],
    "init": ["FOLDER"],
    "ledger copy": ["--to", "sqlite:///copy.db"],
    "ledger downgrade": ["--to", "1"],
    "ledger resolve": ["KEY", "--free"],
    "ledger show": ["KEY"],
    "parked drop": ["--reason", "bad_number"],
    "parked replay": ["--all"],
    "parked show": ["0123456789"],
    "pause": ["--all"],
    "preview": ["EVENT"],
    "publish": ["--routing-key", "order.created", "EVENT"],
    "resume": ["--all"],
    "send": ["--to", "+15558675309", "--message", "Hi"],
    "why": ["R1"],
}
"""What a command cannot do without; EVENT and EVENTS are files that are there."""
WITHOUT_SETTINGS = {"demo", "explain", "init", "sandbox"}
"""These need no settings."""
JSON = {
    "asyncapi",
    "backtest",
    "check",
    "explain",
    "ledger copy",
    "ledger downgrade",
    "ledger list",
    "ledger show",
    "ledger upgrade",
    "parked list",
    "parked show",
    "pauses",
    "preview",
    "status",
    "test",
    "why",
}
"""What a script reads. The others do something, and say by their exit code how it went."""


def _commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for word, each in getattr(command, "commands", {}).items():
        yield from _commands(each, f"{name} {word}".strip())
    if not hasattr(command, "commands"):
        yield name, command


COMMANDS = dict(_commands(get_command(main.app)))
READING = sorted(COMMANDS.keys() - WITHOUT_SETTINGS)


def _run(name: str, *options: str) -> Any:
    return CliRunner().invoke(main.app, [*name.split(), *options])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with an event and a list of events."""
    (tmp_path / "EVENT").write_text('{"order": {"number": "R1"}}')
    (tmp_path / "EVENTS").write_text(
        '{"exchange": "events", "routing_key": "order.created", "body": {}}\n'
    )
    monkeypatch.chdir(tmp_path)
    for variable in ("SMSHERALD_CONFIG", "TWILIO_ACCOUNT_SID"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def test_each_has_what_it_needs_here() -> None:
    assert set(ARGUMENTS) <= COMMANDS.keys()
    assert COMMANDS.keys() >= WITHOUT_SETTINGS
    assert {name for name, each in COMMANDS.items() if "--json" in _options(each)} == JSON


@pytest.mark.parametrize("name", sorted({name.split()[0] for name in COMMANDS if " " in name}))
class TestAGroup:
    """A group of commands without one lists what there is, and takes the options of `list`."""

    @pytest.mark.parametrize("options", [[], ["--json"], ["--newer", "2h"]])
    def test_alone_it_is_its_list(self, name: str, options: list[str]) -> None:
        options = ["--since" if name == "ledger" and it == "--newer" else it for it in options]
        alone, listed = (_run(each, *options, "-c", "/nowhere") for each in (name, f"{name} list"))

        assert str(alone.exception) == str(listed.exception)
        assert "/nowhere" in str(alone.exception)

    def test_an_option_that_its_list_does_not_have_is_a_usage_error(self, name: str) -> None:
        done = _run(name, "--no-such-option")
        assert done.exit_code == 2
        assert "--no-such-option" in done.output


def _options(command: Any) -> set[str]:
    return {option for each in command.params for option in each.opts}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_option_that_it_does_not_have_is_a_usage_error(name: str) -> None:
    done = _run(name, "--no-such-option")
    assert done.exit_code == 2
    assert "--no-such-option" in done.output


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    said: str


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Give what runs a command by `main`, as a shell does, without a process of its own."""

    def ended(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["smsherald", *arguments])
        with pytest.raises(SystemExit) as end:
            main.main()
        return Ended(cast("int", end.value.code), capsys.readouterr().err)

    return ended


@pytest.mark.parametrize("name", READING)
class TestSettings:
    """Whatever needs settings says where they are wrong, and ends with 78."""

    def test_that_are_broken(self, name: str, files: Path, run: Callable[..., Ended]) -> None:
        (files / "smsherald.yaml").write_text("broker: {url: amqp://localhost//}\nretry: 5\n")
        done = run(*name.split(), "--config", "smsherald.yaml", *ARGUMENTS.get(name, ()))
        assert done.code == 78, done.said
        assert "smsherald.yaml:2:8: retry: " in done.said

    @pytest.mark.usefixtures("files")
    @pytest.mark.parametrize(
        "path", ["nowhere.yaml", "n" * 300], ids=["not there", "cannot be looked at"]
    )
    def test_that_are_not_there(self, path: str, name: str, run: Callable[..., Ended]) -> None:
        done = run(*name.split(), "--config", path, *ARGUMENTS.get(name, ()))
        assert done.code == 78, done.said
        assert path in done.said


def test_a_full_disk_is_said_in_a_sentence() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [COMMAND, "--help"], env=clean(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = b"smsherald: what it prints cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, said)


SHIPPED = ["--config", str(REPOSITORY / "config")]
PRINTING = {
    "--help": 0,
    "asyncapi --json": 0,
    "backtest EVENTS": 0,
    "check --flows": 0,
    "explain 30007": 0,
    "preview EVENT": 1,
    "test": 0,
}
"""What prints something without a broker, and how it ends where somebody reads that."""


def _printing(said: str) -> list[str]:
    configured = not said.startswith(("--help", "explain"))
    return [str(COMMAND), *said.split(), *(SHIPPED if configured else [])]


class TestWhereNobodyReads:
    """Output that is closed changes nothing; that nobody reads on is neither 0 nor 1."""

    @pytest.mark.parametrize("said", PRINTING)
    def test_what_a_shell_has_closed(self, said: str, files: Path) -> None:
        command = ["sh", "-c", 'exec "$@" >&- <&-', "sh", *_printing(said)]
        done = subprocess.run(command, cwd=files, env=clean(), capture_output=True, check=False)

        assert done.returncode == PRINTING[said], done.stderr
        assert b"Traceback" not in done.stderr

    def test_a_broker_is_not_taken_for_what_is_closed(self, files: Path) -> None:
        (files / "smsherald.yaml").write_text("broker: {url: amqp://127.0.0.1:1/}\n")
        command = ["sh", "-c", 'exec "$@" >&-', "sh", str(COMMAND), "tap", "-k", "#"]
        command += ["--config", "smsherald.yaml"]
        done = subprocess.run(command, cwd=files, env=clean(), capture_output=True, check=False)

        assert done.returncode == 69, done.stderr

    @pytest.mark.parametrize("said", PRINTING)
    def test_a_pipe_that_has_no_reader(self, said: str, files: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            done = subprocess.run(
                _printing(said),
                cwd=files,
                env=clean(),
                stdout=pipe,
                stderr=subprocess.PIPE,
                check=False,
            )

        assert done.returncode == 141, done.stderr
        assert not re.search(b"Traceback|Broken pipe|ignored", done.stderr)


@pytest.mark.long
def test_ctrl_c_ends_each_cleanly_whatever_it_waits_for(files: Path) -> None:
    """Here it waits for its settings, which come from who does not write."""
    with ThreadPoolExecutor(4) as pool:
        ends = dict(zip(READING, pool.map(partial(_interrupted, files), READING), strict=True))
    assert ends == dict.fromkeys(READING, (130, ""))


def _interrupted(files: Path, name: str) -> tuple[int, str]:
    pipe = files / f"{name.replace(' ', '-')}.yaml"
    os.mkfifo(pipe)
    command = [COMMAND, *name.split(), "--config", pipe, *ARGUMENTS.get(name, ())]
    with (
        subprocess.Popen(
            command,
            cwd=files,
            env=clean(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
        killed(process),
    ):
        try:
            # Without a reader this fails: ENXIO.
            writer = eventually(
                lambda: os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "wb"),
                what=f"{name} reads its settings",
            )
            with writer:
                # One that comes right before Python begins to read is seen only after.
                for _ in range(3):
                    process.send_signal(signal.SIGINT)
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(10)
                        break
        finally:
            process.kill()
        said, _ = process.communicate()
    return process.returncode, said
