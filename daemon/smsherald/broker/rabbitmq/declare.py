"""Makes a topology stand on RabbitMQ, or sees that it does; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed
from kombu import Exchange, Queue

from smsherald.broker.topology import Topology
from smsherald.errors import MissingError, TopologyError


def declare(channel: Any, topology: Topology) -> None:
    """Make it so; blocks.

    What is there already comes first: where it clashes, nothing has been made. Raises TopologyError
    where what stands there clashes, or is missing and not ours to make.
    """
    entities = list(_entities(channel, topology))
    if topology.own:
        entities.sort(key=lambda entity: not _stands(channel, entity))
    for entity in entities:
        try:
            _declare(entity, passive=not topology.own)
        except PreconditionFailed as error:
            raise TopologyError(
                f"{_kind(entity)} {entity.name!r} stands on the broker with other arguments: "
                f"{error.reply_text}. Nothing was changed. Delete it, or name another in "
                "broker.queue or broker.exchange"
            ) from error
        except NotFound as error:
            if topology.own:
                raise  # Of what we declare, nothing is missing: its node may be down.
            raise MissingError(
                f"{_kind(entity)} {entity.name!r} does not stand on the broker, and "
                "broker.declare is false: declare it there, or let smsherald declare it"
            ) from error
    if topology.own:
        _bind(channel, topology, nowait=False)


def declare_again(channel: Any, topology: Topology) -> None:
    """Say it again, in case somebody has deleted some of it; waits for no answer."""
    for entity in _entities(channel, topology):
        _declare(entity, passive=False, nowait=True)
    _bind(channel, topology, nowait=True)


def bind(channel: Any, queue: str, exchange: str, key: str) -> None:
    """Bind a queue to one key more; waits for no answer."""
    Queue(queue, channel=channel).bind_to(exchange, key, nowait=True)


def unbind(channel: Any, queue: str, exchange: str, key: str) -> None:
    """Take a binding away; blocks. One whose exchange is gone has gone with it."""
    with suppress(NotFound):
        channel.queue_unbind(queue, exchange, key)


def require_exchange(channel: Any, name: str) -> None:
    """Insist on an exchange of events, of whatever kind; blocks. Raises TopologyError."""
    try:
        Exchange(name, channel=channel).declare(passive=True)
    except NotFound as error:
        raise TopologyError(
            f"the exchange {name!r} does not stand on the broker: start the daemon once, "
            "or declare it"
        ) from error


def counted(channel: Any, name: str) -> tuple[int, int]:
    """Return how many messages are ready in a queue, and how many consume it; blocks.

    Raises TopologyError without one.
    """
    try:
        stands = channel.queue_declare(name, passive=True)
    except NotFound as error:
        raise TopologyError(
            f"the queue {name!r} does not stand on the broker: start the daemon once"
        ) from error
    return stands.message_count, stands.consumer_count


def _bind(channel: Any, topology: Topology, *, nowait: bool) -> None:
    queue = Queue(topology.queue, channel=channel)
    for key in sorted(topology.keys):
        queue.bind_to(topology.exchange, key, nowait=nowait)


def _stands(channel: Any, entity: Any) -> bool:
    """Say whether it is there; on a channel of its own, which the answer may close."""
    try:
        with closing(channel.connection.channel()) as own:
            _declare(entity.bind(own), passive=True)
    except NotFound:
        return False
    return True


def _entities(channel: Any, topology: Topology) -> Iterator[Any]:
    for name in topology.exchanges:
        yield Exchange(name, "topic", durable=True, channel=channel)
    for name, arguments in topology.queues.items():
        yield Queue(name, durable=True, queue_arguments=dict(arguments), channel=channel)


def _declare(entity: Any, *, passive: bool, nowait: bool = False) -> None:
    if isinstance(entity, Exchange):
        entity.declare(passive=passive, nowait=nowait)
    else:
        entity.queue_declare(passive=passive, nowait=nowait)


def _kind(entity: Any) -> str:
    return "the exchange" if isinstance(entity, Exchange) else "the queue"
