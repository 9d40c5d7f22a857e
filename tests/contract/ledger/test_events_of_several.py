"""Events of many SMSes on a real ledger: they end, within the bounds, and text each once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from smsherald.flows import Each, FlowBook
from smsherald.ledger import SqlLedger
from smsherald.model import Accepted, EventOutcome, Finding, Fresh, Response, Sent, TakenOver
from smsherald.observe.clock import SystemClock
from smsherald.pipeline import Pipeline
from smsherald.policy import Rules, StandardPolicy
from smsherald.ports import Permit
from support.admission import admission
from support.ledgers import a_sid
from support.shop import event, flow, ways

NUMBERS = [f"+1555867{n:04}" for n in range(100)]
CONCURRENCY = 7
WATCHERS = flow(to_each=Each("order.watchers"), to=ways("{{ item }}"))
EVENT = event({"number": "R1", "watchers": NUMBERS})


@dataclass
class Twilio:
    """Takes everything, and counts."""

    taken: Counter[str] = field(default_factory=Counter)
    at_once: int = 0
    most_at_once: int = 0

    async def send(self, claim: Fresh, permit: Permit) -> Response:
        assert permit.again(claim) is None
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.001)
        self.at_once -= 1
        self.taken[claim.sms.key] += 1
        return Accepted(a_sid(claim.sms.key), "queued")

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Finding:
        raise NotImplementedError


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


def pipeline(ledger: SqlLedger, twilio: Twilio) -> Pipeline:
    # The same text to the same number by two flows: in flight one waits for the other.
    flows = FlowBook(replace(WATCHERS, id=name) for name in ("watchers", "watchers-too"))
    clock = SystemClock()
    ports = (admission(clock), ledger, StandardPolicy(clock, Rules), twilio)
    return Pipeline(lambda: flows, *ports, concurrency=CONCURRENCY)


async def test_one_delivered_three_times_at_once_texts_each_recipient_once_a_flow(
    ledger: SqlLedger, twilio: Twilio
) -> None:
    way = pipeline(ledger, twilio)

    settled = await asyncio.wait_for(asyncio.gather(*(way.handle(EVENT) for _ in range(3))), 30)

    assert {settlement.outcome for settlement in settled} == {EventOutcome.HANDLED}
    assert len(twilio.taken) == 2 * len(NUMBERS)
    assert set(twilio.taken.values()) == {1}
    assert twilio.most_at_once == CONCURRENCY


async def test_one_on_two_replicas_at_once_texts_each_recipient_once_a_flow(
    ledger: SqlLedger, other: SqlLedger, twilio: Twilio
) -> None:
    ways = [pipeline(ledger, twilio), pipeline(other, twilio)]

    settled = await asyncio.wait_for(asyncio.gather(*(way.handle(EVENT) for way in ways)), 30)

    # What the other replica has in flight is left to it: the event comes again.
    assert {settlement.outcome for settlement in settled} <= {
        EventOutcome.HANDLED,
        EventOutcome.DEFERRED,
    }
    results = [result for settlement in settled for result in settlement.results]
    ended = {sms.key for sms, outcome in results if isinstance(outcome, Sent)}
    assert ended == twilio.taken.keys()
    assert len(twilio.taken) == 2 * len(NUMBERS)
    assert set(twilio.taken.values()) == {1}
