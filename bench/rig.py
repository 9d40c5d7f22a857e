"""The broker that the runs share, and for each run a full queue and a stand-in of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from contenders import HERE, Place
from prefill import Prefill

TESTS = str(HERE.parent / "tests")
if TYPE_CHECKING:
    from support.rabbit import Rabbit


def ignore(_done: int) -> None:
    """Show no progress."""


SETTLE = 0.5
"""Seconds that the broker is given to write down what it has confirmed."""


@dataclass(frozen=True, slots=True)
class Standin:
    """A running stand-in."""

    url: str
    pid: int

    def stats(self) -> dict[str, Any]:
        """Ask it what came."""
        return self._ask("stats")

    def go(self, where: Literal["away", "back"]) -> None:
        """Let it answer with 503 from now on, or as ever."""
        self._ask(where)

    def _ask(self, what: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/{what}", timeout=10) as answer:  # noqa: S310 (Ours.)
            found: dict[str, Any] = json.load(answer)
            return found


@contextmanager
def standin(latency_ms: float) -> Iterator[Standin]:
    """Run a fresh stand-in as a process of its own."""
    command = [sys.executable, str(HERE / "standin.py"), "--latency", str(latency_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Standin(f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid)
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Scene:
    """All that one run finds."""

    place: Place
    twilio: Standin
    broker_pid: int


class Rig:
    """One private RabbitMQ node and a folder for whatever the runs write."""

    def __init__(self, rabbit: Rabbit, folder: Path) -> None:
        self._rabbit = rabbit
        self._folder = folder
        self._numbers = count(1)
        self._broker_pid = int(rabbit.eval("os:getpid()").strip('"'))

    @contextmanager
    def scene(
        self, events: int, latency_ms: float, on_progress: Callable[[int], None] = ignore
    ) -> Iterator[Scene]:
        """Make a vhost whose queue holds `events` orders, and a stand-in."""
        from support.ports import free_port  # noqa: PLC0415 (Found only beside the tests.)

        folder = self._folder / f"run-{next(self._numbers)}"
        folder.mkdir()
        with self._rabbit.vhost() as vhost, standin(latency_ms) as twilio:
            url = self._rabbit.url(vhost)
            Prefill(url, events, on_progress).run()
            time.sleep(SETTLE)
            yield Scene(Place(folder, url, twilio.url, free_port()), twilio, self._broker_pid)


@contextmanager
def rig(parent: Path | None = None) -> Iterator[Rig]:
    """Start the node; its folder lies under `parent`, or where temporary files do."""
    if TESTS not in sys.path:
        sys.path.append(TESTS)
    from support.rabbit import Rabbit  # noqa: PLC0415 (Found only beside the tests.)

    with tempfile.TemporaryDirectory(prefix="smsherald-bench-", dir=parent) as name:
        folder = Path(name)
        (folder / "rabbit").mkdir()
        rabbit = Rabbit(folder / "rabbit")
        try:
            rabbit.start()
            yield Rig(rabbit, folder)
        finally:
            rabbit.stop()
