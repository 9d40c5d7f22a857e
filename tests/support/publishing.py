"""The shop and its listeners, by pika: none of our own code publishes or reads here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from support.secrets import require_none

PUBLISHERS = 8
"""Connections at once: each waits for the confirm of one message before the next."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One event as the shop publishes it. `body` is sent as it is where it is bytes."""

    routing_key: str
    body: bytes | Mapping[str, Any]
    message_id: str | None = None
    app_id: str | None = None
    headers: Mapping[str, Any] | None = None
    timestamp: int | None = None

    @property
    def bytes(self) -> bytes:
        """Return what goes over the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Notification:
    """One message that the daemon published; `event` is the CloudEvent whole."""

    routing_key: str
    event: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return what a consumer deduplicates by."""
        return str(self.event["id"])


@contextmanager
def channel(url: str) -> Iterator[BlockingChannel]:
    """Open a connection with one channel, and close it whatever the broker did to it."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        with suppress(AMQPError):
            connection.close()


def order(number: int) -> Publication:
    """Return an `order.created` that no other number has: neither its text nor its phone."""
    address = {"firstname": "Ann", "phone": f"+1555{number:07d}"}
    return Publication(
        "order.created", {"order": {"number": f"R{number}", "billing_address": address}}
    )


def publish(url: str, publications: Iterable[Publication], exchange: str = "events") -> int:
    """Publish, each mandatory and confirmed, in no certain order; return how many.

    Raises UnroutableError where no queue takes one, NackError where the broker refuses.
    """
    waiting = list(publications)
    with ThreadPoolExecutor(PUBLISHERS) as pool:
        shares = (waiting[start::PUBLISHERS] for start in range(PUBLISHERS))
        list(pool.map(lambda share: _publish(url, exchange, share), shares))
    return len(waiting)


def _publish(url: str, exchange: str, share: list[Publication]) -> None:
    if not share:
        return
    with channel(url) as to:
        to.confirm_delivery()
        for publication in share:
            properties = pika.BasicProperties(
                delivery_mode=pika.DeliveryMode.Persistent,
                content_type="application/json",
                message_id=publication.message_id,
                app_id=publication.app_id,
                headers=dict(publication.headers) if publication.headers else None,
                timestamp=publication.timestamp,
            )
            to.basic_publish(
                exchange, publication.routing_key, publication.bytes, properties, mandatory=True
            )


def listen(url: str, binding: str = "sms.#", exchange: str = "smsherald") -> str:
    """Bind a queue that outlives connections and broker to the notifications; return its name."""
    with channel(url) as to:
        to.exchange_declare(exchange, "topic", durable=True)
        queue = f"heard-{binding}"
        to.queue_declare(queue, durable=True)
        to.queue_bind(queue, exchange, binding)
    return queue


def heard(url: str, queue: str) -> list[Notification]:
    """Take all notifications that are in the queue now."""
    notifications: list[Notification] = []
    with channel(url) as to:
        while True:
            method, _, body = to.basic_get(queue, auto_ack=True)
            if method is None:
                return notifications
            require_none((body or b"").decode(), "a notification")
            notifications.append(Notification(str(method.routing_key), json.loads(body or b"")))
