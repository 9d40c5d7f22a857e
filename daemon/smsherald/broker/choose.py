"""Which broker `broker.url` names: RabbitMQ, or the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smsherald.broker.address import addresses
from smsherald.broker.amqp import AmqpBroker, BoundKeys
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.broker.port import Broker, Session
from smsherald.broker.session import AmqpSession
from smsherald.broker.topology import Topology
from smsherald.broker.watch import Watch
from smsherald.errors import TopologyError, UnreachableError
from smsherald.settings.values import BrokerSettings


def is_embedded(settings: BrokerSettings) -> bool:
    """Say whether events live in this process only."""
    return settings.url.reveal().startswith("memory://")


def consuming(
    settings: BrokerSettings, topology: Topology, memory: BoundKeys, watch: Watch
) -> Broker:
    """Return the broker that brings events."""
    if is_embedded(settings):
        watch.connected(up=True)
        watch.problem(None)
        return EmbeddedBroker(topology, prefetch=settings.prefetch)
    return AmqpBroker(
        addresses(settings.url.reveal()),
        topology,
        memory,
        watch,
        prefetch=settings.prefetch,
        heartbeat=settings.heartbeat,
    )


@asynccontextmanager
async def publishing(settings: BrokerSettings, topology: Topology) -> AsyncIterator[Session]:
    """Give a session that publishes and consumes nothing, for a command that is no daemon.

    Raises UnreachableError where the broker is away, TopologyError as a consuming one does.
    """
    if is_embedded(settings):
        yield EmbeddedBroker(topology, prefetch=1)
        return
    address = addresses(settings.url.reveal())[0]
    session = AmqpSession(
        address, topology, heartbeat=settings.heartbeat, prefetch=0, on_delivery=None
    )
    try:
        try:
            await asyncio.to_thread(session.open, frozenset())
        except TopologyError:
            raise
        except Exception as error:
            raise UnreachableError(f"the broker at {address}: {error}") from error
        running = asyncio.create_task(session.run())
        yield session
        running.cancel()
        await asyncio.wait([running])
    finally:
        await asyncio.to_thread(session.close, politely=session.alive)
