"""Copies of a delivery: those that come again later, and those that wait for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from smsherald.settle.port import Confirm, Message
from support.broker import message, word
from support.scenes import TIERS, NewScene, Published, Scene

PROPERTIES: dict[str, Any] = {
    "content_type": "application/json",
    "delivery_mode": 2,
    "message_id": "7",
    "timestamp": 1_750_000_000,
}
HEADERS: dict[str, Any] = {"number": 3, "text": "漢字", "list": [1, {"yes": True}]}
BODIES = [b"\x1f\x8b\x00\xff", b""]


def rest(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "headers"}


class TestRetry:
    """It comes again from our queue, once its tier's delay is over."""

    async def test_it_comes_by_the_queues_name_as_it_was(self, scene: Scene) -> None:
        headers = {**HEADERS, "seen": 1_750_000_000.5}
        copies = [Message(body, {**PROPERTIES, "headers": headers}) for body in BODIES]
        async with scene.consuming() as it:
            words = [
                await word(lambda then, copy=copy: it.session.retry(copy, 0, then=then))  # type: ignore[misc]
                for copy in copies
            ]
            await it.until_deliveries(len(copies))
            await it.nothing_more()

        assert words == [Confirm.CONFIRMED] * len(copies)
        assert it.bodies == BODIES
        for delivery in it.deliveries:
            assert (delivery.exchange, delivery.routing_key) == ("", "smsherald")
            assert not delivery.redelivered
            assert rest(delivery.properties) == PROPERTIES
            assert delivery.properties["headers"].items() >= headers.items()

    async def test_a_longer_tier_takes_longer_and_holds_up_no_shorter_one(
        self, scene: Scene
    ) -> None:
        async with scene.consuming() as it:
            words: list[Confirm] = []
            it.session.retry(message(b"long"), 1, then=words.append)
            it.session.retry(message(b"short 1"), 0, then=words.append)
            it.session.retry(message(b"short 2"), 0, then=words.append)
            it.session.publish(
                message(b"now"), "events", "order.created", mandatory=True, then=words.append
            )
            await it.until_deliveries(4)

        assert it.bodies == [b"now", b"short 1", b"short 2", b"long"]
        assert words == [Confirm.CONFIRMED] * 4

    async def test_it_counts_against_the_prefetch(self, new_scene: NewScene) -> None:
        scene = new_scene(prefetch=1)
        async with scene.consuming(acks=False) as it:
            await scene.shop(Published("order.created", b"first"))
            await it.until_deliveries(1)
            await word(lambda then: it.session.retry(message(b"again"), 0, then=then))
            await asyncio.sleep(TIERS[0])
            await it.nothing_more()
            it.session.ack(it.deliveries[0].tag)
            await it.until_deliveries(2)

        assert it.bodies == [b"first", b"again"]

    async def test_it_outlives_the_session_that_published_it(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            first = it.session
            await word(lambda then: first.retry(message(b"again"), 0, then=then))
            first.fail("a test")
            await it.until_deliveries(1)
            await it.nothing_more()

        assert it.bodies == [b"again"]


class TestPark:
    """It is kept for a person, and delivered to nobody."""

    async def test_it_is_kept_as_it_was(self, scene: Scene) -> None:
        copies = [Message(body, {**PROPERTIES, "headers": HEADERS}) for body in BODIES]
        async with scene.consuming() as it:
            words = [
                await word(lambda then, copy=copy: it.session.park(copy, then=then))  # type: ignore[misc]
                for copy in copies
            ]
        parked = await scene.parked()

        assert words == [Confirm.CONFIRMED] * len(copies)
        assert [it.body for it in parked] == BODIES
        for copy in parked:
            assert rest(copy.properties) == PROPERTIES
            assert copy.properties["headers"].items() >= HEADERS.items()

    async def test_no_consumer_and_no_listener_gets_it(self, new_scene: NewScene) -> None:
        scene = new_scene(keys=["#"])
        async with scene.consuming() as it:
            heard = await scene.listen("#")
            await word(lambda then: it.session.park(message(), then=then))
            await it.nothing_more()

        assert not it.deliveries
        assert await heard() == []
