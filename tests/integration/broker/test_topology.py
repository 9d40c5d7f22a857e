"""What stands on the broker after a session has opened, and what is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from smsherald.errors import TopologyError
from smsherald.settle.port import Confirm
from support.broker import RememberedKeys, message, running, topology, word
from support.publishing import Publication, channel, publish
from support.rabbit import Rabbit

CONFIRMED = Confirm.CONFIRMED


def bindings(rabbit: Rabbit, vhost: str, queue: str = "smsherald") -> set[str]:
    lines = rabbit.ctl(
        "list_bindings", "--vhost", vhost, "source_name", "destination_name", "routing_key"
    ).splitlines()
    rows = (line.split("\t") for line in lines)
    return {row[2] for row in rows if row[:2] == ["events", queue]}


class SlowKeys(RememberedKeys):
    """Counts who asks to write, and lets nobody while it is not free."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.free.set()
        self.asked = 0

    async def want_keys(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        self.asked += 1
        await self.free.wait()
        await super().want_keys(queue, exchange, keys)


@pytest.fixture
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsherald.broker.rabbitmq.supervisor.ROUND", 0.2)


class TestBindings:
    """The queue is bound to what the flows subscribe to, and to nothing else of ours."""

    async def test_keys_that_nobody_wants_any_more_are_unbound_in_time_and_foreign_ones_stay(
        self, rabbit: Rabbit, vhost: str, amqp_url: str, quick_rounds: None
    ) -> None:
        del quick_rounds
        memory = RememberedKeys()
        async with running(amqp_url, topology(["order.created", "order.#"]), memory=memory):
            pass
        with channel(amqp_url) as to:
            to.queue_bind("smsherald", "events", "bound.by.hand")
        async with running(
            amqp_url, topology(["order.created"]), memory=memory, unbind_after=0.3
        ) as it:
            assert bindings(rabbit, vhost) == {"order.created", "order.#", "bound.by.hand"}
            await it.until(lambda: memory.keys == {"order.created"})
            await it.until(lambda: bindings(rabbit, vhost) == {"order.created", "bound.by.hand"})

    async def test_a_new_key_is_remembered_then_bound_and_an_old_one_is_left_to_the_rounds(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        memory = SlowKeys()
        keys = ["order.created"]
        async with running(amqp_url, lambda: topology(keys), memory=memory) as it:
            memory.free.clear()
            keys[:] = ["order.new"]
            it.broker.rebind()
            await it.until(lambda: memory.asked == 2)
            assert bindings(rabbit, vhost) == {"order.created"}
            memory.free.set()
            await it.until(lambda: bindings(rabbit, vhost) == {"order.created", "order.new"})

            assert memory.keys == {"order.created", "order.new"}
            assert len(it.sessions) <= 1

    async def test_one_that_is_new_while_a_session_opens_is_bound_once_it_stands(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        memory = SlowKeys()
        keys = ["order.created"]
        async with running(amqp_url, lambda: topology(keys), memory=memory) as it:
            memory.free.clear()
            rabbit.close_all_connections("a test")
            await it.until(lambda: memory.asked == 2)
            keys[:] = ["order.new"]
            it.broker.rebind()
            memory.free.set()

            await it.until(lambda: bindings(rabbit, vhost) == {"order.created", "order.new"})

    async def test_all_is_remembered_before_anything_is_bound(self, amqp_url: str) -> None:
        memory = RememberedKeys({"old.key"})
        with channel(amqp_url) as to:
            to.queue_declare("smsherald", durable=True)  # It clashes: nothing can be bound.
        with pytest.raises(TopologyError):
            async with running(amqp_url, topology(["order.created"]), memory=memory) as it:
                await it.until(lambda: False)

        assert memory.keys == {"old.key", "order.created"}


class TestGoneBesideUs:
    """What somebody deletes comes back, and the session stays."""

    @pytest.mark.long
    async def test_a_binding_and_an_exchange_come_back(
        self, rabbit: Rabbit, vhost: str, amqp_url: str, quick_rounds: None
    ) -> None:
        del quick_rounds
        async with running(amqp_url) as it:
            with channel(amqp_url) as to:
                to.queue_unbind("smsherald", "events", "order.created")
            await it.until(lambda: bindings(rabbit, vhost) == {"order.created"})
            with channel(amqp_url) as to:
                to.exchange_delete("events")
            await it.until(lambda: bindings(rabbit, vhost) == {"order.created"})
            await asyncio.to_thread(publish, amqp_url, [Publication("order.created", b"{}")])
            await it.until(lambda: len(it.deliveries) == 1)

            assert len(it.sessions) == 1

    async def test_looking_at_what_is_parked_takes_nothing(self, amqp_url: str) -> None:
        async with running(amqp_url) as it:
            assert await word(lambda then: it.session.park(message(), then=then)) is CONFIRMED
        await asyncio.to_thread(look, amqp_url, 2000)
        with channel(amqp_url) as to:
            method, _, body = to.basic_get("smsherald.parked", auto_ack=True)

        assert method is not None
        assert body == message().body


def look(url: str, times: int) -> None:
    """Take the one parked message and give it back, so many times."""
    with channel(url) as to:
        for _ in range(times):
            method, _, _ = to.basic_get("smsherald.parked")
            assert method is not None
            assert method.delivery_tag is not None
            to.basic_nack(method.delivery_tag, requeue=True)


class TestClashes:
    """What is not as we would declare it is never changed."""

    async def test_a_queue_of_another_kind_is_named_with_its_argument(self, amqp_url: str) -> None:
        with channel(amqp_url) as to:
            to.queue_declare("smsherald", durable=True)

        with pytest.raises(TopologyError, match=r"the queue 'smsherald'.*inequivalent arg 'x-"):
            async with running(amqp_url) as it:
                await it.until(lambda: False)

    async def test_an_exchange_of_another_type_is_named(self, amqp_url: str) -> None:
        with channel(amqp_url) as to:
            to.exchange_declare("events", "direct", durable=True)

        with pytest.raises(TopologyError, match=r"the exchange 'events'.*type"):
            async with running(amqp_url) as it:
                await it.until(lambda: False)


class TestSomebodyElsesBroker:
    """With `broker.declare: false` nothing is declared."""

    async def test_a_missing_queue_is_named(self, amqp_url: str) -> None:
        with channel(amqp_url) as to:
            to.exchange_declare("events", "topic", durable=True)
            to.exchange_declare("smsherald", "topic", durable=True)

        with pytest.raises(TopologyError, match=r"'smsherald\.parked' does not stand"):
            async with running(amqp_url, topology(own=False)) as it:
                await it.until(lambda: False)

    async def test_what_stands_there_is_used_as_it_is(
        self, rabbit: Rabbit, vhost: str, amqp_url: str
    ) -> None:
        async with running(amqp_url, topology(["order.created"])):
            pass
        async with running(amqp_url, topology(["another.key"], own=False)) as it:
            await asyncio.to_thread(publish, amqp_url, [Publication("order.created", b"{}")])
            await it.until(lambda: len(it.deliveries) == 1)

        assert bindings(rabbit, vhost) == {"order.created"}
