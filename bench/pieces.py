"""What each piece of an event's way costs by itself, in CPU µs an event.

    .venv/bin/python bench/pieces.py [--events 4000] [--repeat 3]

User and system time of the whole process, the ledger's thread with it, at 200 events at once;
the lowest of some repetitions. "all but AMQP" is the consumer's whole way from a delivery to
its ack, on a session that confirms at once: the rest of it is tasks and futures.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeVar

import structlog
from rich.console import Console
from rich.progress import track
from rich.table import Table

from contenders import Place, write_config
from rig import standin
from shop import EVENTS, ROUTING_KEY, order
from smsherald.app import Parts, assembled, observed
from smsherald.app.live import Live
from smsherald.events import decode
from smsherald.flows import make
from smsherald.model import (
    Accepted,
    Claim,
    Delivery,
    Event,
    EventOutcome,
    Fresh,
    Outcome,
    Sent,
    Settlement,
    Sms,
    Told,
    Wait,
)
from smsherald.observe.clock import SystemClock
from smsherald.observe.event_line import event_line
from smsherald.observe.log import configure
from smsherald.observe.metrics import Metrics
from smsherald.observe.twilio_observer import TwilioObserver
from smsherald.settings.load import Loaded, load
from smsherald.settings.values import LogSettings
from smsherald.settle.notifications import Notifications
from smsherald.settle.port import Confirm, Message, Then
from smsherald.twilio.gateway import TwilioGateway

CONSOLE = Console(stderr=True)
AT_ONCE = 200
T = TypeVar("T")
R = TypeVar("R")


class Confirming:
    """A session whose broker confirms everything at once."""

    steady = True
    alive = True
    trouble = None

    def publish(
        self,
        _message: Message,
        _exchange: str,
        _routing_key: str,
        *,
        mandatory: bool,  # noqa: ARG002 (The port's signature.)
        then: Then,
    ) -> None:
        """Confirm."""
        asyncio.get_running_loop().call_soon(then, Confirm.CONFIRMED)

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        """Refuse: no event here is deferred."""
        raise NotImplementedError

    def park(self, message: Message, *, then: Then) -> None:
        """Refuse: no event here is parked."""
        raise NotImplementedError

    def fail(self, why: str) -> None:
        """Refuse: nothing here goes missing."""
        raise NotImplementedError

    def ack(self, tag: int) -> None:
        """Take it."""


class Stopwatch:
    """CPU µs an item, by piece; of several times the lowest."""

    def __init__(self) -> None:
        self.lowest: dict[str, float] = {}

    def each(self, piece: str, items: Sequence[T], call: Callable[[T], R]) -> list[R]:
        """Time a call for each item, one after another."""
        with self._timed(piece, len(items)):
            return [call(item) for item in items]

    async def all(
        self, piece: str, items: Sequence[T], call: Callable[[T], Awaitable[R]]
    ) -> list[R]:
        """Time a call for each item, `AT_ONCE` of them side by side."""
        todo = iter(enumerate(items))
        done: dict[int, R] = {}

        async def work() -> None:
            for number, item in todo:
                done[number] = await call(item)

        with self._timed(piece, len(items)):
            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return [done[number] for number in range(len(items))]

    @contextmanager
    def _timed(self, piece: str, items: int) -> Iterator[None]:
        gc.collect()
        begun = time.process_time()
        yield
        took = (time.process_time() - begun) * 1e6 / items
        self.lowest[piece] = min(took, self.lowest.get(piece, math.inf))


def delivery(number: int) -> Delivery:
    """Return an order as the broker brings it."""
    properties = {
        "app_id": "bench",
        "message_id": f"order-{number}",
        "content_type": "application/json",
        "delivery_mode": 2,
        "timestamp": int(time.time()),
    }
    return Delivery(order(number), properties, EVENTS, ROUTING_KEY, redelivered=False, tag=number)


async def repeat(
    watch: Stopwatch,
    loaded: Loaded,
    parts: Parts,
    metrics: Metrics,
    gateway: TwilioGateway,
    *,
    deliveries: Sequence[Delivery],
) -> None:
    """Take events through one piece after another."""
    settings = loaded.settings

    def read(each: Delivery) -> Event:
        return decode(
            each,
            now=time.time(),
            max_body=settings.broker.max_body,
            exchange=settings.broker.exchange,
            chosen=settings.identity,
        )

    def one_sms(event: Event) -> Sms:
        (sms,) = make(event, loaded.flows).smses
        return sms

    async def send(claim: Claim) -> tuple[Fresh, Accepted]:
        assert isinstance(claim, Fresh), claim
        permit = await parts.admitting.admission.ask(claim.sms)
        assert not isinstance(permit, Wait), permit
        answer = await gateway.send(claim, permit)
        permit.give_back()
        assert isinstance(answer, Accepted), answer
        return claim, answer

    events = watch.each("decode", deliveries, read)
    smses = watch.each("make: schema, when, templates", events, one_sms)
    claims = await watch.all("ledger: claim", smses, parts.ledger.claim)
    sent = await watch.all("Twilio: POST", claims, send)
    outcomes = await watch.all("ledger: record", sent, lambda pair: parts.ledger.record(*pair))
    ended = [(sms, outcome) for sms, outcome in zip(smses, outcomes, strict=True)]
    notifications = Notifications(settings.broker.queue, settings.notifications.type_prefix)
    watch.each("notification: make", ended, lambda pair: notifications.of_sms(*as_sent(pair)))
    await watch.all("ledger: told", ended, lambda pair: parts.ledger.told([as_told(pair)]))

    def count(pair: tuple[Sms, Outcome]) -> None:
        sms, outcome = pair
        metrics.twilio("create", "ok", 0.01)
        metrics.event(EventOutcome.HANDLED, 0.1, 0.1)
        metrics.sms(sms.flow, outcome)
        metrics.notified("sms.sent")

    log = structlog.get_logger().bind()

    def line(pair: tuple[Sms, Outcome]) -> None:
        event = pair[0].event
        settlement = Settlement(EventOutcome.HANDLED, (pair,))
        event_line(log, event, settlement, routing_key=ROUTING_KEY, duration=0.1, age=0.1)

    watch.each("metrics", ended, count)
    watch.each("log line", ended, line)


def as_sent(pair: tuple[Sms, Outcome]) -> tuple[Sms, Sent]:
    """Insist on the outcome that everything here has."""
    sms, outcome = pair
    assert isinstance(outcome, Sent), outcome
    return sms, outcome


def as_told(pair: tuple[Sms, Outcome]) -> Told:
    """Return what its notification tells."""
    sms, outcome = as_sent(pair)
    return Told.of(sms.key, outcome)


async def measure(config: Path, events: int, times: int) -> Mapping[str, float]:
    """Return the CPU µs an event by piece."""
    watch = Stopwatch()
    loaded = load(config, os.environ)
    settings = loaded.settings
    numbers = count()
    live = Live(settings, loaded.flows)
    to = observed(live)
    async with (
        assembled(settings, lambda: live, to) as parts,
        TwilioGateway(
            settings.twilio,
            concurrency=AT_ONCE,
            fence=settings.ledger.fence,
            skew=settings.ledger.skew,
            clock=SystemClock(),
            known=parts.ledger.known,
            pausing=parts.admitting.pauses,
            observer=TwilioObserver(to.health, to.metrics, parts.admitting.sentences),
        ) as gateway,
    ):
        session = Confirming()
        for _ in track(range(times), "pieces", console=CONSOLE):
            deliveries = [delivery(next(numbers)) for _ in range(events)]
            await repeat(watch, loaded, parts, to.metrics, gateway, deliveries=deliveries)
            whole = [delivery(next(numbers)) for _ in range(events)]
            settled = await watch.all(
                "all but AMQP", whole, lambda each: parts.settling.consumer.handle(session, each)
            )
            assert all(s and s.outcome is EventOutcome.HANDLED for s in settled), settled[0]
    return watch.lowest


def main() -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=4000, help="in each repetition")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="smsherald-bench-") as name,
        (Path(name) / "log").open("w", encoding="utf-8") as log,
        standin(0) as twilio,
    ):
        configure(LogSettings("info", "json"), log)
        config = write_config(Place(Path(name), "memory://", twilio.url, 0))
        lowest = asyncio.run(measure(config, arguments.events, arguments.repeat))
    shown = Table("", "CPU µs/event")
    for piece, took in lowest.items():
        shown.add_row(piece, f"{took:.1f}")
    CONSOLE.print(shown)


if __name__ == "__main__":
    main()
