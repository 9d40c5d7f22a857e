"""Which session stands, and what becomes of all when one is given up."""

from __future__ import annotations

from smsherald.settle.port import Confirm
from support.broker import message, word
from support.scenes import NewScene, Published, Scene

ORDERS = [Published("order.created", body) for body in (b"1", b"2", b"3")]


class TestTheOneThatStands:
    """`session` is the one that deliveries come from, while there is one."""

    async def test_there_is_none_before_a_run_nor_after_it(self, scene: Scene) -> None:
        before = scene.broker.session
        async with scene.consuming() as it:
            await scene.shop(*ORDERS)
            await it.until_deliveries(3)
            within = scene.broker.session
        after = scene.broker.session

        assert (before, after) == (None, None)
        assert it.sessions == [within]

    async def test_it_ends_with_its_run_and_the_next_run_has_another(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            first = it.session
            assert first.alive
        ended = not first.alive
        async with scene.consuming() as again:
            second = again.session
            lost = await word(lambda then: first.park(message(b"1"), then=then))
            confirmed = await word(lambda then: second.park(message(b"2"), then=then))

        assert ended
        assert (lost, confirmed) == (Confirm.LOST, Confirm.CONFIRMED)
        assert [it.body for it in await scene.parked()] == [b"2"]


class TestGivenUp:
    """A session that is given up, once or twice, is followed by one that works."""

    async def test_what_was_not_acked_comes_again_in_another(self, new_scene: NewScene) -> None:
        scene = new_scene(prefetch=2)
        async with scene.consuming(acks=False) as it:
            await scene.shop(*ORDERS)
            await it.until_deliveries(2)
            first = it.session
            first.ack(it.deliveries[0].tag)
            await it.until_deliveries(3)
            it.acks = True
            first.fail("a test")
            first.fail("a test")
            assert not first.alive
            await it.until_deliveries(5)
            second = it.session
            first.fail("a test")
            await it.nothing_more()

            assert it.sessions == [first, second]
            assert second is it.session
        assert it.bodies[:3] == [b"1", b"2", b"3"]
        assert sorted(it.bodies[3:]) == [b"2", b"3"]
        assert all(delivery.redelivered for delivery in it.deliveries[3:])

    async def test_all_that_waits_for_a_word_is_lost_and_not_inside_the_call(
        self, scene: Scene
    ) -> None:
        async with scene.consuming() as it:
            session, words = it.session, list[Confirm]()
            for _ in range(20):
                session.park(message(), then=words.append)
            session.fail("a test")
            inside = len(words)
            await it.until(lambda: len(words) == 20)

        assert inside == 0
        assert words == [Confirm.LOST] * 20

    async def test_it_publishes_nothing_any_more(self, scene: Scene) -> None:
        async with scene.consuming() as it:
            session, words = it.session, list[Confirm]()
            session.fail("a test")
            session.publish(message(), "events", "order.created", mandatory=True, then=words.append)
            session.retry(message(), 0, then=words.append)
            session.park(message(), then=words.append)
            inside = len(words)
            await it.until_another_session(session)
            await it.until(lambda: len(words) == 3)
            await it.nothing_more()

        assert inside == 0
        assert words == [Confirm.LOST] * 3
        assert not it.deliveries
        assert await scene.parked() == []
