"""Time that passes only where a test says so."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class SetClock:
    """Stands still; `move` is the only time that passes."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> float:
        """Return the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds moved so far."""
        return self._monotonic

    def move(self, seconds: float) -> None:
        """Let so much time pass."""
        self._now += seconds
        self._monotonic += seconds


class Timers:
    """What is to be done once a set clock has come so far."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self._numbers = count()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Have `callback` called in so many seconds, after what was asked for before it."""
        due = self._clock.monotonic() + seconds
        heapq.heappush(self._waiting, (due, next(self._numbers), callback))

    def step(self, until: float) -> bool:
        """Move the clock to the next that is due by `until` (monotonic), and do what is due then.

        Return whether there was any.
        """
        if not self._waiting or self._waiting[0][0] > until:
            return False
        now = max(self._waiting[0][0], self._clock.monotonic())
        self._clock.move(now - self._clock.monotonic())
        while self._waiting and self._waiting[0][0] <= now:
            heapq.heappop(self._waiting)[2]()
        return True
