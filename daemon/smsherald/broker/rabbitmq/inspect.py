"""Looks at what stands on RabbitMQ, by AMQP; changes nothing that is there, makes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from secrets import token_hex
from typing import Any

from amqp.exceptions import ChannelError, NotFound, PreconditionFailed
from kombu import Exchange, Queue

from smsherald.broker.found import Entity, Kind, Stands
from smsherald.broker.rabbitmq.declare import require_exchange
from smsherald.broker.topology import Topology

MOST_WAITING = 1000
"""Copies that may wait in the queue of who listens; then the oldest go."""


def inspect(channel: Any, topology: Topology) -> Stands:
    """Look at all of a topology; blocks."""
    properties = channel.connection.server_properties
    product = f"{properties.get('product', 'a broker')} {properties.get('version', '')}"
    return Stands(product.strip(), tuple(_looked_at(channel, topology)))


def _looked_at(channel: Any, topology: Topology) -> Iterator[Entity]:
    for name in topology.exchanges:
        yield _look(channel, Kind.EXCHANGE, Exchange(name, "topic", durable=True), topology.own)
    for name, arguments in reversed(list(topology.queues.items())):
        queue = Queue(name, durable=True, queue_arguments=dict(arguments))
        yield _look(channel, Kind.QUEUE, queue, topology.own)


def _look(channel: Any, kind: Kind, entity: Any, own: bool) -> Entity:  # noqa: FBT001 - the topology's.
    """Look first; the broker compares arguments only of what is declared in earnest.

    That would make what is missing, so it comes second, and only where we declare at all.
    """
    found = Entity(kind, entity.name)
    try:
        with closing(channel.connection.channel()) as once:
            stands = _declare(entity.bind(once), passive=True)
        if kind is Kind.QUEUE:
            ready, consumers = stands.message_count, stands.consumer_count
            found = replace(found, ready=ready, consumers=consumers)
    except NotFound as error:
        return replace(found, missing=error.reply_text)
    except ChannelError as error:
        return replace(found, refused=error.reply_text)
    if not own:
        return found
    try:
        with closing(channel.connection.channel()) as once:
            _declare(entity.bind(once), passive=False)
    except PreconditionFailed as error:
        return replace(found, clash=error.reply_text, compared=True)
    except ChannelError as error:
        return replace(found, refused=error.reply_text)
    return replace(found, compared=True)


def _declare(entity: Any, *, passive: bool) -> Any:
    if isinstance(entity, Exchange):
        return entity.declare(passive=passive)
    # Not `Queue.declare`, which would bind, too.
    return entity.channel.queue_declare(
        entity.name,
        passive=passive,
        durable=True,
        auto_delete=False,
        arguments=None if passive else entity.queue_arguments,
    )


def listening_queue(queue: str) -> str:
    """Return a name for a queue of one's own, which begins as ours do: rights may ask for that."""
    return f"{queue}.look.{token_hex(4)}"


def declare_listening(channel: Any, topology: Topology, name: str) -> None:
    """Make a queue that gets copies of events, and goes with this connection; blocks.

    Raises TopologyError where there is no exchange to listen to.
    """
    require_exchange(channel, topology.exchange)
    arguments = {"x-queue-type": "classic", "x-max-length": MOST_WAITING}
    channel.queue_declare(
        name, durable=False, exclusive=True, auto_delete=True, arguments=arguments
    )
    for key in sorted(topology.keys):
        channel.queue_bind(name, topology.exchange, key)
