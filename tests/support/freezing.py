"""Freezing a process: its sockets stay open, and it says nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from support.waiting import eventually


def freeze(process: int) -> None:
    """Freeze it by SIGSTOP, and return once each of its threads has stopped.

    The signal only begins that: on a busy machine a thread may answer once more.
    """
    os.kill(process, signal.SIGSTOP)
    if (threads := Path(f"/proc/{process}/task")).exists():
        eventually(
            lambda: all(_stands(thread) for thread in threads.iterdir()),
            what=f"process {process} is frozen",
            every=0.001,
        )


def _stands(thread: Path) -> bool:
    """Say whether a thread has stopped, or has ended."""
    _, _, state = (thread / "stat").read_text().rpartition(") ")
    return state[0] in "tTZX"
