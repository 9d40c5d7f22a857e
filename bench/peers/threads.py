"""A kombu consumer with a pool of threads: each thread has a client and a publisher of its own.

Neither kombu's connections nor requests' sessions may be shared by threads, so only the
consuming thread acks: it looks for what the pool has done whenever a delivery comes, and at
least every `TICK`.
"""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from kombu import Connection, Exchange, Queue
from twilio.rest import Client

from peers.common import Addresses, addresses, notification, text_of
from shop import ACCOUNT_SID, AUTH_TOKEN, NOTIFICATIONS, QUEUE, SENDER

THREADS = 16
PREFETCH = 4 * THREADS
TICK = 0.005  # Seconds.


class Own(threading.local):
    """What each thread makes for itself, once."""

    def __init__(self, at: Addresses) -> None:
        publishing = Connection(at.broker, transport_options={"confirm_publish": True})
        self.producer = publishing.Producer(exchange=Exchange(NOTIFICATIONS, "topic"))
        self.twilio = Client(ACCOUNT_SID, AUTH_TOKEN)
        self.twilio.api.base_url = at.twilio


class Worker:
    """Consumes, hands over to the pool, and acks what the pool has done."""

    def __init__(self, at: Addresses) -> None:
        self.should_stop = False
        self._at = at
        self._own = Own(at)
        self._pool = ThreadPoolExecutor(THREADS)
        self._done: SimpleQueue[Any] = SimpleQueue()

    def run(self) -> None:
        """Work until told to stop."""
        with (
            Connection(self._at.broker) as connection,
            connection.Consumer(
                [Queue(QUEUE, no_declare=True)],
                callbacks=[lambda body, message: self._pool.submit(self._order, body, message)],
                accept=["json"],
                prefetch_count=PREFETCH,
            ),
        ):
            while not self.should_stop:
                with suppress(TimeoutError):
                    connection.drain_events(timeout=TICK)
                self._ack()
            self._pool.shutdown(cancel_futures=True)
            self._ack()

    def _order(self, body: Any, message: Any) -> None:
        number, phone, text = text_of(body)
        sent = self._own.twilio.messages.create(to=phone, from_=SENDER, body=text)
        self._own.producer.publish(
            notification(number, phone, sent.sid, str(sent.status)), routing_key="sms.sent"
        )
        self._done.put(message)

    def _ack(self) -> None:
        while True:
            try:
                self._done.get_nowait().ack()
            except Empty:
                return


def main() -> None:
    """Work until SIGTERM."""
    worker = Worker(addresses(__doc__))

    def stop(*_: object) -> None:
        worker.should_stop = True

    signal.signal(signal.SIGTERM, stop)
    worker.run()


if __name__ == "__main__":
    main()
