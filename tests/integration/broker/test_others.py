"""The exchanges that others declare: bound as soon as they let it, and never made by us."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from support.broker import RememberedKeys, Running, running, topology
from support.publishing import Publication, channel, publish
from support.rabbit import Rabbit

MISSING = "no events come from the exchange {}: it is not there; it is tried again every minute"


def bound(rabbit: Rabbit, vhost: str) -> set[tuple[str, str]]:
    return rabbit.bindings(vhost, "smsherald")


def declare(url: str, name: str, kind: str) -> None:
    with channel(url) as to:
        to.exchange_declare(name, kind, durable=True)


async def comes(it: Running, url: str, exchange: str, key: str = "") -> None:
    """Publish, and wait until it has come."""
    before = len(it.deliveries)
    await asyncio.to_thread(publish, url, [Publication(key, b"{}")], exchange)
    await it.until(lambda: len(it.deliveries) == before + 1)
    assert it.deliveries[-1].exchange == exchange


@pytest.fixture
def quick_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smsherald.broker.rabbitmq.supervisor.ROUND", 0.2)


@pytest.fixture
def unreadable(rabbit: Rabbit, vhost: str, amqp_url: str) -> str:
    """Return an exchange that our user may not read."""
    declare(amqp_url, "secret", "fanout")
    rabbit.may_read(vhost, "^(?!secret)")
    return "secret"


async def test_each_kind_is_bound_before_we_say_that_we_are_ready(
    rabbit: Rabbit, vhost: str, amqp_url: str
) -> None:
    kinds = {"t": "topic", "f": "fanout", "h": "headers", "d": "direct", "Shop, a": "fanout"}
    for name, kind in kinds.items():
        declare(amqp_url, name, kind)
    others = {("t", "order.*"), ("f", "#"), ("h", "#"), ("d", "paid"), ("Shop, a", ""), ("f", "x")}
    async with running(amqp_url, topology(others=others)) as it:
        assert it.problem is None
        assert bound(rabbit, vhost) == others | {("events", "order.created")}
        for exchange, key in (("t", "order.b"), ("f", ""), ("h", "any"), ("d", "paid")):
            await comes(it, amqp_url, exchange, key)

        assert len(it.sessions) == 1
        assert it.health.notes == []


async def test_one_that_is_not_there_keeps_nothing_else_from_working_and_is_bound_once_it_is(
    amqp_url: str, quick_rounds: None
) -> None:
    del quick_rounds
    declare(amqp_url, "there", "fanout")
    others = {("a-late-one", "#"), ("there", "#")}
    with capture_logs() as logs:
        async with running(amqp_url, topology(others=others)) as it:
            assert it.problem is None
            assert it.health.notes == [MISSING.format("a-late-one")]
            await comes(it, amqp_url, "there")
            await comes(it, amqp_url, "events", "order.created")
            await asyncio.sleep(0.5)
            declare(amqp_url, "a-late-one", "fanout")
            await it.until(lambda: it.health.notes == [])
            await comes(it, amqp_url, "a-late-one")

            assert len(it.sessions) == 1
    said = [(line["event"], line["exchange"]) for line in logs if "exchange" in line]
    assert said == [("exchange_not_bound", "a-late-one"), ("exchange_in_order", "a-late-one")]


async def test_one_that_is_deleted_and_made_anew_is_bound_again(
    amqp_url: str, quick_rounds: None
) -> None:
    del quick_rounds
    declare(amqp_url, "theirs", "fanout")
    async with running(amqp_url, topology(others={("theirs", "#")})) as it:
        await comes(it, amqp_url, "theirs")
        with channel(amqp_url) as to:
            to.exchange_delete("theirs")
        await it.until(lambda: it.health.notes == [MISSING.format("theirs")])
        declare(amqp_url, "theirs", "topic")
        await it.until(lambda: it.health.notes == [])
        await comes(it, amqp_url, "theirs", "a.key")

        assert len(it.sessions) == 1


async def test_one_that_we_may_not_read_is_named_and_the_session_stays(
    rabbit: Rabbit, vhost: str, amqp_url: str, unreadable: str
) -> None:
    declare(amqp_url, "theirs", "fanout")
    others = {(unreadable, "#"), (unreadable, "x"), ("theirs", "#")}
    async with running(amqp_url, topology(others=others)) as it:
        (note,) = it.health.notes
        assert note.startswith(f"no events come from the exchange {unreadable}: our user may not")
        assert it.problem is None
        await comes(it, amqp_url, "theirs")

        assert len(it.sessions) == 1
        assert bound(rabbit, vhost) == {("events", "order.created"), ("theirs", "#")}


async def test_what_is_no_longer_wanted_is_unbound_in_time_also_where_the_exchange_is_gone(
    rabbit: Rabbit, vhost: str, amqp_url: str, quick_rounds: None
) -> None:
    del quick_rounds
    memory = RememberedKeys()
    for name in ("kept", "dropped", "gone"):
        declare(amqp_url, name, "topic")
    others = {("kept", "#"), ("dropped", "#"), ("gone", "#")}
    async with running(amqp_url, topology(others=others), memory=memory):
        pass
    with channel(amqp_url) as to:
        to.exchange_delete("gone")
    wanted = {("events", "order.created"), ("kept", "#")}
    async with running(
        amqp_url, topology(others={("kept", "#")}), memory=memory, unbind_after=0.3
    ) as it:
        assert set(memory.wanted) == wanted | others
        await it.until(lambda: set(memory.wanted) == wanted)
        await it.until(lambda: bound(rabbit, vhost) == wanted)

        assert len(it.sessions) <= 1


async def test_a_new_route_is_remembered_and_bound_on_the_same_session(
    rabbit: Rabbit, vhost: str, amqp_url: str
) -> None:
    memory = RememberedKeys()
    declare(amqp_url, "theirs", "direct")
    others: set[tuple[str, str]] = set()
    async with running(amqp_url, lambda: topology(others=others), memory=memory) as it:
        others |= {("theirs", "paid")}
        it.broker.rebind()
        await it.until(lambda: ("theirs", "paid") in bound(rabbit, vhost))
        await comes(it, amqp_url, "theirs", "paid")

        assert set(memory.wanted) == {("events", "order.created"), ("theirs", "paid")}
        assert len(it.sessions) == 1


async def test_of_a_broker_that_is_not_ours_nothing_is_bound(
    rabbit: Rabbit, vhost: str, amqp_url: str
) -> None:
    memory = RememberedKeys()
    declare(amqp_url, "theirs", "fanout")
    async with running(amqp_url, topology()):
        pass
    names = topology(own=False, others={("theirs", "#"), ("missing", "#")})
    async with running(amqp_url, names, memory=memory) as it:
        assert it.problem is None
        assert it.health.notes == []

        assert bound(rabbit, vhost) == {("events", "order.created")}
        assert memory.wanted == {}
