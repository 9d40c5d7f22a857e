"""What the embedded broker promises beyond the port, to the demo and to users' own tests."""

from __future__ import annotations

from smsherald.broker.embedded import EmbeddedBroker
from smsherald.settle.port import Confirm
from support.broker import message, topology, word
from support.scenes import EmbeddedScene, Published


async def test_what_was_not_acked_comes_again_first_and_in_its_order() -> None:
    scene = EmbeddedScene(prefetch=2)
    async with scene.consuming(acks=False) as it:
        await scene.shop(*(Published("order.created", body) for body in (b"1", b"2", b"3")))
        await it.until_deliveries(2)
    async with scene.consuming() as again:
        await again.until_deliveries(3)

    assert [(delivery.body, delivery.redelivered) for delivery in again.deliveries] == [
        (b"1", True),
        (b"2", True),
        (b"3", False),
    ]


async def test_a_session_that_only_publishes_takes_no_delivery_from_the_one_that_consumes() -> None:
    scene = EmbeddedScene(prefetch=1)
    async with scene.consuming() as it:
        publishing = scene.embedded.publishing()
        words = [
            await word(
                lambda then: publishing.publish(
                    message(), "events", "order.created", mandatory=True, then=then
                )
            )
            for _ in range(3)
        ]
        await it.until_deliveries(3)

    assert words == [Confirm.CONFIRMED] * 3
    assert scene.embedded.idle


async def test_a_route_brings_what_is_published_to_its_exchange() -> None:
    names = topology(others=[("pubsub", "#"), ("direct", "paid")])
    broker = EmbeddedBroker(lambda: names, prefetch=10)
    published = [
        ("pubsub", "", True),
        ("direct", "paid", True),
        ("direct", "shipped", False),
        ("nobody's", "paid", False),
        ("events", "paid", False),
    ]

    taken = [broker.event(key, message(), exchange) for exchange, key, _ in published]

    assert taken == [wanted for _, _, wanted in published]
    session = broker.publishing()
    assert await word(
        lambda then: session.publish(message(), "pubsub", "x", mandatory=True, then=then)
    ) is (Confirm.CONFIRMED)
