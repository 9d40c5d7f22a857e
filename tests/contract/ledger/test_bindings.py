"""The bindings that daemons made are remembered by queue, with when each was last wanted."""

from __future__ import annotations

import asyncio

from smsherald.ledger import SqlLedger
from support.ledgers import LedgerDatabase

CREATED, ANY = ("events", "order.created"), ("events", "order.*")


async def test_there_are_none_at_first(ledger: SqlLedger) -> None:
    assert await ledger.wanted_keys("smsherald") == {}
    assert await ledger.recent_keys("smsherald", 60.0) == frozenset()


async def test_all_that_was_ever_wanted_stays(ledger: SqlLedger, other: SqlLedger) -> None:
    await ledger.want_keys("smsherald", "events", ["order.created", "order.*"])
    await other.want_keys("smsherald", "shop", ["order.created"])
    await other.want_keys("another", "events", ["#"])

    assert set(await ledger.wanted_keys("smsherald")) == {CREATED, ANY, ("shop", "order.created")}
    assert await ledger.recent_keys("another", 60.0) == {("events", "#")}


async def test_it_is_known_when_a_key_was_wanted_last(ledger: SqlLedger, other: SqlLedger) -> None:
    await ledger.want_keys("smsherald", "events", ["order.created", "order.*"])
    first = await ledger.wanted_keys("smsherald")
    await asyncio.sleep(0.01)
    await other.want_keys("smsherald", "events", ["order.created"])
    second = await ledger.wanted_keys("smsherald")

    assert second[CREATED] > first[CREATED]
    assert second[ANY] == first[ANY]
    assert await ledger.recent_keys("smsherald", 0.0) == frozenset()


async def test_who_has_just_come_takes_all_for_wanted(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    await ledger.want_keys("smsherald", "events", ["order.created"])
    await asyncio.sleep(2.1)
    async with database.open("two") as late:
        assert await late.recent_keys("smsherald", 2.0) == {CREATED}
    assert await ledger.recent_keys("smsherald", 2.0) == frozenset()


async def test_only_what_is_unchanged_is_forgotten(ledger: SqlLedger, other: SqlLedger) -> None:
    await ledger.want_keys("smsherald", "events", ["order.created"])
    (seen,) = (await ledger.wanted_keys("smsherald")).values()
    await asyncio.sleep(0.01)
    await other.want_keys("smsherald", "events", ["order.created"])
    (now,) = (await ledger.wanted_keys("smsherald")).values()

    assert not await ledger.forget_key("smsherald", CREATED, seen)
    assert await ledger.forget_key("smsherald", CREATED, now)
    assert not await ledger.forget_key("smsherald", CREATED, now)
    assert await ledger.wanted_keys("smsherald") == {}
