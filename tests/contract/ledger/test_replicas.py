"""Who uses a ledger is known by the words that each leaves there."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import update

from smsherald.ledger import ForCommand, SqlLedger
from smsherald.ledger.replicas import FORGOTTEN_AFTER, LATELY
from smsherald.ledger.sql.schema import replica
from support.ledgers import LedgerDatabase, Observed


def age(database: LedgerDatabase, instance: str, seconds: float) -> None:
    with database.connect() as connection:
        older = update(replica).where(replica.c.instance == instance)
        connection.execute(older.values(seen_at=replica.c.seen_at - seconds))


async def test_all_that_were_seen_of_late_are_known_each_once(
    ledger: SqlLedger, other: SqlLedger, for_command: ForCommand
) -> None:
    for _ in range(2):
        await ledger.replicas("one", "1.0")
    await other.replicas("two", "0.9")
    seen = await other.replicas("two", "1.0")

    assert [(each.instance, each.version) for each in seen] == [("one", "1.0"), ("two", "1.0")]
    assert [each.instance for each in for_command.replicas.lately()] == ["one", "two"]


async def test_who_is_silent_is_there_no_more_and_forgotten_later(
    database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger
) -> None:
    await other.replicas("two", "1.0")
    age(database, "two", LATELY)
    assert [each.instance for each in await ledger.replicas("one", "1.0")] == ["one"]

    age(database, "two", FORGOTTEN_AFTER)
    await ledger.replicas("one", "1.0")

    with database.connect() as connection:
        assert connection.execute(replica.select()).scalars().all() == ["one"]


async def test_who_only_looks_whether_it_takes_what_is_written_changes_nothing(
    database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, for_command: ForCommand
) -> None:
    await other.replicas("two", "1.0")
    age(database, "two", 2 * FORGOTTEN_AFTER)
    for_command.replicas.require_writable()

    with database.connect() as connection:
        assert connection.execute(replica.select()).scalars().all() == ["two"]
    # The connection goes on, and holds up nobody.
    await ledger.replicas("one", "1.0")
    assert [each.instance for each in for_command.replicas.lately()] == ["one"]


async def test_who_has_ended_cleanly_is_there_no_more_at_once(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    async with database.open("two") as other:
        await other.replicas("two", "1.0")
        seen = await ledger.replicas("one", "1.0")
        assert [each.instance for each in seen] == ["one", "two"]

    assert [each.instance for each in await ledger.replicas("one", "1.0")] == ["one"]


async def test_who_has_taken_its_name_meanwhile_is_still_there(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    async with AsyncExitStack() as first:
        before = await first.enter_async_context(database.open("two"))
        await before.replicas("two", "1.0")
        async with database.open("two") as after:
            await after.replicas("two", "1.1")
            await first.aclose()
            seen = await ledger.replicas("one", "1.0")

            assert [(each.instance, each.version) for each in seen[1:]] == [("two", "1.1")]


async def test_who_shares_its_name_with_one_that_ends_is_still_there(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    async with AsyncExitStack() as second:
        first = await second.enter_async_context(database.open("two"))
        async with database.open("two") as other:
            await first.replicas("two", "1.0")
            await other.replicas("two", "1.1")
            # The one that ends was the last to say so.
        seen = await ledger.replicas("one", "1.0")

        assert [(each.instance, each.version) for each in seen] == [("one", "1.0"), ("two", "1.0")]

    assert [each.instance for each in await ledger.replicas("one", "1.0")] == ["one"]


async def test_two_of_one_name_hear_of_it_until_one_has_ended(database: LedgerDatabase) -> None:
    observed = Observed()
    async with database.open("two", observed) as first:
        async with database.open("two") as other:
            for _ in range(3):
                await first.replicas("two", "1.0")
                # SQLite's clock has milliseconds.
                await asyncio.sleep(0.005)
                await other.replicas("two", "1.0")
                await asyncio.sleep(0.005)
        for _ in range(2):
            await first.replicas("two", "1.0")

    assert observed.shared == [False, False, True, False, False]


async def test_who_begins_anew_shares_its_name_with_nobody(database: LedgerDatabase) -> None:
    observed = Observed()
    async with AsyncExitStack() as killed:
        before = await killed.enter_async_context(database.open("two"))
        await before.replicas("two", "1.0")
        async with database.open("two", observed) as after:
            for _ in range(3):
                seen = await after.replicas("two", "1.0")

    assert [each.instance for each in seen] == ["two"]
    assert observed.shared == [False, False, False]
