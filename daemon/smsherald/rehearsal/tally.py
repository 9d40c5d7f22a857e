"""What became of many events, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Literal

from smsherald.model import Duplicate, EventOutcome, Parked, Sent, Skipped, SmsEvent
from smsherald.rehearsal.values import Fate, Seen
from smsherald.sms import Money, Prices, total

KEYS = 1000
"""Routing keys that are named; bounded, for they come from outside."""
OTHER_KEYS = "(others)"
_MINUTE = 60


@dataclass(slots=True)
class Met:
    """How often something was met, and where first."""

    line: int
    event_id: str | None
    detail: str | None
    times: int = 0


Mets = dict[str, Met]


@dataclass(slots=True)
class Sum:
    """SMSes that go out."""

    smses: int = 0
    segments: int = 0
    encodings: Counter[str] = field(default_factory=Counter)
    """SMSes by encoding."""
    costs: dict[str | None, Decimal] = field(default_factory=dict)
    """By currency."""
    unpriced: int = 0
    """SMSes to numbers that no price is for."""

    def add(self, segments: int, encoding: str, price: Money | None) -> None:
        """Count one more."""
        self.smses += 1
        self.segments += segments
        self.encodings[encoding] += 1
        if price is None:
            self.unpriced += 1
        else:
            so_far = self.costs.get(price.currency, Decimal())
            self.costs[price.currency] = so_far + price.amount

    @property
    def money(self) -> tuple[Money, ...]:
        """What they cost, each currency for itself."""
        return total(Money(amount, currency) for currency, amount in self.costs.items())


@dataclass(slots=True)
class FlowTally:
    """What one flow makes."""

    sent: Sum = field(default_factory=Sum)
    again: int = 0
    """SMSes that had ended before their event came again."""
    published: int = 0
    """SMS events that no flow here takes."""
    skipped: Mets = field(default_factory=dict)
    """By reason."""
    parked: Mets = field(default_factory=dict)
    """By reason."""


class Tally:
    """Counts what one configuration makes of events."""

    def __init__(self, prices: Prices) -> None:
        self._price: Callable[[str, int], Money | None] = prices.of
        self.outcomes: Counter[str] = Counter()
        """Recorded events by how they ended."""
        self.published = 0
        """Events that flows published in their turn, and that came back."""
        self.flows: dict[str | None, FlowTally] = {}
        """None is what no flow came to."""
        self.sent = Sum()
        self.numbers: Counter[str] = Counter()
        """SMSes by recipient."""
        self.minutes: dict[int, tuple[int, int]] = {}
        """SMSes and segments by minute since the epoch."""
        self.unknown: Mets = {}
        """Events that no flow subscribes to, by routing key."""
        self.unwanted: Mets = {}
        """Events that flows subscribe to and that none wants, by routing key."""
        self.first: float | None = None
        self.last: float | None = None
        """When the earliest and the latest event was seen, in seconds since the epoch."""

    @property
    def events(self) -> int:
        """How many recorded events there were."""
        return self.outcomes.total()

    def add(self, line: int, seen: Seen, at: float) -> None:
        """Count one event; `at` is in seconds since the epoch."""
        if seen.published:
            self.published += 1
        else:
            self.outcomes[seen.outcome] += 1
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)
        event_id = None if seen.event is None else seen.event.id
        if seen.outcome == EventOutcome.IGNORED:
            mets = self.unwanted if seen.subscribed else self.unknown
            key = seen.routing_key
            if key not in mets and len(mets) >= KEYS:
                key = OTHER_KEYS
            _meet(mets, key, Met(line, event_id, None))
        for fate in seen.fates:
            self._add(fate, Met(line, event_id, fate.detail), at)

    def _add(self, fate: Fate, met: Met, at: float) -> None:
        flow = self.flows.get(fate.flow)
        if flow is None:
            flow = self.flows[fate.flow] = FlowTally()
        match fate.outcome:
            case Sent.word if fate.asked is not None:
                self._send(fate, flow, at)
            case Duplicate.word:
                flow.again += 1
            case SmsEvent.word:
                flow.published += 1
            case Skipped.word:
                _meet(flow.skipped, str(fate.reason), met)
            case Parked.word:
                _meet(flow.parked, str(fate.reason), met)

    def _send(self, fate: Fate, flow: FlowTally, at: float) -> None:
        asked = fate.asked
        assert asked is not None  # noqa: S101 - for mypy: what is sent was asked for.
        segments, encoding = asked.segments.count, asked.segments.encoding
        price = self._price(asked.to, segments)
        for each in (flow.sent, self.sent):
            each.add(segments, encoding, price)
        self.numbers[asked.to] += 1
        minute = int(at // _MINUTE)
        smses, so_far = self.minutes.get(minute, (0, 0))
        self.minutes[minute] = (smses + 1, so_far + segments)

    @property
    def busiest(self) -> tuple[float, int, int] | None:
        """When the minute with most SMSes began, and its SMSes and segments."""
        if not self.minutes:
            return None
        minute = max(self.minutes, key=lambda each: (self.minutes[each][0], -each))
        return (float(minute * _MINUTE), *self.minutes[minute])

    @property
    def again(self) -> int:
        """How many SMSes had ended before their event came again."""
        return sum(flow.again for flow in self.flows.values())

    def total(self, kind: Literal["skipped", "parked"]) -> int:
        """How many SMSes, or parts of events, ended so by whatever flow and reason."""
        every: Iterable[Mets] = map(attrgetter(kind), self.flows.values())
        return sum(met.times for mets in every for met in mets.values())


def _meet(mets: Mets, name: str, met: Met) -> None:
    first = mets.setdefault(name, met)
    first.times += 1
