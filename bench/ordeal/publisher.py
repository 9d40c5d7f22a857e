"""Publishes all events, each again until the broker has confirmed it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from ordeal.events import Planned
from support.publishing import channel

_PATIENCE = "?heartbeat=10&socket_timeout=5&blocked_connection_timeout=10"
_LOOKS_EVERY = 0.02
_TRIES_EVERY = 0.3


class Publisher(threading.Thread):
    """Publishes the first `due()` events at any time; figures may be read while it runs."""

    def __init__(self, url: str, events: Sequence[Planned], due: Callable[[], int]) -> None:
        super().__init__(name="publisher", daemon=True)
        self._url = url + _PATIENCE
        self._events = events
        self._due = due
        self._stopped = threading.Event()
        self.total = len(events)
        self.attempted = 0
        """Publishes, those included that nobody confirmed."""
        self.acknowledged = 0
        """Events that the broker has confirmed."""

    def stop(self) -> None:
        """Publish nothing more."""
        self._stopped.set()

    def run(self) -> None:
        """Publish until all is confirmed, over as many connections as that takes."""
        while self.acknowledged < len(self._events) and not self._stopped.is_set():
            try:
                with channel(self._url) as to:
                    to.confirm_delivery()
                    self._publish(to)
            except (AMQPError, OSError):
                # The broker is away, or may have taken it without saying so: again.
                time.sleep(_TRIES_EVERY)

    def _publish(self, to: BlockingChannel) -> None:
        while self.acknowledged < len(self._events) and not self._stopped.is_set():
            if self.acknowledged >= self._due():
                to.connection.process_data_events(_LOOKS_EVERY)
                continue
            publication = self._events[self.acknowledged].publication
            self.attempted += 1
            properties = pika.BasicProperties(
                delivery_mode=pika.DeliveryMode.Persistent,
                content_type="application/json",
                message_id=publication.message_id,
                app_id=publication.app_id,
            )
            to.basic_publish(
                "events", publication.routing_key, publication.bytes, properties, mandatory=True
            )
            self.acknowledged += 1
