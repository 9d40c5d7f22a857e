"""Faults to order: what goes wrong, with which requests, how often.

A fault is given to the next requests of its operation, in the order in which faults were added.
One request may get any number of delays (`latency`, `listing_lag`), and one of the others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

LONGEST: Final = 60.0
"""No fault lasts longer than this, in seconds; in particular, nothing is accepted later."""


class Operation(StrEnum):
    """What a request to the Messages API asks for."""

    CREATE = "create"
    LIST = "list"
    FETCH = "fetch"


class Kind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    """The request is taken up only after `seconds`."""
    RATE_LIMITED = "rate_limited"
    """429 with code 20429, and `Retry-After` where `retry_after` says."""
    NOT_AUTHENTICATED = "not_authenticated"
    """401 with code 20003, whatever the password."""
    INTERNAL_ERROR = "internal_error"
    """500 with code 20500; with `accepted` the text was taken all the same."""
    UNAVAILABLE = "unavailable"
    """503 with code 20503; with `accepted` the text was taken all the same."""
    ACCEPT_THEN_RESET = "accept_then_reset"
    """Done, then the connection is reset instead of an answer."""
    ACCEPT_THEN_HANG = "accept_then_hang"
    """Done, but no answer until the client goes; reset after `seconds`."""
    ACCEPT_LATE = "accept_late"
    """The request ends as `ending` says, and its text is taken `seconds` after."""
    TRUNCATED = "truncated"
    """Done, and the answer's JSON is cut in the middle."""
    REFUSE = "refuse"
    """The connection is reset with the request unread: nothing is done."""
    LISTING_LAG = "listing_lag"
    """The text is taken, but lists show it only after `seconds`."""


class Ending(StrEnum):
    """What a client sees of a request whose text is taken late."""

    RESET = "reset"
    HANG = "hang"
    ERROR = "error"
    """503, as for `unavailable`."""


_DELAYS: Final = {Kind.LATENCY, Kind.LISTING_LAG}
_ONLY_CREATE: Final = {Kind.ACCEPT_LATE, Kind.LISTING_LAG}
_EITHER_WAY: Final = {Kind.INTERNAL_ERROR, Kind.UNAVAILABLE}
_DEFAULT_SECONDS: Final = {
    Kind.LATENCY: 1.0,
    Kind.ACCEPT_THEN_HANG: LONGEST,
    Kind.ACCEPT_LATE: 5.0,
    Kind.LISTING_LAG: 5.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong. Raises ValueError, naming the field, where it makes no sense."""

    kind: Kind
    operation: Operation = Operation.CREATE
    times: int | None = 1
    """How often it is given; None: until it is removed."""
    probability: float = 1.0
    """The chance of each request to get it."""
    seed: int = 0
    """The same seed hits the same requests."""
    seconds: float | None = None
    """None: 1 for latency, 60 for a hang, 5 for a late acceptance or a lag."""
    retry_after: int | None = None
    accepted: bool = False
    ending: Ending = Ending.RESET

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times: at least 1, or null")
        if not 0 < self.probability <= 1:
            raise ValueError("probability: above 0, at most 1")
        if self.seconds is not None and not 0 <= self.seconds <= LONGEST:
            raise ValueError(f"seconds: from 0 to {LONGEST:.0f}")
        if self.retry_after is not None and self.retry_after < 0:
            raise ValueError("retry_after: not below 0")
        if self.kind in _ONLY_CREATE and self.operation is not Operation.CREATE:
            raise ValueError(f"operation: {self.kind} is for create alone")
        if self.accepted and self.kind not in _EITHER_WAY:
            raise ValueError(f"accepted: {self.kind} has no such choice")

    @property
    def duration(self) -> float:
        """Return `seconds`, or the kind's own."""
        return _DEFAULT_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes wrong with one request; `latency` and `lag` in seconds."""

    latency: float = 0.0
    lag: float = 0.0
    fault: Fault | None = None


_ALL_WELL = Plan()


class _Waiting:
    """A fault that was added, and how often it is still to be given."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.left = fault.times
        self._chance = Random(fault.seed)  # noqa: S311 - repeatable chance is the purpose.

    def hits(self) -> bool:
        return self.fault.probability == 1 or self._chance.random() < self.fault.probability


class Faults:
    """The faults that wait for their requests."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._last_id = 0
        self.given: Counter[Kind] = Counter()

    def add(self, fault: Fault) -> int:
        """Add a fault; return the id by which it can be removed."""
        self._last_id += 1
        self._waiting[self._last_id] = _Waiting(fault)
        return self._last_id

    def remove(self, fault_id: int) -> bool:
        """Remove a fault; return whether it was there."""
        return self._waiting.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Remove all faults."""
        self._waiting.clear()

    def waiting(self) -> dict[int, tuple[Fault, int | None]]:
        """Return the faults by id, and how often each is still to be given."""
        return {number: (entry.fault, entry.left) for number, entry in self._waiting.items()}

    def draw(self, operation: Operation) -> Plan:
        """Decide what goes wrong with the next request of an operation."""
        if not self._waiting:
            return _ALL_WELL
        latency = lag = 0.0
        chosen: Fault | None = None
        for fault_id, entry in list(self._waiting.items()):
            fault = entry.fault
            taken = chosen is not None and fault.kind not in _DELAYS
            if fault.operation is not operation or taken or not entry.hits():
                continue
            self._give(fault_id, entry)
            if fault.kind is Kind.LATENCY:
                latency += fault.duration
            elif fault.kind is Kind.LISTING_LAG:
                lag += fault.duration
            else:
                chosen = fault
        return Plan(min(latency, LONGEST), min(lag, LONGEST), chosen)

    def _give(self, fault_id: int, entry: _Waiting) -> None:
        self.given[entry.fault.kind] += 1
        if entry.left is not None:
            entry.left -= 1
            if entry.left == 0:
                del self._waiting[fault_id]
