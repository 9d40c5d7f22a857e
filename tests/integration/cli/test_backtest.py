"""`backtest` as a process: what a terminal sees, and Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

from support.command import ACCOUNT, clean
from support.configuration import FLOW, write
from support.process import COMMAND, killed
from support.waiting import PATIENCE


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write(tmp_path, order_created=FLOW)


def line(number: int) -> bytes:
    order = {"number": number, "billing_address": {"phone": f"+1205555{number % 10_000:04d}"}}
    said = {"at": 1.0, "exchange": "events", "routing_key": "order.created", "body": order}
    return json.dumps(said).encode() + b"\n"


def environment(**more: str) -> Mapping[str, str]:
    return {**clean(), **ACCOUNT, "COLUMNS": "80", "NO_COLOR": "1", **more}


def test_ctrl_c_ends_it_with_130_and_says_what_was_seen_so_far(config: Path) -> None:
    command = [str(COMMAND), "backtest", "-", "--config", str(config), "--json"]
    with (
        subprocess.Popen(
            command,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        killed(process),
    ):
        assert process.stdin is not None
        process.stdin.write(b"".join(map(line, range(300))))
        process.stdin.flush()
        _wait_until_it_reads(process, process.stdin)
        process.send_signal(signal.SIGINT)
        # Its input stays open: nothing but the signal ends it.
        process.wait(PATIENCE)
        stdout, stderr = process.stdout, process.stderr
        assert stdout is not None
        assert stderr is not None
        said, complaint = json.loads(stdout.read()), stderr.read().decode()

    assert process.returncode == 130
    assert (said["interrupted"], said["here"]["sent"]["smses"]) == (True, 300)
    assert complaint.splitlines()[-1] == "interrupted after 300 lines"
    assert "Traceback" not in complaint


def _wait_until_it_reads(process: subprocess.Popen[bytes], pipe: IO[bytes]) -> None:
    """Return once it has read all there is, and does nothing more."""
    deadline, before = time.monotonic() + PATIENCE, -1
    while time.monotonic() < deadline:
        waiting = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
        now = _ticks(process.pid)
        if waiting == 0 and now == before:
            return
        before = now
        time.sleep(0.3)
    pytest.fail("it does not wait for more")


def _ticks(pid: int) -> int:
    """Return how long it was on a processor, in the kernel's ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_terminal_sees_how_far_it_is(config: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"".join(map(line, range(500))))
    command = [str(COMMAND), "backtest", str(events), "--config", str(config)]
    master, slave = pty.openpty()
    with (
        subprocess.Popen(
            command, env=environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=slave
        ) as process,
        killed(process),
    ):
        os.close(slave)
        seen = b""
        try:
            while part := os.read(master, 65_536):
                seen += part
        except OSError:
            pass  # The other end is closed.
        finally:
            os.close(master)
        stdout, _ = process.communicate()

    assert process.returncode == 0
    assert b"Backtest" in seen
    assert b"%" in seen
    assert b"Backtest" not in stdout
    assert b"500 events" in stdout
