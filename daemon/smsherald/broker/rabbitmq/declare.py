"""Makes a topology stand on RabbitMQ, or sees that it does; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed
from kombu import Exchange, Queue

from smsherald.broker.topology import Topology
from smsherald.errors import MissingError, TopologyError


def declare(channel: Any, topology: Topology, bound: Collection[str]) -> None:
    """Make it so; blocks.

    `bound` are the keys that we bound in the past: those that no flow wants any more are
    unbound, and a binding that we did not make is left alone. Raises TopologyError where
    what stands there clashes, or is missing and not ours to make.
    """
    for entity in _entities(channel, topology):
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
        _bind(channel, topology, bound)


def require_exchange(channel: Any, name: str) -> None:
    """Insist on an exchange of events, of whatever kind; blocks. Raises TopologyError."""
    try:
        Exchange(name, channel=channel).declare(passive=True)
    except NotFound as error:
        raise TopologyError(
            f"the exchange {name!r} does not stand on the broker: start the daemon once, "
            "or declare it"
        ) from error


def _bind(channel: Any, topology: Topology, bound: Collection[str]) -> None:
    queue = Queue(topology.queue, channel=channel)
    for key in sorted(topology.keys):
        queue.bind_to(topology.exchange, key)
    for key in sorted(set(bound) - topology.keys):
        queue.unbind_from(Exchange(topology.exchange), key)


def _entities(channel: Any, topology: Topology) -> Iterator[Any]:
    for name in topology.exchanges:
        yield Exchange(name, "topic", durable=True, channel=channel)
    for name, arguments in topology.queues.items():
        yield Queue(name, durable=True, queue_arguments=dict(arguments), channel=channel)


def _declare(entity: Any, *, passive: bool) -> None:
    if isinstance(entity, Exchange):
        entity.declare(passive=passive)
    else:
        entity.queue_declare(passive=passive)


def _kind(entity: Any) -> str:
    return "the exchange" if isinstance(entity, Exchange) else "the queue"
