"""How many deliveries come, and what an ack, or none, makes of them."""

from __future__ import annotations

from support.broker import message
from support.scenes import NewScene, Published, Scene


def orders(*bodies: bytes) -> list[Published]:
    return [Published("order.created", body) for body in bodies]


class TestPrefetch:
    """It bounds what is unacked; each ack lets one more come."""

    async def test_no_more_than_that_is_delivered(self, new_scene: NewScene) -> None:
        scene = new_scene(prefetch=3)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*orders(b"1", b"2", b"3", b"4", b"5"))
            await it.until_deliveries(3)
            await it.nothing_more()
            assert len(it.deliveries) == 3
            it.session.ack(it.deliveries[1].tag)
            await it.until_deliveries(4)
            await it.nothing_more()

        assert it.bodies == [b"1", b"2", b"3", b"4"]


class TestAck:
    """What is acked is gone, and nothing else is."""

    async def test_it_settles_one_delivery_and_none_before_it(self, new_scene: NewScene) -> None:
        scene = new_scene(prefetch=3)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*orders(b"1", b"2", b"3", b"4"))
            await it.until_deliveries(3)
            it.session.ack(it.deliveries[2].tag)
            await it.until_deliveries(4)
        assert not await scene.is_idle()
        async with scene.consuming() as again:
            await again.until_deliveries(3)
            await scene.until_idle()

        assert sorted(again.bodies) == [b"1", b"2", b"4"]

    async def test_without_one_it_comes_again_and_says_so(self, scene: Scene) -> None:
        properties = {"message_id": "7", "headers": {"a": 1}}
        async with scene.consuming(acks=False) as it:
            await scene.shop(Published("order.created", b"1", properties))
            await it.until_deliveries(1)
        async with scene.consuming() as again:
            await scene.shop(*orders(b"2"))
            await again.until_deliveries(2)

        came_again, new = again.deliveries
        assert (came_again.body, came_again.redelivered) == (b"1", True)
        assert (came_again.exchange, came_again.routing_key) == ("events", "order.created")
        assert came_again.properties["message_id"] == "7"
        assert came_again.properties["headers"]["a"] == 1
        assert (new.body, new.redelivered) == (b"2", False)

    async def test_one_of_a_session_that_has_ended_does_nothing(self, new_scene: NewScene) -> None:
        scene = new_scene(prefetch=1)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*orders(b"1", b"2"))
            await it.until_deliveries(1)
        async with scene.consuming(acks=False) as again:
            await again.until_deliveries(1)
            it.sessions[0].ack(it.deliveries[0].tag)
            await again.nothing_more()
            again.session.ack(again.deliveries[0].tag)
            await again.until_deliveries(2)

        assert again.bodies == [b"1", b"2"]
        assert len(again.sessions) == 1


async def test_nothing_is_delivered_inside_a_call_that_lets_it_come(new_scene: NewScene) -> None:
    scene = new_scene(prefetch=1)
    async with scene.consuming(acks=False) as it:
        for _ in range(2):
            it.session.publish(
                message(), "events", "order.created", mandatory=True, then=lambda _: None
            )
        inside_a_publish = len(it.deliveries)
        await it.until_deliveries(1)
        it.session.ack(it.deliveries[0].tag)
        inside_an_ack = len(it.deliveries)
        await it.until_deliveries(2)

    assert (inside_a_publish, inside_an_ack) == (0, 1)


class TestConsume:
    """Deliveries come, or no more of them; all else goes on."""

    async def test_off_what_was_delivered_can_be_settled_and_lets_nothing_come(
        self, new_scene: NewScene
    ) -> None:
        scene = new_scene(prefetch=1)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*orders(b"1", b"2"))
            await it.until_deliveries(1)
            scene.broker.consume(on=False)
            it.session.ack(it.deliveries[0].tag)
            await it.nothing_more()
            assert it.session.alive
            scene.broker.consume(on=True)
            await it.until_deliveries(2)

        assert [(delivery.body, delivery.redelivered) for delivery in it.deliveries] == [
            (b"1", False),
            (b"2", False),
        ]
        assert len(it.sessions) == 1

    async def test_off_and_on_again_the_prefetch_still_bounds_what_is_unacked(
        self, new_scene: NewScene
    ) -> None:
        scene = new_scene(prefetch=2)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*orders(b"1", b"2", b"3"))
            await it.until_deliveries(2)
            for on in (False, True, True):
                scene.broker.consume(on=on)
            await it.nothing_more()
            for delivery in list(it.deliveries):
                it.session.ack(delivery.tag)
            await it.until_deliveries(3)

        assert it.bodies == [b"1", b"2", b"3"]
        assert len(it.sessions) == 1

    async def test_one_by_one_no_second_comes_before_the_first_is_settled(
        self, new_scene: NewScene
    ) -> None:
        scene = new_scene(prefetch=10)
        scene.broker.consume(on=False)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*orders(b"1", b"2", b"3", b"4", b"5", b"6"))
            scene.broker.consume(on=True, most=1)
            for place in range(2):
                await it.until_deliveries(place + 1)
                await it.nothing_more()
                it.session.ack(it.deliveries[place].tag)
            await it.until_deliveries(3)
            scene.broker.consume(on=False)
            it.session.ack(it.deliveries[2].tag)
            await it.nothing_more()
            scene.broker.consume(on=True)
            await it.until_deliveries(6)

        assert len(it.deliveries) == len(set(it.bodies)) == 6
        assert len(it.sessions) == 1

    async def test_a_session_that_follows_opens_in_the_same_mode(self, scene: Scene) -> None:
        scene.broker.consume(on=False)
        async with scene.consuming() as it:
            assert await scene.shop(*orders(b"1")) == [True]
            first = it.session
            first.fail("a test")
            await it.until_another_session(first)
            assert await scene.shop(*orders(b"2")) == [True]
            await it.nothing_more()
            assert not it.deliveries
            scene.broker.consume(on=True)
            await it.until_deliveries(2)

        assert it.bodies == [b"1", b"2"]
