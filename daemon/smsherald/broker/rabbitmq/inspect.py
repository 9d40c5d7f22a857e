"""Looks at what stands on RabbitMQ, by AMQP; changes nothing that is there, makes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from secrets import token_hex
from typing import Any

from amqp.exceptions import ChannelError, NotFound, PreconditionFailed
from kombu import Exchange

from smsherald.broker.found import Entity, Kind, Other, Stands
from smsherald.broker.rabbitmq.declare import require_exchange
from smsherald.broker.topology import Topology

HEARD_AT_ONCE = 100
"""Copies that are on their way to who listens."""
MOST_WAITING = 1000 - HEARD_AT_ONCE
"""Copies that may wait beside them in the queue of who listens; then the oldest go."""
_GUESS = "headers"
"""The rarest type of exchanges."""


def inspect(channel: Any, topology: Topology) -> Stands:
    """Look at all of a topology; blocks."""
    properties = channel.connection.server_properties
    product = f"{properties.get('product', 'a broker')} {properties.get('version', '')}"
    others = sorted({name for name, _ in topology.others})
    return Stands(
        product.strip(),
        tuple(_looked_at(channel, topology)),
        tuple(_other(channel, name, topology.own) for name in others),
    )


def _looked_at(channel: Any, topology: Topology) -> Iterator[Entity]:
    for name in topology.exchanges:
        found = Entity(Kind.EXCHANGE, name)
        yield _look(channel, found, partial(_declare_exchange, name), topology.own)
    for name, arguments in reversed(list(topology.queues.items())):
        found = Entity(Kind.QUEUE, name)
        yield _look(channel, found, partial(_declare_queue, name, arguments), topology.own)


def _look(channel: Any, found: Entity, declare: Callable[..., Any], own: bool) -> Entity:  # noqa: FBT001 - the topology's.
    """Look first; the broker compares arguments only of what is declared in earnest.

    That would make what is missing, so it comes second, and only where we declare at all.
    """
    try:
        with closing(channel.connection.channel()) as once:
            stands = declare(once, passive=True)
        if found.kind is Kind.QUEUE:
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
            declare(once, passive=False)
    except PreconditionFailed as error:
        return replace(found, clash=error.reply_text, compared=True)
    except ChannelError as error:
        return replace(found, refused=error.reply_text)
    return replace(found, compared=True)


def _other(channel: Any, name: str, own: bool) -> Other:  # noqa: FBT001 - the topology's.
    if name.startswith("amq."):
        return Other(name)  # The broker's own, which stand everywhere.
    try:
        with closing(channel.connection.channel()) as once:
            _declare_exchange(name, once, passive=True, kind=_GUESS)
    except NotFound as error:
        return Other(name, missing=error.reply_text)
    except ChannelError as error:
        return Other(name, refused=error.reply_text)
    return Other(name, type=_type_of(channel, name) if own else "")


def _type_of(channel: Any, name: str) -> str:
    """Return an exchange's type; empty where the broker does not say.

    AMQP shows it only to who declares another: it stands, so nothing is made.
    """
    try:
        with closing(channel.connection.channel()) as once:
            _declare_exchange(name, once, passive=False, kind=_GUESS)
    except PreconditionFailed as error:
        said = re.search(r"arg 'type' .* but current is '([^']+)'", error.reply_text)
        # Types are compared first: it differs in something else.
        return said[1] if said else _GUESS
    except ChannelError:
        return ""
    return _GUESS


def _declare_exchange(name: str, channel: Any, *, passive: bool, kind: str = "topic") -> None:
    Exchange(name, kind, durable=True, channel=channel).declare(passive=passive)


def _declare_queue(name: str, arguments: Mapping[str, Any], channel: Any, *, passive: bool) -> Any:
    # kombu's `Queue` does not say how much waits.
    return channel.queue_declare(
        name,
        passive=passive,
        durable=True,
        auto_delete=False,
        arguments=None if passive else dict(arguments),
    )


def listening_queue(queue: str) -> str:
    """Return a name for a queue of one's own, which begins as ours do: rights may ask for that."""
    return f"{queue}.look.{token_hex(4)}"


def dropped_queue(listening: str) -> str:
    """Return the name of the queue that shows whether a listening one has dropped anything."""
    return f"{listening}.dropped"


def declare_listening(channel: Any, topology: Topology, name: str, *, counted: bool) -> None:
    """Make a queue that gets copies of events, and goes with this connection; blocks.

    Where it is `counted`, what it drops leaves a message in its `dropped_queue`: for who wants to
    know whether all was heard. Who may not write to the default exchange is not told. Raises
    TopologyError where there is no exchange to listen to.
    """
    require_exchange(channel, topology.exchange)
    arguments = {"x-queue-type": "classic", "x-max-length": MOST_WAITING}
    if not (counted and _is_counted(channel, name, arguments)):
        _declare_own(channel, name, arguments)
    for key in sorted(topology.keys):
        channel.queue_bind(name, topology.exchange, key)
    for exchange, key in sorted(topology.others):
        # One that is not there, or not ours to read, is a finding of its own.
        with suppress(ChannelError), closing(channel.connection.channel()) as once:
            once.queue_bind(name, exchange, key)


def _is_counted(channel: Any, name: str, arguments: Mapping[str, Any]) -> bool:
    """Make the queue so that what it drops goes to another; say whether the broker lets us."""
    dropped = dropped_queue(name)
    _declare_own(channel, dropped, {"x-queue-type": "classic", "x-max-length": 1})
    dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dropped}
    with suppress(ChannelError), closing(channel.connection.channel()) as once:
        _declare_own(once, name, {**arguments, **dead})
        return True
    return False


def _declare_own(channel: Any, name: str, arguments: Mapping[str, Any]) -> None:
    channel.queue_declare(
        name, durable=False, exclusive=True, auto_delete=True, arguments=dict(arguments)
    )
