"""What ends the script ends the command that it has systemd run."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from smsherald.cli.exits import CONFIGURATION, INTERRUPTED
from support.waiting import eventually
from support.wrapped import Host, ended

HEEDS = (
    "trap 'echo interrupted; exit 130' INT; trap 'echo terminated; exit 0' TERM\n"
    "trap 'echo reloaded' HUP\n"
)
PYTHON = "import sys, time; open(sys.argv[1], chr(119)).close(); time.sleep(60)"
SETSID = shutil.which("setsid") or "setsid"
GOES_ON = 'echo >"$0.runs"; while :; do sleep 0.05; done; echo done'


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """Return one whose systemd runs what it is asked, for root."""
    host = Host(tmp_path)
    host.has("systemd-notify", "exit 0")
    host.is_user(0, "root")
    host.runs_units()
    return host


def is_over(host: Host) -> bool:
    return not (host.folder / "main").exists()


def test_a_command_has_what_is_piped_and_both_its_outputs_and_its_exit_code(host: Host) -> None:
    host.command(f'cat; echo "$1" >&2; exit {CONFIGURATION}')

    assert host.run("$5", stdin="an event\n") == (CONFIGURATION, "an event\n", "$5\n")


@pytest.mark.parametrize(
    ("number", "said", "code"),
    [
        (signal.SIGINT, "interrupted\n", INTERRUPTED),
        (signal.SIGTERM, "terminated\n", 0),
        (signal.SIGHUP, "interrupted\n", INTERRUPTED),
    ],
    ids=str,
)
@pytest.mark.parametrize("tell", [os.kill, os.killpg], ids=["script", "terminal"])
def test_it_ends_by_its_own_will_when_the_script_is_told_to(
    host: Host, tell: object, number: signal.Signals, said: str, code: int
) -> None:
    """One with a terminal that is closed would go on where SIGHUP is for a reload."""
    host.command(HEEDS + GOES_ON)
    with host.start("tap") as process:
        eventually((host.folder / "command.runs").exists, what="it runs")
        assert callable(tell)
        tell(process.pid, number)

        assert ended(process)[:2] == (code, said)
    assert is_over(host)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM], ids=str)
def test_one_that_a_signal_ends_has_not_done_well(host: Host, number: signal.Signals) -> None:
    """Systemd alone would say so."""
    host.command(f"exec python3 -c 'import signal; signal.signal(2, 0); {PYTHON}' \"$0.runs\"")
    with host.start("send") as process:
        eventually((host.folder / "command.runs").exists, what="it runs")
        process.send_signal(number)

        assert ended(process)[:2] == (128 + number, "")
    assert is_over(host)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_one_that_has_not_begun_is_ended_as_it_begins(host: Host, number: signal.Signals) -> None:
    (host.folder / "held").touch()
    host.command("sleep 60; echo done")
    host.has("setsid", f'[ "$1" != systemd-run ] || echo >{host.folder}/asked; exec {SETSID} "$@"')
    with host.start("send") as process:
        eventually((host.folder / "asked").exists, what="systemd is asked")
        process.send_signal(number)
        (host.folder / "held").unlink()

        assert ended(process)[0] == 128 + (2 if number == signal.SIGHUP else number)
    assert is_over(host)


def test_each_ctrl_c_comes_to_it(host: Host) -> None:
    """What the second one means is the command's to know."""
    host.command(
        'trap \'echo first; trap "echo second; exit 130" INT; echo >"$0.told"\' INT\n' + GOES_ON
    )
    with host.start("send") as process:
        eventually((host.folder / "command.runs").exists, what="it runs")
        os.killpg(process.pid, signal.SIGINT)
        eventually((host.folder / "command.told").exists, what="it is told")
        os.killpg(process.pid, signal.SIGINT)

        assert ended(process)[:2] == (INTERRUPTED, "first\nsecond\n")
    assert is_over(host)
