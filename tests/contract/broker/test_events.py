"""What the shop publishes: which of it comes, as what, and in which order."""

from __future__ import annotations

import time
from typing import Any

from support.scenes import NewScene, Published, Scene
from support.waiting import PATIENCE

BODIES = [
    b'{"order": {"number": "R1"}}',
    b"",
    b"\xff\x00\xfe\xce",
    b"\x1f\x8b not gzip",
    "größer: 漢字 🎉".encode(),
    300_000 * b"\xce",  # Three frames, full of the octet that ends one.
]
HEADERS: dict[str, Any] = {
    "text": "漢字",
    "empty": "",
    "yes": True,
    "small": -7,
    "large": 2**53,
    "bytes": b"\xff\x00",
    "nothing": None,
    "list": [1, "two", [3], {"four": False}],
    "table": {"of": {"a": "table"}},
    "compression": "application/x-gzip",
}
PROPERTIES: dict[str, Any] = {
    "content_type": "application/x-python-serialize",
    "content_encoding": "utf-16",
    "delivery_mode": 2,
    "priority": 3,
    "correlation_id": "correlation",
    "reply_to": "replies",
    "message_id": "5519811a43454e16463a0100",
    "timestamp": 1_750_000_000,
    "type": "order",
    "app_id": "shop",
}


class TestAsItWas:
    """An event arrives as it was published, whatever it says of itself."""

    async def test_a_body_arrives_byte_for_byte_with_where_it_was_published(
        self, scene: Scene
    ) -> None:
        async with scene.consuming() as it:
            await scene.shop(*(Published("order.created", body) for body in BODIES))
            await it.until_deliveries(len(BODIES))

        assert it.bodies == BODIES
        for delivery in it.deliveries:
            assert (delivery.exchange, delivery.routing_key) == ("events", "order.created")
            assert (delivery.redelivered, delivery.readable) == (False, True)

    async def test_properties_and_headers_arrive_with_their_types_and_decode_nothing(
        self, scene: Scene
    ) -> None:
        properties = {**PROPERTIES, "headers": HEADERS}
        async with scene.consuming() as it:
            await scene.shop(Published("order.created", b"\x1f\x8b neither", properties))
            await it.until_deliveries(1)

        (delivery,) = it.deliveries
        assert delivery.body == b"\x1f\x8b neither"
        assert delivery.properties == properties
        # `True == 1`, and AMQP has a type for each.
        headers = delivery.properties["headers"]
        assert {name: repr(headers[name]) for name in HEADERS} == {
            name: repr(value) for name, value in HEADERS.items()
        }

    async def test_what_is_absent_is_left_out_but_for_headers(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            await scene.shop(
                Published("order.created"),
                Published("order.created", properties={"message_id": None, "headers": None}),
            )
            await it.until_deliveries(2)

        assert [delivery.properties for delivery in it.deliveries] == [{"headers": {}}] * 2


class TestOrder:
    """What one publisher published in order arrives in order."""

    async def test_though_only_a_few_are_unacked_at_a_time(self, new_scene: NewScene) -> None:
        scene = new_scene(prefetch=3)
        events = [Published("order.created", b"%d" % number) for number in range(60)]
        async with scene.consuming() as it:
            await scene.shop(*events[:30])
            await scene.shop(*events[30:])
            await it.until_deliveries(60)

        assert it.bodies == [event.body for event in events]

    async def test_though_they_waited_for_a_consumer(self, scene: Scene) -> None:
        async with scene.consuming():
            pass  # RabbitMQ's queue stands from the first session on.
        events = [Published("order.created", b"%d" % number) for number in range(10)]
        await scene.shop(*events)
        async with scene.consuming() as it:
            await it.until_deliveries(10)

        assert [(delivery.body, delivery.redelivered) for delivery in it.deliveries] == [
            (event.body, False) for event in events
        ]


class TestKeys:
    """The queue takes an event that a key of the flows matches, once."""

    async def test_it_takes_what_a_key_matches_and_nothing_else(self, new_scene: NewScene) -> None:
        scene = new_scene(keys=["order.*", "stock.#", "#.urgent", "a.*.c", "plain"])
        wanted = {
            "order.created": True,
            "order.": True,
            "order": False,
            "order.created.now": False,
            "orders.created": False,
            "stock": True,
            "stock.low": True,
            "stock.low.warehouse.7": True,
            "stocks": False,
            "urgent": True,
            "very.much.urgent": True,
            "urgent.not": False,
            "a.b.c": True,
            "a..c": True,
            "a.c": False,
            "a.b.b.c": False,
            "plain": True,
            "Plain": False,
            "plain.not": False,
            "größe.urgent": True,
            "": False,
        }
        async with scene.consuming() as it:
            taken = await scene.shop(*map(Published, wanted))
            await it.until_deliveries(sum(taken))
            await it.nothing_more()

        assert dict(zip(wanted, taken, strict=True)) == wanted
        assert [delivery.routing_key for delivery in it.deliveries] == [
            key for key, is_wanted in wanted.items() if is_wanted
        ]

    async def test_what_several_keys_match_comes_once(self, new_scene: NewScene) -> None:
        scene = new_scene(keys=["order.created", "order.*", "#"])
        keys = ["order.created", "order.created", "other", ""]
        async with scene.consuming() as it:
            assert all(await scene.shop(*map(Published, keys)))
            await it.until_deliveries(4)
            await it.nothing_more()

        assert [delivery.routing_key for delivery in it.deliveries] == keys


class TestRebinding:
    """What flows want may change while a session stands."""

    async def test_a_new_key_brings_its_events_without_a_new_session(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            assert await scene.shop(Published("order.new")) == [False]
            scene.want("order.created", "order.new")
            await until_taken(scene, Published("order.new", b"1"))
            await scene.shop(Published("order.created", b"2"))
            await it.until_deliveries(2)

            assert it.bodies == [b"1", b"2"]
            assert len(it.sessions) == 1

    async def test_so_does_one_that_was_new_while_no_session_stood(self, scene: Scene) -> None:
        async with scene.consuming():
            pass
        scene.want("order.new")
        async with scene.consuming() as it:
            await until_taken(scene, Published("order.new", b"1"))
            await it.until_deliveries(1)

            assert it.bodies == [b"1"]


async def until_taken(scene: Scene, event: Published) -> None:
    """Publish an event until the queue takes it."""
    deadline = time.monotonic() + PATIENCE
    while await scene.shop(event) != [True]:
        assert time.monotonic() < deadline, "its key is not bound"
