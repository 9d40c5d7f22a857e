"""Publishing from a command: a few events, one by one, and the broker's word on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import amqp
from amqp.exceptions import AMQPError, MessageNacked, NotFound

from smsherald.broker.address import Address, connect
from smsherald.broker.port import Confirm, Message
from smsherald.errors import TopologyError, UnreachableError


def publish_each(
    address: Address, exchange: str, routing_key: str, messages: Iterable[Message]
) -> Iterator[Confirm]:
    """Publish each message, and yield the broker's word on it; blocks.

    RETURNED says that no queue is bound to the routing key, NACKED that a queue is full. Raises
    UnreachableError where the broker cannot be reached or will not let us in, TopologyError where
    the exchange does not stand there.
    """
    connection = address.connection("smsherald command", heartbeat=0)
    try:
        connect(connection)
        channel = connection.channel()
        returned: list[Any] = []
        channel.events["basic_return"].add(lambda *what: returned.append(what))
        for message in messages:
            returned.clear()
            word = _publish(channel, exchange, routing_key, message)
            yield Confirm.RETURNED if returned else word
    except NotFound as error:
        raise TopologyError(
            f"the exchange {exchange!r} does not stand on the broker: start the daemon once, "
            "or declare it"
        ) from error
    except (OSError, AMQPError) as error:
        raise UnreachableError(f"the broker at {address}: {error}") from error
    finally:
        connection.collect()


def _publish(channel: Any, exchange: str, routing_key: str, message: Message) -> Confirm:
    content = amqp.Message(message.body, **message.properties)
    try:
        channel.basic_publish_confirm(content, exchange, routing_key, mandatory=True)
    except MessageNacked:
        return Confirm.NACKED
    return Confirm.CONFIRMED
