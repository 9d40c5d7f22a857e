"""Which broker `broker.url` names: RabbitMQ, or the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from smsherald.broker.address import addresses
from smsherald.broker.amqp import AmqpBroker, BoundKeys
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.broker.port import Broker, Session
from smsherald.broker.session import AmqpSession
from smsherald.broker.topology import Topology
from smsherald.broker.watch import Watch
from smsherald.errors import SmsheraldError, TopologyError, UnreachableError
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

    Raises UnreachableError where no broker of `broker.url` is there, TopologyError as a
    consuming one does. Binds nothing: the keys are the daemon's affair.
    """
    if is_embedded(settings):
        yield EmbeddedBroker(topology, prefetch=1)
        return
    session = await _open_one(settings, replace(topology, keys=frozenset()))
    running = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        polite = session.alive
        running.cancel()
        await asyncio.wait([running])
        session.end(SmsheraldError("the command is done"))
        await asyncio.to_thread(session.close, politely=polite)


async def _open_one(settings: BrokerSettings, topology: Topology) -> AmqpSession:
    """Open a session with the first broker that takes one."""
    problems = []
    for address in addresses(settings.url.reveal()):
        session = AmqpSession(
            address, topology, heartbeat=settings.heartbeat, prefetch=0, on_delivery=None
        )
        try:
            await asyncio.to_thread(session.open, frozenset())
        except Exception as error:
            await asyncio.to_thread(session.close, politely=False)
            if isinstance(error, TopologyError):
                raise
            problems.append(f"{address}: {error}")
        else:
            return session
    raise UnreachableError(f"the broker at {'; '.join(problems)}")
