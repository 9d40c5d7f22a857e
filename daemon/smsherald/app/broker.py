"""The part `broker`: brings deliveries to the consumer, whatever happens to RabbitMQ."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from smsherald.app.observed import Observed
from smsherald.app.tasks import background
from smsherald.broker.choose import consuming
from smsherald.broker.topology import Topology
from smsherald.ledger import SqlLedger
from smsherald.observe.broker_observer import BrokerObserver
from smsherald.settings.values import Settings
from smsherald.settle.consumer import Consumer
from smsherald.settle.intake import Intake
from smsherald.settle.port import Broker

FIRST_SESSION = 5.0
"""Seconds that a start waits for a session, or for word that there is none."""


@dataclass(frozen=True, slots=True)
class Consuming:
    """A broker that brings deliveries. `sessions` ends only by an error that a person must mend."""

    broker: Broker
    intake: Intake
    sessions: asyncio.Task[None]


@asynccontextmanager
async def broker_part(
    settings: Settings,
    to: Observed,
    topology: Callable[[], Topology],
    ledger: SqlLedger,
    consumer: Consumer,
    *,
    intake: Callable[[Broker], AbstractAsyncContextManager[Intake]],
) -> AsyncIterator[Consuming]:
    """Consume while inside, as `intake` lets it."""
    observer = BrokerObserver(to.health, to.metrics)
    to.status.broker = lambda: observer.at
    broker = consuming(settings.broker, topology, ledger, observer)
    async with (
        intake(broker) as taking,
        background(broker.run(consumer.on_delivery), "sessions") as sessions,
    ):
        async with background(observer.reported.wait(), "first session") as reported:
            await asyncio.wait(
                [sessions, reported], timeout=FIRST_SESSION, return_when=asyncio.FIRST_COMPLETED
            )
        yield Consuming(broker, taking, sessions)
