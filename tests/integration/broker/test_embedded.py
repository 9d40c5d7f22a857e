"""The embedded broker keeps the same port as RabbitMQ."""

from __future__ import annotations

import asyncio

from smsherald.broker.embedded import EmbeddedBroker
from smsherald.model import Delivery
from smsherald.settle.port import Confirm, Message, Session
from support.broker import message, topology, word


class Consumer:
    """Takes deliveries, and acks each unless told otherwise."""

    def __init__(self, *, acks: bool = True) -> None:
        self.deliveries: list[Delivery] = []
        self.acks = acks

    def __call__(self, session: Session, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self.acks:
            session.ack(delivery.tag)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_event_reaches_the_consumer_by_the_patterns_that_flows_subscribe_to() -> None:
    broker, consumer = EmbeddedBroker(topology(["order.*"]), prefetch=10), Consumer()
    running = asyncio.create_task(broker.run(consumer))
    await turns()
    taken = broker.event("order.created", message(b"1"))
    lost = broker.event("stock.low", message(b"2"))
    await turns()
    running.cancel()

    assert (taken, lost) == (True, False)
    assert [(it.body, it.exchange, it.routing_key) for it in consumer.deliveries] == [
        (b"1", "events", "order.created")
    ]
    assert broker.idle


async def test_no_more_than_the_prefetch_is_handed_over_before_an_ack() -> None:
    broker, consumer = EmbeddedBroker(topology(), prefetch=3), Consumer(acks=False)
    running = asyncio.create_task(broker.run(consumer))
    for _ in range(5):
        broker.event("order.created", message())
    await turns()
    assert len(consumer.deliveries) == 3
    broker.ack(consumer.deliveries[0].tag)
    await turns()
    running.cancel()

    assert len(consumer.deliveries) == 4


async def test_what_was_not_acked_comes_again_first_and_says_so() -> None:
    broker, consumer = EmbeddedBroker(topology(), prefetch=2), Consumer(acks=False)
    running = asyncio.create_task(broker.run(consumer))
    for body in (b"1", b"2", b"3"):
        broker.event("order.created", message(body))
    await turns()
    running.cancel()
    await asyncio.wait([running])
    second = Consumer()
    again = asyncio.create_task(broker.run(second))
    await turns()
    again.cancel()

    assert [(it.body, it.redelivered) for it in second.deliveries] == [
        (b"1", True),
        (b"2", True),
        (b"3", False),
    ]


async def test_a_retry_copy_comes_back_by_the_default_exchange_after_its_delay() -> None:
    broker, consumer = EmbeddedBroker(topology(), prefetch=2), Consumer()
    running = asyncio.create_task(broker.run(consumer))
    said = await word(lambda then: broker.retry(message(b"again"), 0, then=then))
    assert not consumer.deliveries
    await asyncio.sleep(0.4)
    running.cancel()

    assert said is Confirm.CONFIRMED
    assert [(it.body, it.exchange) for it in consumer.deliveries] == [(b"again", "")]


async def test_a_listener_hears_notifications_and_only_a_mandatory_one_is_returned() -> None:
    broker = EmbeddedBroker(topology(), prefetch=2)
    heard: list[tuple[str, Message]] = []
    broker.listen("smsherald", "sms.#", lambda key, it: heard.append((key, it)))
    words = [
        await word(
            lambda then, key=key, mandatory=mandatory: broker.publish(  # type: ignore[misc]
                message(), "smsherald", key, mandatory=mandatory, then=then
            )
        )
        for key, mandatory in (("sms.sent", True), ("other", False), ("other", True))
    ]

    assert [key for key, _ in heard] == ["sms.sent"]
    assert words == [Confirm.CONFIRMED, Confirm.CONFIRMED, Confirm.RETURNED]


async def test_parked_copies_are_kept() -> None:
    broker = EmbeddedBroker(topology(), prefetch=2)
    said = await word(lambda then: broker.park(message(b"why"), then=then))

    assert said is Confirm.CONFIRMED
    assert [it.body for it in broker.parked] == [b"why"]


async def test_once_consuming_has_stopped_nothing_more_is_handed_over() -> None:
    broker, consumer = EmbeddedBroker(topology(), prefetch=2), Consumer()
    running = asyncio.create_task(broker.run(consumer))
    await turns()
    broker.consume(on=False)
    broker.event("order.created", message())
    await turns()
    running.cancel()

    assert not consumer.deliveries
