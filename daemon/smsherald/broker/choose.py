"""Which broker `broker.url` names: RabbitMQ, or the embedded one."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from smsherald.broker.bindings import BindingMemory, Bindings
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.broker.found import Managed, Stands
from smsherald.broker.observer import Observer
from smsherald.broker.rabbitmq.address import addresses
from smsherald.broker.rabbitmq.command import command_session
from smsherald.broker.rabbitmq.declare import counted, declare, require_exchange
from smsherald.broker.rabbitmq.inspect import (
    HEARD_AT_ONCE,
    declare_listening,
    dropped_queue,
    inspect,
    listening_queue,
)
from smsherald.broker.rabbitmq.management import managed
from smsherald.broker.rabbitmq.session import RabbitSession
from smsherald.broker.rabbitmq.supervisor import RabbitBroker
from smsherald.broker.topology import Topology
from smsherald.settings.urls import management
from smsherald.settings.values import BrokerSettings
from smsherald.settle.port import Broker, OnDelivery, Session

MOST_LOOKED_AT = 65_535
"""AMQP's largest prefetch."""


def is_embedded(settings: BrokerSettings) -> bool:
    """Say whether events live in this process only."""
    return settings.url.reveal().startswith("memory://")


def consuming(
    settings: BrokerSettings,
    topology: Callable[[], Topology],
    memory: BindingMemory,
    observer: Observer,
) -> Broker:
    """Return the broker that brings events; a reload changes the keys of `topology`."""
    if is_embedded(settings):
        observer.connected("memory://")
        observer.problem(None)
        return EmbeddedBroker(topology, prefetch=settings.prefetch)
    return RabbitBroker(
        addresses(settings.url.reveal()),
        topology,
        Bindings(memory, topology, settings.unbind_after, time.monotonic),
        observer,
        prefetch=settings.prefetch,
        heartbeat=settings.heartbeat,
    )


@asynccontextmanager
async def settling(settings: BrokerSettings, topology: Topology) -> AsyncIterator[Session]:
    """Give a session for a command that settles an event by itself: copies must find their queues.

    Raises UnreachableError where no broker of `broker.url` is there, TopologyError as a
    consuming one does. Binds nothing: the keys are the daemon's affair.
    """
    if is_embedded(settings):
        yield EmbeddedBroker(lambda: topology, prefetch=1).publishing()
        return
    unbound = replace(topology, keys=frozenset())
    async with command_session(
        addresses(settings.url.reveal()),
        topology,
        partial(declare, topology=unbound),
        heartbeat=settings.heartbeat,
    ) as session:
        yield session


@asynccontextmanager
async def looking(
    settings: BrokerSettings, topology: Topology, on_delivery: OnDelivery
) -> AsyncIterator[tuple[Session, int, int]]:
    """Give a session that is brought what is parked on RabbitMQ, how much that is, who else is.

    The last are consumers: what they hold is not among it.

    What is not acked goes back at its end. At most `MOST_LOOKED_AT` come. Raises UnreachableError
    where no broker of `broker.url` is there, TopologyError where nothing can have been parked.
    """
    ready = others = 0

    def declared(channel: Any) -> None:
        nonlocal ready, others
        ready, others = counted(channel, topology.parked)

    async with command_session(
        addresses(settings.url.reveal()),
        replace(topology, queue=topology.parked),
        declared,
        heartbeat=settings.heartbeat,
        on_delivery=on_delivery,
        prefetch=MOST_LOOKED_AT,
    ) as session:
        yield session, ready, others


@asynccontextmanager
async def publishing(settings: BrokerSettings) -> AsyncIterator[Session]:
    """Give a session for a command that publishes events, as a shop does, to RabbitMQ.

    It knows of nothing else that stands there.

    Raises UnreachableError where no broker of `broker.url` is there, TopologyError where the
    exchange of events does not stand there.
    """
    topology = Topology(settings.exchange, settings.queue, (), "", frozenset(), own=False)
    async with command_session(
        addresses(settings.url.reveal()),
        topology,
        partial(require_exchange, name=topology.exchange),
        heartbeat=settings.heartbeat,
    ) as session:
        yield session


async def standing(settings: BrokerSettings, topology: Topology) -> Stands:
    """Return what of a topology stands on RabbitMQ, by AMQP; nothing is changed or made.

    Raises UnreachableError where no broker of `broker.url` is there.
    """
    found: Stands | None = None

    def look(channel: Any) -> None:
        nonlocal found
        found = inspect(channel, topology)

    async with command_session(
        addresses(settings.url.reveal()), topology, look, heartbeat=settings.heartbeat
    ):
        if found is None:
            raise AssertionError
        return found


async def governed(settings: BrokerSettings, topology: Topology) -> Managed | None:
    """Return what RabbitMQ's management plugin shows; None without `broker.management`."""
    if settings.management is None:
        return None
    first, *_ = addresses(settings.url.reveal())
    return await managed(
        management(settings.management.reveal()),
        first.virtual_host,
        first.user.reveal(),
        topology.queues,
        sorted({name for name, _ in topology.others}),
    )


class Listening:
    """A queue of one's own with copies of events, while its session lives."""

    def __init__(self, session: RabbitSession, dropped: str) -> None:
        self._session = session
        self._dropped = dropped

    @property
    def alive(self) -> bool:
        """Whether copies still come."""
        return self._session.alive

    async def has_dropped(self) -> bool:
        """Say whether copies went, the oldest first, because too many waited."""
        return bool(await self._session.count_ready(self._dropped))


@asynccontextmanager
async def listening(
    settings: BrokerSettings, topology: Topology, on_delivery: OnDelivery, *, counted: bool = False
) -> AsyncIterator[Listening]:
    """Give a session that is brought copies of the events on `topology.keys`, and no one else's.

    Its queue goes with it. Where it is `counted`, it is known whether some were dropped. Raises
    UnreachableError where no broker of `broker.url` is there or it refuses that, TopologyError
    without an exchange of events.
    """
    own = replace(topology, queue=listening_queue(topology.queue))
    async with command_session(
        addresses(settings.url.reveal()),
        own,
        partial(declare_listening, topology=topology, name=own.queue, counted=counted),
        heartbeat=settings.heartbeat,
        on_delivery=on_delivery,
        prefetch=HEARD_AT_ONCE,
        goes_back=False,
    ) as session:
        yield Listening(session, dropped_queue(own.queue))
