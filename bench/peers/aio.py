"""aio-pika with twilio's async client: many events at once on one loop.

Needs aio-pika, which the daemon does not: see `requirements-bench.txt`.
"""

from __future__ import annotations

import asyncio
import json
import signal

import aio_pika  # type: ignore[import-not-found]  # Only in the peers' environment.
from aio_pika.abc import AbstractIncomingMessage  # type: ignore[import-not-found]  # The same.
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from peers.common import Addresses, addresses, notification, text_of
from shop import ACCOUNT_SID, AUTH_TOKEN, NOTIFICATIONS, QUEUE, SENDER

PREFETCH = 200
"""aio-pika starts a task for every delivery, so this bounds what is in flight too."""


async def work(at: Addresses) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    twilio = Client(ACCOUNT_SID, AUTH_TOKEN, http_client=AsyncTwilioHttpClient())
    twilio.api.base_url = at.twilio
    connection = await aio_pika.connect_robust(at.broker)
    async with connection, twilio.http_client:
        consuming = await connection.channel()
        publishing = await connection.channel(publisher_confirms=True)
        await consuming.set_qos(prefetch_count=PREFETCH)
        exchange = await publishing.get_exchange(NOTIFICATIONS, ensure=False)
        queue = await consuming.get_queue(QUEUE, ensure=False)

        async def on_order(message: AbstractIncomingMessage) -> None:
            number, phone, text = text_of(json.loads(message.body))
            sent = await twilio.messages.create_async(to=phone, from_=SENDER, body=text)
            told = notification(number, phone, sent.sid, str(sent.status))
            await exchange.publish(
                aio_pika.Message(
                    json.dumps(told).encode(),
                    content_type="application/json",
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                ),
                routing_key="sms.sent",
            )
            await message.ack()

        await queue.consume(on_order)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(work(addresses(__doc__)))
