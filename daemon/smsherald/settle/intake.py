"""Whether the daemon consumes: a backlog waits in the queue, and does not turn in the retry tiers.

While nothing may be sent, every event would come, be put off and come again. So then nothing is
asked for; but when a probe is due, events come one by one until an SMS has taken it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from smsherald.ports import Clock
from smsherald.settle.port import Broker

MOST_TRIED = 100
"""Events that may come without an SMS that can be the probe: they may be of no flow, or ended."""
REST = 5.0
"""Seconds after which it is tried with others."""
LONGEST_REST = 600.0
"""The same where that has been in vain again and again: twice as long each time."""


class Mode(Enum):
    """What is asked for."""

    ALL = auto()
    ONE = auto()
    NOTHING = auto()


class Intake:
    """Sets the mode of a broker, which is `ALL` at first.

    `shut` says whether nothing may be sent but by probes, `due` whether a probe may go, `taken` how
    many deliveries have come so far.
    """

    def __init__(
        self,
        broker: Broker,
        clock: Clock,
        *,
        shut: Callable[[], bool],
        due: Callable[[], bool],
        taken: Callable[[], int],
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._shut = shut
        self._due = due
        self._taken = taken
        self._before = 0
        """How many deliveries had come when the mode became `ONE`."""
        self._rest = REST
        self._rests_until = 0.0
        self._stopped = False
        self.mode = Mode.ALL

    def look(self) -> None:
        """Set the mode that holds now. Called whenever it may be another, and now and then."""
        if not self._stopped:
            self._set(self._wanted())

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._stopped = True
        self._set(Mode.NOTHING)

    def _wanted(self) -> Mode:
        if not self._shut():
            return Mode.ALL
        if not self._due():
            self._rest = REST
            return Mode.NOTHING
        if self._clock.monotonic() < self._rests_until:
            return Mode.NOTHING
        if self.mode is Mode.ONE and self._taken() - self._before >= MOST_TRIED:
            self._rests_until = self._clock.monotonic() + self._rest
            self._rest = min(2 * self._rest, LONGEST_REST)
            return Mode.NOTHING
        return Mode.ONE

    def _set(self, mode: Mode) -> None:
        if mode is self.mode:
            return
        self.mode = mode
        self._before = self._taken()
        self._broker.consume(on=mode is not Mode.NOTHING, most=1 if mode is Mode.ONE else None)
