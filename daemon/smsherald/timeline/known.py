"""What is known of what somebody asks about, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smsherald.model import Line, OnUnknown, ParkedEntry, Pause, Row


@dataclass(frozen=True, slots=True)
class Known:
    """All of it, from wherever it comes; times in seconds."""

    rows: Sequence[Row] = ()
    lines: Sequence[Line] = ()
    """The deliveries that a running daemon remembers, the oldest first."""
    parked: Sequence[ParkedEntry] | None = None
    """None where nobody can say."""
    pauses: Sequence[Pause] = ()
    on_unknown: Mapping[str, OnUnknown] = field(default_factory=dict)
    """What flows want of an SMS of unknown fate, as far as that is known."""
    by_phone: bool = False
    """It was asked for by a number."""
    by_daemon: bool = True
    """A running daemon says it: else there are neither lines nor a daemon's own pauses."""
    beside: bool = False
    """Where the ledger alone is asked: a daemon runs, and says itself what it remembers."""
    unread: int = 0
    """How many deliveries that daemon has parked of late because no event could be read of them."""
    waiting: int | None = None
    """Events in the queue and its retry queues; None where nobody can say."""
    others: Mapping[str, str | None] = field(default_factory=dict)
    """Other daemons on the ledger by their names, each with its unit where it is of this host."""
    retention: float | None = None
    """How long the ledger remembers what has ended."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, or will; `at` is None where nobody knows when."""

    at: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Became:
    """One outcome, for programs; None is what it does not have, or nobody knows."""

    flow: str | None = None
    reference: str | None = None
    key: str | None = None
    """Of its row in the ledger."""
    state: str | None = None
    """The ledger's state, or `deferred`, `published`, `parked` or `ignored`; None of what is parked
    no more."""
    reason: str | None = None
    code: int | None = None
    """Twilio's."""
    sid: str | None = None
    parked_id: str | None = None
    until: float | None = None
    """When it comes again, or its quarantine is over, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is told: the steps by time, and what it all comes to."""

    sentence: str
    steps: tuple[Step, ...] = ()
    known: bool = True
    """Whether anything is known of it; else the steps say where to look."""
    outcomes: tuple[Became, ...] = ()
    """In the order in which the sentence has them."""
