"""The composition root: settings and flows become a running daemon."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog

from smsherald.broker.choose import consuming, is_embedded
from smsherald.broker.consumer import Consumer
from smsherald.broker.messages import Messages
from smsherald.broker.notifications import Notifications
from smsherald.broker.port import Broker
from smsherald.broker.publisher import Publisher
from smsherald.broker.topology import Topology
from smsherald.broker.watch import Watch
from smsherald.broker.witness import OnSettled, Witness
from smsherald.events import decode
from smsherald.flows import Flow
from smsherald.ledger import SqlLedger, described, open_ledger
from smsherald.model import Delivery, Event
from smsherald.observe.clock import SystemClock
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.systemd import Systemd
from smsherald.pipeline import Pipeline
from smsherald.policy import StandardPolicy
from smsherald.settings.values import Settings
from smsherald.twilio import TwilioGateway
from smsherald.web.operations import serve

LOOP_STALLS = 15.0
FIRST_SESSION = 5.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes one delivery to its end, without a broker that brings it."""

    ledger: SqlLedger
    pipeline: Pipeline
    consumer: Consumer
    topology: Topology


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
    return Health(("ledger", "broker"), time.monotonic), Metrics([flow.id for flow in flows])


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
            open_ledger(settings.ledger, settings.instance, clock, _Ledgering(health, metrics))
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
                observe=metrics.twilio,
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
        consumer = Consumer(
            decode=partial(_decode, settings, clock),
            handle=pipeline.handle,
            memory=ledger,
            messages=Messages(
                Notifications(settings.broker.queue, settings.notifications.type_prefix),
                settings.retry.tiers,
            ),
            publisher=Publisher(
                settings.notifications.exchange, mandatory=settings.notifications.mandatory
            ),
            witness=Witness(metrics, structlog.get_logger().bind(), clock, on_settled),
            clock=clock,
            concurrency=settings.broker.concurrency,
            attempts=settings.retry.attempts,
        )
        yield Parts(ledger, pipeline, consumer, topology(settings, flows))


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
        watch = Watch(health, metrics, on_change)
        broker = consuming(settings.broker, parts.topology, parts.ledger, watch)
        await teardowns.enter_async_context(_task(_beat(health), "beat"))
        sessions = await teardowns.enter_async_context(
            _task(broker.run(parts.consumer.on_delivery), "sessions")
        )
        async with _task(watch.heard.wait(), "first session") as heard:
            await asyncio.wait(
                [sessions, heard], timeout=FIRST_SESSION, return_when=asyncio.FIRST_COMPLETED
            )
        yield Daemon(parts, health, broker, sessions, address)


async def run(settings: Settings, flows: Sequence[Flow], environ: Mapping[str, str]) -> int:
    """Run until SIGTERM or SIGINT; return 0, or 1 if what was in flight outlasted `drain`.

    A second signal ends the process at once, with 128 and its number. Raises TopologyError and
    LedgerError.
    """
    systemd = Systemd(environ)
    stopping = asyncio.Event()
    _on_signals(stopping)
    if is_embedded(settings.broker):
        _log.warning("memory_broker", effect="nothing is kept when the daemon stops")
    async with running(settings, flows, systemd.status) as daemon:
        _relieve_collector()
        systemd.ready("handling events" if daemon.health.ready else "waiting for the broker")
        _log.info(
            "started",
            http=daemon.address,
            ledger=described(settings.ledger.url),
            flows=len(flows),
        )
        async with (
            _task(systemd.watch(lambda: daemon.health.alive), "watchdog"),
            _task(stopping.wait(), "signals") as signalled,
        ):
            await asyncio.wait([signalled, daemon.sessions], return_when=asyncio.FIRST_COMPLETED)
            if daemon.sessions.done():
                await daemon.sessions
            systemd.stopping("finishing what is in flight")
            _log.info("stopping", in_flight=daemon.parts.pipeline.in_flight)
            daemon.broker.stop_consuming()
            finished = await daemon.parts.consumer.drain(settings.broker.drain)
    _log.info("stopped", finished=finished)
    return 0 if finished else 1


def _decode(settings: Settings, clock: SystemClock, delivery: Delivery) -> Event:
    return decode(
        delivery,
        now=clock.now(),
        max_body=settings.broker.max_body,
        attempts=settings.retry.attempts,
    )


class _Ledgering:
    """Hears how the ledger fares."""

    def __init__(self, health: Health, metrics: Metrics) -> None:
        self._health = health
        self.committed = metrics.committed
        self.sent_twice = metrics.sent_twice

    def trouble(self, problem: str | None) -> None:
        self._health.problem("ledger", problem)
        if problem is None:
            _log.info("ledger_back")
        else:
            _log.error("ledger_away", problem=problem)


def _relieve_collector() -> None:
    """Let the garbage collector look at what is new only, and less often.

    What is here by now stays. With Python's own thresholds, made for small programs, it took a
    tenth of the CPU: some hundreds of events in flight look like garbage that grows.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def _beat(health: Health) -> None:
    health.expect("loop", LOOP_STALLS)
    while True:
        health.beat("loop")
        await asyncio.sleep(1)


@asynccontextmanager
async def _task(work: Coroutine[Any, Any, T], name: str) -> AsyncIterator[asyncio.Task[T]]:
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


def _on_signals(stopping: asyncio.Event) -> None:
    def on_signal(number: int) -> None:
        if stopping.is_set():
            _log.warning("stopped", finished=False, signal=number)
            sys.stdout.flush()
            os._exit(128 + number)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
