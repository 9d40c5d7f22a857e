"""One run: a contender works off a full queue while its time, CPU and memory are taken.

The window opens when the first delivery has left the queue and closes when the last event's
notification lies in the queue bound to all of them: neither the start of a process nor its end
is in it, and whatever was fetched ahead of the first text is.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pika
from pika.adapters.blocking_connection import BlockingChannel

import watch
from contenders import Contender, environment
from rig import Scene, ignore
from shop import QUEUE, TOLD

START_TIMEOUT = 60.0
STALL_TIMEOUT = 60.0
STOP_TIMEOUT = 40.0
TAIL = 5
"""Lines of each log that a failure shows."""
SHORTEST = 0.01
LONGEST = 0.25
"""Seconds between two looks at the queues: a look costs the broker something too."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run cost. Seconds, MB of resident memory, shares of all cores."""

    contender: str
    events: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    end_mb: float
    standin_us: float
    broker_share: float
    others_share: float
    """What the machine spent on anything that is not this benchmark: how noisy it was."""

    @property
    def rate(self) -> float:
        """Events per second."""
        return self.events / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU that the contender spent on an event."""
        return self.cpu_seconds * 1e6 / self.events


class RunError(RuntimeError):
    """A contender did not do what it is measured by."""


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a contender with its output in files; SIGTERM it at the end and wait."""
    with (
        (folder / "stdout.log").open("wb") as out,
        (folder / "stderr.log").open("wb") as err,
        subprocess.Popen(command, stdout=out, stderr=err, cwd=folder, env=environment()) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass(frozen=True, slots=True)
class Run:
    """A contender before a queue of `events` orders."""

    contender: Contender
    events: int
    scene: Scene
    on_progress: Callable[[int], None] = ignore

    def measure(
        self, during: Callable[[int], AbstractContextManager[object]] = nullcontext
    ) -> Measurement:
        """Run it and return what it cost; RunError where it lost, doubled or left anything.

        `during` gets the process id and is entered for as long as the window is open.
        """
        command = self.contender.command(self.scene.place)
        with (
            pika.BlockingConnection(pika.URLParameters(self.scene.place.broker)) as connection,
            started(command, self.scene.place.folder) as process,
        ):
            channel = connection.channel()
            self._wait_for_first(channel, process)
            before = self._spent(process.pid)
            with during(process.pid):
                self._wait_for_last(channel, process)
            after = self._spent(process.pid)
            memory = watch.memory(process.pid)
        self._check(process.returncode)
        time_, cpu, broker, ours, machine = (b - a for a, b in zip(before, after, strict=True))
        capacity = time_ * watch.CORES
        return Measurement(
            contender=self.contender.name,
            events=self.events,
            seconds=time_,
            cpu_seconds=cpu,
            peak_mb=memory.peak,
            end_mb=memory.now,
            standin_us=self.scene.twilio.stats()["cpu_us_per_request"],
            broker_share=broker / capacity,
            others_share=max(0.0, machine - cpu - broker - ours) / capacity,
        )

    def _spent(self, pid: int) -> tuple[float, float, float, float, float]:
        return (
            time.monotonic(),
            watch.cpu_seconds(pid),
            watch.cpu_seconds(self.scene.broker_pid),
            watch.cpu_seconds(self.scene.twilio.pid) + time.process_time(),
            watch.machine_seconds(),
        )

    def _wait_for_first(self, channel: BlockingChannel, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while length(channel, QUEUE) == self.events:
            self._must_go_on(process, deadline)
            time.sleep(SHORTEST)

    def _wait_for_last(self, channel: BlockingChannel, process: subprocess.Popen[bytes]) -> None:
        begun = progressed = time.monotonic()
        last = 0
        while (done := length(channel, TOLD)) < self.events:
            now = time.monotonic()
            if done > last:
                progressed, last = now, done
                self.on_progress(done)
            self._must_go_on(process, progressed + STALL_TIMEOUT)
            rest = (self.events - done) * (now - begun) / done if done else 0.0
            time.sleep(min(LONGEST, max(SHORTEST, rest / 4)))
        self.on_progress(self.events)

    def _must_go_on(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        if process.poll() is not None:
            self._fail(f"ended with {process.returncode}")
        if time.monotonic() > deadline:
            self._fail("made no progress")

    def _check(self, returncode: int | None) -> None:
        """Look at what is left once the contender has gone: nothing, and nothing twice."""
        if returncode != 0:
            self._fail(f"ended with {returncode} at SIGTERM")
        with pika.BlockingConnection(pika.URLParameters(self.scene.place.broker)) as connection:
            channel = connection.channel()
            left, told = length(channel, QUEUE), length(channel, TOLD)
        stats = self.scene.twilio.stats()
        if (left, told, stats["requests"], stats["texts"]) != (0, *[self.events] * 3):
            self._fail(f"of {self.events} events left {left}, told {told}, Twilio saw {stats}")

    def _fail(self, what: str) -> None:
        tails = []
        for log in ("stdout.log", "stderr.log"):
            text = (self.scene.place.folder / log).read_text(encoding="utf-8", errors="replace")
            tails += [log, *text.splitlines()[-TAIL:]]
        raise RunError("\n".join([f"{self.contender.name} {what}", *tails]))


def length(channel: BlockingChannel, queue: str) -> int:
    """Return how many messages wait in a queue, less what is delivered and not yet acked."""
    count: int = channel.queue_declare(queue, passive=True).method.message_count
    return count
