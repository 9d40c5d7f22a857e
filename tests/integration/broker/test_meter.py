"""What counts RabbitMQ's queues goes on, whatever becomes of them, and holds nothing up."""

from __future__ import annotations

import asyncio
import time

import pytest

from smsherald.settle.port import Lengths
from support.broker import Running, message, running, word
from support.publishing import Publication, channel, publish
from support.rabbit import Rabbit

QUEUE = "smsherald"
ORDER = Publication("order.created", b"{}")


async def until(it: Running, lengths: Lengths | None, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while (found := await it.broker.lengths()) != lengths:
        assert time.monotonic() < deadline, f"{found}, and not {lengths}"
        await asyncio.sleep(0.05)


async def test_what_waits_is_counted_by_where_it_waits(amqp_url: str) -> None:
    async with running(amqp_url) as it:
        it.broker.consume(on=False)
        await asyncio.to_thread(publish, amqp_url, [ORDER] * 500)
        # The longest tier: what is in it stays there for as long as the test looks.
        copies = [it.session.retry] * 30
        await asyncio.gather(
            *(word(lambda then, c=copy: c(message(), 1, then=then)) for copy in copies),  # type: ignore[misc]
            *(word(lambda then: it.session.park(message(), then=then)) for _ in range(7)),
        )

        await until(it, Lengths(ready=500, retrying=30, parked=7), within=1.5)
        await until(it, Lengths(ready=530, retrying=0, parked=7))


async def test_a_queue_that_is_gone_ends_no_session(
    rabbit: Rabbit, vhost: str, amqp_url: str
) -> None:
    async with running(amqp_url) as it:
        session = it.session
        await word(lambda then: session.park(message(), then=then))
        await asyncio.to_thread(rabbit.delete_queue, vhost, f"{QUEUE}.retry.2s")
        for _ in range(3):
            assert await it.broker.lengths() == Lengths(ready=0, retrying=0, parked=1, consumers=1)
        await asyncio.to_thread(publish, amqp_url, [ORDER])
        await it.until(lambda: len(it.deliveries) == 1)

        assert it.session is session


async def test_a_broker_that_freezes_holds_nobody_up(
    rabbit: Rabbit, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsherald.broker.rabbitmq.asides.aside.ANSWERS_WITHIN", 4.0)
    async with running(amqp_url) as it:
        assert await it.broker.lengths() == Lengths(0, 0, 0, consumers=1)
        turns = 0
        rabbit.pause()
        try:
            asking = asyncio.create_task(it.broker.lengths())
            while not asking.done():
                await asyncio.sleep(0.01)
                turns += 1
            again = await asyncio.wait_for(it.broker.lengths(), 3)
        finally:
            rabbit.resume()

        assert (asking.result(), again) == (None, None)
        assert turns > 20
        await until(it, Lengths(0, 0, 0, consumers=1))


async def test_a_connection_that_is_closed_is_followed_by_one_that_counts(
    rabbit: Rabbit, amqp_url: str
) -> None:
    async with running(f"amqp://guest:guest@127.0.0.1:1/x;{amqp_url}") as it:
        await it.until(lambda: it.broker.session is not None)
        asking = asyncio.create_task(it.broker.lengths())
        await asyncio.to_thread(rabbit.close_all_connections, "a test")
        await asking

        await until(it, Lengths(0, 0, 0, consumers=1), within=20)


async def test_no_look_is_counted_as_a_delivery(amqp_url: str) -> None:
    async with running(amqp_url) as it:
        it.broker.consume(on=False)
        await asyncio.to_thread(publish, amqp_url, [ORDER])
        await until(it, Lengths(ready=1, retrying=0, parked=0))
        for _ in range(50):
            await it.broker.lengths()

    with channel(amqp_url) as to:
        method, properties, _ = to.basic_get(QUEUE)
    assert method is not None
    assert properties is not None
    assert (properties.headers or {}).get("x-delivery-count", 0) == 0
