"""Fills a queue, declared as the daemon declares it, with a shop's orders."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pika
from pika.channel import Channel
from pika.frame import Method

from shop import EVENTS, NOTIFICATIONS, QUEUE, ROUTING_KEY, TOLD, order

SAFE = {
    "x-queue-type": "quorum",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
QUEUE_ARGUMENTS = SAFE | {
    "x-delivery-limit": 1000,
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": f"{QUEUE}.parked",
}
WINDOW = 2000
"""So many publishes wait for their confirm at once: more would only queue in the broker."""


@dataclass
class Prefill:
    """Declares a vhost's entities and publishes `events` orders, with pipelined confirms."""

    url: str
    events: int
    on_progress: Callable[[int], None] = lambda _confirmed: None

    def __post_init__(self) -> None:
        self._published = 0
        self._waiting: set[int] = set()
        self._error: BaseException | None = None

    def run(self) -> None:
        """Return once the broker has confirmed every order; raise what went wrong."""
        declare(self.url)
        if self.events == 0:
            return
        connection = pika.SelectConnection(
            pika.URLParameters(self.url),
            on_open_callback=lambda opened: opened.channel(on_open_callback=self._opened),
            on_open_error_callback=self._closed,
            on_close_callback=self._closed,
        )
        connection.ioloop.start()
        if self._confirmed < self.events:
            message = f"Only {self._confirmed} of {self.events} orders were confirmed."
            raise RuntimeError(message) from self._error

    @property
    def _confirmed(self) -> int:
        return self._published - len(self._waiting)

    def _closed(self, connection: pika.SelectConnection, error: BaseException | str) -> None:
        self._error = error if isinstance(error, BaseException) else RuntimeError(error)
        connection.ioloop.stop()

    def _opened(self, channel: Channel) -> None:
        channel.confirm_delivery(lambda method: self._confirm(channel, method))
        self._fill(channel)

    def _fill(self, channel: Channel) -> None:
        while self._published < self.events and len(self._waiting) < WINDOW:
            number = self._published
            properties = pika.BasicProperties(
                app_id="bench",
                message_id=f"order-{number}",
                content_type="application/json",
                delivery_mode=2,
                timestamp=int(time.time()),
            )
            channel.basic_publish(EVENTS, ROUTING_KEY, order(number), properties)
            self._published += 1
            self._waiting.add(self._published)

    def _confirm(self, channel: Channel, method: Method[Any]) -> None:
        if not isinstance(method.method, pika.spec.Basic.Ack):
            self._error = RuntimeError("The broker refused an order.")
            channel.connection.close()
            return
        tag = method.method.delivery_tag
        if method.method.multiple:
            self._waiting = {later for later in self._waiting if later > tag}
        else:
            self._waiting.discard(tag)
        self.on_progress(self._confirmed)
        if self._confirmed == self.events:
            channel.connection.close()
        else:
            self._fill(channel)


def declare(url: str) -> None:
    """Declare what the daemon declares on its main path, and a queue for its notifications."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.exchange_declare(EVENTS, "topic", durable=True)
        channel.exchange_declare(NOTIFICATIONS, "topic", durable=True)
        channel.queue_declare(QUEUE, durable=True, arguments=QUEUE_ARGUMENTS)
        channel.queue_bind(QUEUE, EVENTS, ROUTING_KEY)
        channel.queue_declare(TOLD, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(TOLD, NOTIFICATIONS, "#")
