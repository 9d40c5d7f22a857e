"""The composition root: settings and flows become a running daemon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from smsherald.broker.choose import consuming
from smsherald.broker.topology import Topology
from smsherald.events import decode
from smsherald.flows import Flow
from smsherald.ledger import SqlLedger, open_ledger
from smsherald.model import Delivery, Event
from smsherald.observe.broker_observer import BrokerObserver
from smsherald.observe.clock import SystemClock
from smsherald.observe.health import Health
from smsherald.observe.ledger_observer import LedgerObserver
from smsherald.observe.metrics import Metrics
from smsherald.observe.settle_observer import OnSettled, SettleObserver
from smsherald.observe.twilio_observer import TwilioObserver
from smsherald.pipeline import Pipeline
from smsherald.policy import StandardPolicy
from smsherald.settings.values import Settings
from smsherald.settle.consumer import Consumer
from smsherald.settle.herald import Herald
from smsherald.settle.notifications import Notifications
from smsherald.settle.port import Broker
from smsherald.settle.publications import Publications
from smsherald.settle.publisher import Publisher
from smsherald.twilio import TwilioGateway
from smsherald.upkeep import Upkeep
from smsherald.web.operations import serve

LOOP_STALLS = 15.0
FIRST_SESSION = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes one delivery to its end, without a broker that brings it."""

    ledger: SqlLedger
    gateway: TwilioGateway
    notifications: Notifications
    publisher: Publisher
    pipeline: Pipeline
    consumer: Consumer
    topology: Topology
    settling: SettleObserver


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that runs. `sessions` ends only by an error that an operator must mend."""

    parts: Parts
    health: Health
    broker: Broker
    sessions: asyncio.Task[None]
    address: str
    """Where `/metrics` and the other pages are."""


def topology(settings: Settings, flows: Sequence[Flow]) -> Topology:
    """Return what must stand on the broker."""
    return Topology(
        exchange=settings.broker.exchange,
        queue=settings.broker.queue,
        tiers=settings.retry.tiers,
        notifications=settings.notifications.exchange,
        keys=frozenset(key for flow in flows for key in flow.subscribe),
        own=settings.broker.declare,
    )


def watched(flows: Sequence[Flow]) -> tuple[Health, Metrics]:
    """Return what the parts report to."""
    components = ("ledger", "broker", "publisher", "twilio")
    return Health(components, time.monotonic), Metrics([flow.id for flow in flows])


@asynccontextmanager
async def assembled(
    settings: Settings,
    flows: Sequence[Flow],
    health: Health,
    metrics: Metrics,
    on_settled: OnSettled | None = None,
) -> AsyncIterator[Parts]:
    """Put the parts together, and take them apart in the opposite order.

    `on_settled` hears of every settled delivery, beside log and metrics. Waits for a ledger that
    is away; `health` says why.

    Raises LedgerError where the ledger can never be used.
    """
    clock = SystemClock()
    async with AsyncExitStack() as teardowns:
        ledger = await teardowns.enter_async_context(
            open_ledger(settings.ledger, settings.instance, clock, LedgerObserver(health, metrics))
        )
        health.problem("ledger", None)
        gateway = await teardowns.enter_async_context(
            TwilioGateway(
                settings.twilio,
                fence=settings.ledger.fence,
                skew=settings.ledger.skew,
                concurrency=settings.broker.concurrency,
                clock=clock,
                known=ledger.known,
                observer=TwilioObserver(health, metrics),
            )
        )
        pipeline = Pipeline(
            flows,
            ledger,
            StandardPolicy(clock, settings.retry.attempts),
            gateway,
            concurrency=settings.broker.concurrency,
        )
        metrics.in_flight(lambda: pipeline.in_flight)
        notifying = settings.notifications
        notifications = Notifications(settings.broker.queue, notifying.type_prefix)
        settling = SettleObserver(health, metrics, clock, on_settled)
        publisher = Publisher(notifying.exchange, mandatory=notifying.mandatory, observer=settling)
        consumer = Consumer(
            decode=partial(_decode, settings, clock),
            handle=pipeline.handle,
            memory=ledger,
            publications=Publications(notifications, settings.retry.tiers),
            publisher=publisher,
            observer=settling,
            clock=clock,
            concurrency=settings.broker.concurrency,
            attempts=settings.retry.attempts,
        )
        standing = topology(settings, flows)
        yield Parts(
            ledger, gateway, notifications, publisher, pipeline, consumer, standing, settling
        )


@asynccontextmanager
async def running(
    settings: Settings,
    flows: Sequence[Flow],
    on_change: Callable[[str], None],
    on_settled: OnSettled | None = None,
) -> AsyncIterator[Daemon]:
    """Run while inside; `on_change` gets a line when the broker comes or goes.

    Raises LedgerError, and OSError where `http.listen` is taken.
    """
    async with AsyncExitStack() as teardowns:
        health, metrics = watched(flows)
        # First: what follows may have to wait, and somebody may ask why.
        address = await teardowns.enter_async_context(
            serve(settings.http, health, metrics, partial(_status, settings, flows))
        )
        parts = await teardowns.enter_async_context(
            assembled(settings, flows, health, metrics, on_settled)
        )
        sessions_observer = BrokerObserver(health, metrics, on_change)
        broker = consuming(settings.broker, parts.topology, parts.ledger, sessions_observer)
        await teardowns.enter_async_context(beside(_beat(health), "beat"))
        sessions = await teardowns.enter_async_context(
            beside(broker.run(parts.consumer.on_delivery), "sessions")
        )
        herald = Herald(
            parts.notifications, parts.publisher, lambda: broker.session, parts.settling
        )
        upkeep = Upkeep(
            settings.ledger,
            flows,
            parts.ledger,
            gateway=parts.gateway,
            herald=herald,
            metrics=metrics,
        )
        await teardowns.enter_async_context(beside(upkeep.run(), "sweeps"))
        async with beside(sessions_observer.reported.wait(), "first session") as heard:
            await asyncio.wait(
                [sessions, heard], timeout=FIRST_SESSION, return_when=asyncio.FIRST_COMPLETED
            )
        yield Daemon(parts, health, broker, sessions, address)


def _decode(settings: Settings, clock: SystemClock, delivery: Delivery) -> Event:
    return decode(
        delivery,
        now=clock.now(),
        max_body=settings.broker.max_body,
        attempts=settings.retry.attempts,
    )


async def _beat(health: Health) -> None:
    health.expect("loop", LOOP_STALLS)
    while True:
        health.beat("loop")
        await asyncio.sleep(1)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, T], name: str) -> AsyncIterator[asyncio.Task[T]]:
    """Run beside what is inside, and wait for its end: what it holds is let go by then."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


def _status(settings: Settings, flows: Sequence[Flow]) -> Mapping[str, object]:
    return {
        "instance": settings.instance,
        "queue": settings.broker.queue,
        "flows": ", ".join(flow.id for flow in flows),
    }
