"""What the embedded broker promises beyond the port, to the demo and to users' own tests."""

from __future__ import annotations

from smsherald.settle.port import Confirm
from support.broker import message, word
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
