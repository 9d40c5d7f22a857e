"""Takes the lines of a recording through one configuration, or through two side by side."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from types import FrameType

from smsherald.cli.flows.backtest.recording import Line, Recording, read
from smsherald.cli.flows.backtest.staging import Stage
from smsherald.events.plain import as_moment
from smsherald.events.recorded import Recorded
from smsherald.rehearsal import Difference, Fate, Seen, as_read, differences

_OFTEN = 200
"""Lines between two looks at the progress bar."""
_OBJECTS = 50_000
"""Python looks for circles after so many: there are hardly any, and to look takes time."""


@dataclass(frozen=True, slots=True)
class Differing:
    """An SMS that is not the same in both configurations, and the event that it is made of."""

    line: int
    event_id: str | None
    routing_key: str
    difference: Difference


@dataclass(slots=True)
class Course:
    """How far it is."""

    lines: int = 0
    bad: int = 0
    """Lines that are no recorded events."""
    differing_events: int = 0
    interrupted: bool = False
    seconds: float = 0.0
    """Of the wall clock."""
    broken: str | None = None
    """Why the file could not be read to its end."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of what."""

    bad: Callable[[int, str], None]
    """A line's number, and what is wrong with it."""
    fate: Callable[[int, Seen, Fate], None] | None = None
    """Of the first configuration."""
    differing: Callable[[Differing], None] = field(default=lambda _: None)
    progress: Callable[[], None] = field(default=lambda: None)


def run(recording: Recording, here: Stage, there: Stage | None, ears: Ears) -> Course:
    """Take it to its end, or until Ctrl-C: what was seen so far is counted then."""
    course = Course()
    begun = time.monotonic()
    with _interruptible(), _few_looks_for_circles():
        try:
            asyncio.run(_Runner(here, there, ears, course).all(recording))
        except KeyboardInterrupt:
            course.interrupted = True
    course.seconds = time.monotonic() - begun
    return course


class _Runner:
    """One run; what has no time of its own is taken for seen when it `started`."""

    def __init__(self, here: Stage, there: Stage | None, ears: Ears, course: Course) -> None:
        self._here = here
        self._there = there
        self._ears = ears
        self._course = course
        self._started = time.time()

    async def all(self, recording: Recording) -> None:
        """Take all lines, one after the other."""
        course, ears = self._course, self._ears
        lines = iter(recording)
        while (line := _next(lines, course)) is not None:
            course.lines += 1
            if course.lines % _OFTEN == 0:
                ears.progress()
            try:
                event = read(line.text)
            except ValueError as error:
                course.bad += 1
                ears.bad(line.number, str(error))
            else:
                await self._one(line.number, event)
        ears.progress()

    async def _one(self, number: int, event: Recorded) -> None:
        at = self._seen_at(event)
        reading = self._here.rehearsal.script.reading
        found = as_read(reading, event.delivery, at)
        here = await self._here.rehearsal.see(event.delivery, found, at)
        for seen in here:
            self._here.tally.add(number, seen, at)
            if self._ears.fate is not None:
                for fate in seen.fates:
                    self._ears.fate(number, seen, fate)
        if self._there is None:
            return
        if (other := self._there.rehearsal.script.reading) != reading:
            found = as_read(other, event.delivery, at)
        there = await self._there.rehearsal.see(event.delivery, found, at)
        for seen in there:
            self._there.tally.add(number, seen, at)
        self._compare(number, here, there)

    def _compare(self, number: int, here: Sequence[Seen], there: Sequence[Seen]) -> None:
        found = False
        for difference in differences(_fates(here), _fates(there)):
            found = True
            first = here[0]
            event_id = None if first.event is None else first.event.id
            self._ears.differing(Differing(number, event_id, first.routing_key, difference))
        self._course.differing_events += found

    def _seen_at(self, event: Recorded) -> float:
        if event.at is not None:
            return event.at
        stamped = as_moment(event.delivery.properties.get("timestamp"), self._started)
        return stamped or self._started


def _next(lines: Iterator[Line], course: Course) -> Line | None:
    try:
        return next(lines, None)
    except (OSError, EOFError, zlib.error) as error:
        # A file of gzip that is cut off, or spoilt: what came before counts all the same.
        course.broken = str(error)
        return None


def _fates(seen: Sequence[Seen]) -> Sequence[Fate]:
    if len(seen) == 1:
        return seen[0].fates
    return list(chain.from_iterable(one.fates for one in seen))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end it at once: nothing here gives asyncio's own handler a turn."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _few_looks_for_circles() -> Iterator[None]:
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
