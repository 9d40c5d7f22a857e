"""What a fork of a command is to a test: what the command is to a shell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from support.forking import Forked, forking, may_fork
from support.waiting import PATIENCE, eventually

SCRIPT = """
import atexit, json, os, signal, sys, time
atexit.register(print, "at its end")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(json.dumps({
    "arguments": sys.argv[1:], "name": __name__, "cwd": os.getcwd(),
    "environment": dict(os.environ),
    "session": os.getsid(0) == os.getpid(), "stdin": sys.stdin.read(),
    "files": sorted(os.listdir("/proc/self/fd"))[:-1],
}), flush=True)
"""


def started(directory: Path, *code: str) -> Forked:
    script = directory / "script"
    script.write_text("\n".join([SCRIPT, *code]))
    with (directory / "out").open("wb") as out, (directory / "err").open("wb") as err:
        return forking().start([str(script), "a", "b"], directory, {"ONLY": "é"}, (out, err))


def said(directory: Path) -> tuple[dict[str, object], list[str]]:
    first, *rest = (directory / "out").read_text().splitlines()
    return json.loads(first), rest


def test_it_is_a_script_in_a_session_of_its_own_with_what_it_was_given(tmp_path: Path) -> None:
    assert started(tmp_path).wait(PATIENCE) == 0
    found, rest = said(tmp_path)

    assert found == {
        "arguments": ["a", "b"],
        "name": "__main__",
        "cwd": str(tmp_path),
        "environment": {"ONLY": "é"},
        "session": True,
        "stdin": "",
        "files": ["0", "1", "2"],
    }
    assert rest == ["at its end"]


@pytest.mark.parametrize(
    ("changed", "may"),
    [
        ({}, True),
        ({"SMSHERALD_CONFIG": "x", "TWILIO_FROM": "x", "COLUMNS": "80"}, True),
        ({"SSL_CERT_FILE": "x"}, False),
        ({"PYTHONPATH": "x"}, False),
        ({"TZ": "x"}, False),
    ],
)
def test_what_may_be_read_before_the_fork_asks_for_a_start(
    changed: dict[str, str],
    may: bool,  # noqa: FBT001 - a table
) -> None:
    assert may_fork({**os.environ, **changed}) is may


def test_an_error_that_nobody_catches_is_1_and_its_traceback_is_on_standard_error(
    tmp_path: Path,
) -> None:
    assert started(tmp_path, "raise LookupError('here')").wait(PATIENCE) == 1
    assert (tmp_path / "err").read_text().endswith("LookupError: here\n")
    assert said(tmp_path)[1] == ["at its end"]


def test_a_signal_is_handled_as_the_script_says(tmp_path: Path) -> None:
    forked = started(tmp_path, "time.sleep(60)")
    eventually((tmp_path / "out").read_text, what="it runs")

    assert forked.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        forked.wait(0.01)
    forked.terminate()
    assert (forked.wait(PATIENCE), forked.poll(), forked.returncode) == (7, 7, 7)
    forked.terminate()  # Nobody is hit by it.


@pytest.mark.parametrize(
    ("sig", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, -2)], ids=["SIGKILL", "SIGINT"]
)
def test_a_signal_that_ends_it_is_its_exit_code(
    tmp_path: Path, sig: signal.Signals, code: int
) -> None:
    forked = started(tmp_path, "time.sleep(60)")
    eventually((tmp_path / "out").read_text, what="it runs")
    forked.send_signal(sig)

    assert forked.wait(PATIENCE) == code


def test_its_process_id_is_its_own_until_its_end_is_known(tmp_path: Path) -> None:
    forked = started(tmp_path)
    state = Path(f"/proc/{forked.pid}/stat")
    eventually(lambda: state.read_text().rpartition(")")[2].split()[0] == "Z", what="it has ended")

    assert forked.wait(PATIENCE) == 0
    eventually(lambda: not state.exists(), what="it is reaped")
