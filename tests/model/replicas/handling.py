"""A delivery taken from its bytes to its ack by the daemon's own consumer.

Ledger and Twilio stand still meanwhile: what may come between is searched in `model.sending`. A
copy is whatever the consumer publishes, and an event is whatever it reads in that.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from model.replicas.books import EVENTS, KEY, MAX_AGE, book_of
from model.replicas.world import Kept, Pairs, Rule, Wire
from smsherald.errors import Reason
from smsherald.events import decode, headers
from smsherald.ledger import decide
from smsherald.model import (
    Accepted,
    Answer,
    Claim,
    Delivery,
    Event,
    EventOutcome,
    Finding,
    Fresh,
    Mine,
    NotTaken,
    Outcome,
    ParkedEntry,
    Response,
    Settlement,
    Sms,
    State,
    TakenOver,
    Told,
)
from smsherald.pipeline import Pipeline
from smsherald.policy import Rules, StandardPolicy
from smsherald.ports import Permit
from smsherald.settle.consumer import Consumer
from smsherald.settle.elsewhere import Elsewhere
from smsherald.settle.notifications import Notifications
from smsherald.settle.other_ledger import OtherLedger
from smsherald.settle.port import Confirm, Message, Then
from smsherald.settle.publications import Publication, Publications
from smsherald.settle.publisher import Publisher
from smsherald.testing import SetClock, a_row
from support.admission import admission

QUEUE = "smsherald"
TIERS = (5.0, 60.0, 600.0)
ATTEMPTS = 2
NOT_SEEN = False
_SOON, _LATE = 1000.0, 1001.0 + MAX_AGE
_RULES = decide.Rules("a process", 100.0)
_CARRIED = {
    Rule.IDENTITY: headers.IDENTITY,
    Rule.EXCHANGE: headers.EXCHANGE,
    Rule.ONLY_FLOW: headers.FLOW,
    Rule.FIRST_SEEN: headers.FIRST_SEEN,
    Rule.ATTEMPT: headers.ATTEMPT,
    Rule.DEFECTS: headers.DEFECTS,
}


class Asked(NamedTuple):
    """What a handling depends on, beside the delivery."""

    book: tuple[str, ...]
    rows: tuple[Kept, ...]
    wanted: bool
    """Whether the ledger says that a daemon has wanted `KEY` recently."""
    expired: bool = False
    without: Rule | None = None
    refuses: bool = False
    """Whether Twilio asks for patience."""
    broken: bool = False
    bare: bool = False
    """Whether copies can only be written bare."""


class Handled(NamedTuple):
    """What comes of it."""

    outcome: EventOutcome
    rows: tuple[Kept, ...]
    texts: tuple[str, ...]
    """The flows whose texts Twilio took now."""
    copies: tuple[tuple[int, Wire], ...]
    """Each with its tier."""
    parked: tuple[tuple[str, Wire], ...]
    """Each with its reason."""


@cache
def handled(wire: Wire, asked: Asked) -> Handled:
    """Handle a delivery."""
    ledger, session = _Ledger(asked), _Session(wire, asked)
    observer = _Observer(asked)
    consumer = _consumer(asked, ledger, observer)
    settlement = _runner().run(consumer.handle(session, _delivery(wire)))
    if settlement is None:
        message = f"{wire} was not settled"
        raise AssertionError(message)
    rows = tuple(sorted(ledger.rows.values()))
    copies, parked = tuple(session.copies), tuple(session.parked)
    return Handled(settlement.outcome, rows, tuple(ledger.texts), copies, parked)


def _consumer(asked: Asked, ledger: _Ledger, observer: _Observer) -> Consumer:
    book, clock = book_of(asked.book), SetClock(_LATE if asked.expired else _SOON)
    ports = (admission(clock), ledger, StandardPolicy(clock, Rules), ledger)
    pipeline = Pipeline(lambda: book, *ports, concurrency=1)

    def read(delivery: Delivery) -> Event:
        if asked.without is Rule.COPIES_ALONE:
            delivery = replace(delivery, exchange="")
        return decode(delivery, now=clock.now(), max_body=1000)

    async def handle(event: Event) -> Settlement:
        settlement = await pipeline.handle(event)
        unknown = any(defect.reason is Reason.UNKNOWN_FLOW for defect in settlement.defects)
        if unknown and asked.without is Rule.UNKNOWN_FLOW:
            return Settlement(EventOutcome.IGNORED)
        return settlement

    return Consumer(
        decode=read,
        handle=handle,
        elsewhere=Elsewhere(ledger, QUEUE, lambda: book),
        other_ledger=OtherLedger(ledger, clock),
        memory=ledger,
        list_parked=ledger.list_parked,
        publications=Publications(Notifications(QUEUE, ""), TIERS, ledger.id, QUEUE),
        publisher=Publisher("smsherald", "events", str, mandatory=False, observer=observer),
        observer=observer,
        clock=clock,
        concurrency=1,
        attempts=ATTEMPTS,
    )


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def _delivery(wire: Wire) -> Delivery:
    properties = {**dict(wire.properties), "headers": dict(wire.headers)}
    return Delivery(
        wire.body.encode(), properties, wire.exchange, wire.routing_key, redelivered=False, tag=1
    )


def pairs(values: Mapping[str, Any]) -> Pairs:
    """Return a mapping as a value."""
    return tuple(sorted(values.items()))


class _Ledger:
    """The ledger of one handling, and Twilio behind it."""

    id, is_new = "ours", False

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self.rows = {row.key: row for row in asked.rows}
        self.texts: list[str] = []

    async def recent_keys(self, queue: str, seconds: float) -> frozenset[tuple[str, str]]:
        del queue, seconds
        return frozenset({KEY}) if self._asked.wanted else frozenset()

    async def wanted_keys(self, queue: str) -> Mapping[tuple[str, str], float]:
        del queue
        return {KEY: 0.0}

    async def list_parked(self, entries: Collection[ParkedEntry]) -> None:
        assert entries

    async def claim(self, sms: Sms) -> Claim:
        kept = self.rows.get(sms.key)
        row = kept and a_row(
            sms, event_digest=kept.digest, state=State(kept.state),
            sid="SM0", ended_at=0.0, notified_at=0.0,
        )  # fmt: skip
        step = decide.on_claim(sms, decide.Found(row, None, 0.0), _RULES, None)
        return step.claim if isinstance(step, decide.Reply) else step.claim(sms, 0.0)

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        if not isinstance(answer, decide.Known):
            message = f"the model knows nothing of {answer}"
            raise TypeError(message)
        sms, new = claim.sms, decide.change(answer)
        self.rows[sms.key] = Kept(sms.key, sms.event.digest, new.state)
        return decide.outcome(claim, answer, 0.0)

    async def told(self, told: Collection[Told]) -> None:
        """Remember nothing: what is told is searched in `model.sending`."""

    async def send(self, claim: Fresh, permit: Permit) -> Response:  # noqa: ARG002 - the port's.
        if self._asked.broken:
            message = "a defect of ours"
            raise RuntimeError(message)
        if self._asked.refuses:
            return NotTaken(Reason.RATE_LIMITED)
        self.texts.append(claim.sms.flow)
        return Accepted("SM0", "queued")

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Finding:  # noqa: ARG002
        message = f"nothing is looked up here: {claim}"
        raise AssertionError(message)


class _Session:
    """A session that takes whatever is published."""

    steady = True
    alive = True
    trouble = None

    def __init__(self, wire: Wire, asked: Asked) -> None:
        self._wire = wire
        self._asked = asked
        self.copies: list[tuple[int, Wire]] = []
        self.parked: list[tuple[str, Wire]] = []

    def publish(
        self, message: Message, exchange: str, routing_key: str, *, mandatory: bool, then: Then
    ) -> None:
        del message, exchange, routing_key, mandatory
        _confirm(then)

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        self.copies.append((tier, self._wire_of(message, self._wire.flow)))
        _confirm(then)

    def park(self, message: Message, *, then: Then) -> None:
        ours = message.properties["headers"]
        flow = ours.get(headers.FLOW, self._wire.flow)
        self.parked.append((ours[headers.REASON], self._wire_of(message, flow)))
        _confirm(then)

    def ack(self, tag: int) -> None:
        del tag

    def fail(self, why: str) -> None:
        raise AssertionError(why)

    def _wire_of(self, message: Message, flow: str) -> Wire:
        """Return a copy as the broker brings it back."""
        properties = message.bare if self._asked.bare else message.properties
        properties = dict(properties or {})
        ours = dict(properties.pop("headers"))
        without = self._asked.without
        if without in _CARRIED:
            ours.pop(_CARRIED[without], None)
        if without is Rule.ROUTING_KEY and not ours[headers.ROUTING_KEY]:
            del ours[headers.ROUTING_KEY]
        if headers.ATTEMPT in ours:  # There is no tier for more of them.
            ours[headers.ATTEMPT] = min(ours[headers.ATTEMPT], len(TIERS))
        body = message.body.decode()
        refused = self._wire.refused + self._asked.refuses
        seen = self._wire.seen or not self._asked.expired
        return Wire(
            self._wire.event, flow, refused, seen, "", QUEUE, body, pairs(properties), pairs(ours)
        )


class _Observer:
    """Is told of nothing but the defect that was asked for."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def settled(
        self,
        delivery: Delivery,
        event: Event | None,
        settlement: Settlement,
        publications: Collection[Publication],
        duration: float,
    ) -> None:
        """Hear that it was acked."""

    def unexpected(self, event: Event | None, error: Exception) -> None:
        if not self._asked.broken:
            message = f"a defect of ours, of {event}"
            raise AssertionError(message) from error

    def another_ledger(self, why: str) -> None:
        raise AssertionError(why)

    def refused(self, publications: int, wait: float) -> None:
        message = f"{publications} are not taken for {wait} s"
        raise AssertionError(message)

    def waiting(self, events: int) -> None:
        raise AssertionError(events)

    def notified(self, routing_key: str) -> None:
        raise AssertionError(routing_key)


def _confirm(then: Then) -> None:
    asyncio.get_running_loop().call_soon(then, Confirm.CONFIRMED)


def published(event: int, routing_key: str, properties: Pairs, ours: Pairs) -> Wire:
    """Return an event as the broker brings it at first."""
    body = json.dumps({"number": event + 1})
    return Wire(event, "", 0, NOT_SEEN, EVENTS, routing_key, body, properties, ours)
