"""The plain consumer: kombu, marshmallow, twilio's client, one event after another.

For each order it validates the body, posts the text, publishes the notification with the
broker's confirm and acks. It keeps no ledger: what crashes between the post and the ack is
sent twice.
"""

from __future__ import annotations

import signal
from typing import Any

from kombu import Connection, Exchange, Queue
from kombu.mixins import ConsumerMixin
from twilio.rest import Client

from peers.common import Addresses, addresses, notification, text_of
from shop import ACCOUNT_SID, AUTH_TOKEN, NOTIFICATIONS, QUEUE, SENDER

PREFETCH = 50
"""Enough that the next delivery is always there."""


class Worker(ConsumerMixin):  # type: ignore[misc]  # kombu ships no types.
    """Consumes on one connection and publishes on another."""

    def __init__(self, at: Addresses) -> None:
        self.connection = Connection(at.broker, heartbeat=10)
        publishing = Connection(at.broker, transport_options={"confirm_publish": True})
        self._producer = publishing.Producer(exchange=Exchange(NOTIFICATIONS, "topic"))
        self._twilio = Client(ACCOUNT_SID, AUTH_TOKEN)
        self._twilio.api.base_url = at.twilio

    def get_consumers(self, Consumer: Any, _channel: Any) -> list[Any]:  # noqa: N803 (kombu's.)
        """Consume from the queue, which stands already."""
        queue = Queue(QUEUE, no_declare=True)
        return [
            Consumer(
                [queue],
                on_message=None,
                callbacks=[self.on_order],
                accept=["json"],
                prefetch_count=PREFETCH,
            )
        ]

    def on_order(self, body: Any, message: Any) -> None:
        """Take one order from its body to its ack."""
        number, phone, text = text_of(body)
        sent = self._twilio.messages.create(to=phone, from_=SENDER, body=text)
        self._producer.publish(
            notification(number, phone, sent.sid, str(sent.status)), routing_key="sms.sent"
        )
        message.ack()


def main() -> None:
    """Work until SIGTERM."""
    worker = Worker(addresses(__doc__))

    def stop(*_: object) -> None:
        worker.should_stop = True

    signal.signal(signal.SIGTERM, stop)
    worker.run()


if __name__ == "__main__":
    main()
