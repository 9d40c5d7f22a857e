"""How much waits, and that it is no look."""

from __future__ import annotations

import asyncio
import time

from smsherald.settle.port import Lengths
from support.broker import message, word
from support.scenes import NewScene, Published, Scene
from support.waiting import PATIENCE

ORDER = Published("order.created")


async def until(scene: Scene, lengths: Lengths) -> None:
    """Wait for them: a broker may know a moment later what it has confirmed."""
    deadline = time.monotonic() + PATIENCE
    while (found := await scene.broker.lengths()) != lengths:
        assert time.monotonic() < deadline, f"{found}, and not {lengths}"
        await asyncio.sleep(0.02)


async def test_nobody_knows_without_a_session(scene: Scene) -> None:
    before = await scene.broker.lengths()
    async with scene.consuming():
        within = await scene.broker.lengths()
    after = await scene.broker.lengths()

    assert (before, after) == (None, None)
    assert within == Lengths(ready=0, retrying=0, parked=0, consumers=1)


async def test_what_is_delivered_waits_no_more(new_scene: NewScene) -> None:
    scene = new_scene(prefetch=2)
    async with scene.consuming(acks=False) as it:
        await scene.shop(*[ORDER] * 5)
        await it.until_deliveries(2)

        await until(scene, Lengths(ready=3, retrying=0, parked=0, consumers=1))
        for delivery in it.deliveries[:2]:
            it.session.ack(delivery.tag)
        await it.until_deliveries(4)
        await until(scene, Lengths(ready=1, retrying=0, parked=0, consumers=1))


async def test_copies_wait_until_they_come_back(new_scene: NewScene) -> None:
    scene = new_scene(prefetch=1)
    async with scene.consuming(acks=False) as it:
        await scene.shop(ORDER)
        await it.until_deliveries(1)
        await word(lambda then: it.session.retry(message(), 1, then=then))
        await word(lambda then: it.session.park(message(), then=then))
        await word(lambda then: it.session.park(message(), then=then))

        await until(scene, Lengths(ready=0, retrying=1, parked=2, consumers=1))
        await until(scene, Lengths(ready=1, retrying=0, parked=2, consumers=1))


async def test_what_is_counted_is_not_delivered_by_it(new_scene: NewScene) -> None:
    scene = new_scene(prefetch=1)
    async with scene.consuming(acks=False) as it:
        await scene.shop(*[ORDER] * 2)
        await it.until_deliveries(1)
        for _ in range(20):
            await scene.broker.lengths()
        it.session.ack(it.deliveries[0].tag)
        await it.until_deliveries(2)

    assert not it.deliveries[1].redelivered


async def test_two_who_ask_at_once_both_return(scene: Scene) -> None:
    async with scene.consuming():
        both = await asyncio.gather(scene.broker.lengths(), scene.broker.lengths())

    assert Lengths(0, 0, 0, consumers=1) in both
