"""A newer ledger becomes an older one again: all of it or nothing, and nobody is forgotten.

What a next version may bring is made up in `support.migrations`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Float, Integer, MetaData, insert, text

from smsherald.errors import LedgerError
from smsherald.ledger import downgrade_ledger, open_for_command
from smsherald.ledger.moving import InUseError, users
from smsherald.ledger.sql import schema, versions
from smsherald.model import Accepted, Busy, Done, Fresh, TakenOver
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, a_sid, an_sms, fresh, sent
from support.migrations import slow
from support.upgrades import (
    NEXT,
    SENDING,
    SENT,
    THIS,
    another,
    become_next,
    downgrade,
    fill,
    line,
    upgrade,
    whole,
)

BY_NEXT, IN_FLIGHT = an_sms("R4"), an_sms("R5")
ROWS = 3


@pytest.fixture
async def older(database: LedgerDatabase) -> LedgerDatabase:
    """Return a ledger of this version with something in it."""
    await fill(database)
    return database


@pytest.fixture
def newer(older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch) -> LedgerDatabase:
    """Return one of the next version, which this process is from then on."""
    become_next(monkeypatch)
    upgrade(older)
    return older


def make(database: LedgerDatabase, version: int) -> None:
    """Make a ledger of an older version by its migrations, with some rows in each table."""
    with database.storage() as storage, storage.connection.begin():
        versions.migrate(storage.connection, 0, version, schema.MIGRATIONS)
        storage.stamp(version)
        there = MetaData()
        there.reflect(storage.connection)
        for table in there.sorted_tables:
            # What may be missing is, in every other row.
            rows = [
                {
                    column.name: None if column.nullable and number % 2 else _value(column, number)
                    for column in table.columns
                }
                for number in range(ROWS)
            ]
            storage.connection.execute(insert(table), rows)


def _value(column: Any, number: int) -> object:
    kinds = {Integer: number, Float: number + 0.1}
    found = (value for kind, value in kinds.items() if isinstance(column.type, kind))
    return next(found, f"{column.name} {number}")


class TestMigrations:
    """Each leads back to where it came from."""

    @pytest.mark.parametrize("version", range(2, schema.VERSION + 1))
    def test_there_and_back_again_all_is_as_it_was(
        self, version: int, new_database: Callable[[], LedgerDatabase]
    ) -> None:
        went, stayed = new_database(), new_database()
        for each in (went, stayed):
            make(each, version - 1)
        with went.storage() as storage, storage.connection.begin():
            versions.migrate(storage.connection, version - 1, version, schema.MIGRATIONS)
            storage.stamp(version)
        assert whole(went) != whole(stayed)

        assert downgrade(went, version - 1) == (version, version - 1)
        assert whole(went) == whole(stayed)

    async def test_what_only_this_version_can_tell_keeps_it(self, older: LedgerDatabase) -> None:
        with older.connect() as connection:
            fact = {"id": "1", "routing_key": "sms.held", "body": "{}", "at": 1.0, "owner": "one"}
            connection.execute(insert(schema.outbox), fact)
        before = whole(older)
        with pytest.raises(LedgerError, match=r"cannot tell what waits to be told \(1 in the out"):
            downgrade(older, 1)

        assert whole(older) == before


class TestDowngrade:
    """What the command does."""

    def test_leaves_what_was_there_before_the_upgrade(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = whole(older)
        become_next(monkeypatch)
        upgrade(older)
        assert whole(older) != before

        assert downgrade(older) == (NEXT, THIS)
        assert whole(older) == before

    async def test_leaves_a_ledger_of_which_the_older_version_knows_who_was_texted(
        self, newer: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with newer.open() as ledger:
            await sent(ledger, BY_NEXT)
            await fresh(ledger, IN_FLIGHT)
            ledger_id = ledger.id
        downgrade(newer)
        monkeypatch.undo()

        async with newer.open() as ledger:
            assert ledger.id == ledger_id
            assert isinstance(await ledger.claim(SENT), Done)
            assert isinstance(await ledger.claim(BY_NEXT), Done)
            assert isinstance(await ledger.claim(SENDING), Busy)
            newer.age(IN_FLIGHT.key)
            assert isinstance(await ledger.claim(IN_FLIGHT), TakenOver)
            assert isinstance(await ledger.claim(an_sms("R6")), Fresh)
            assert set(await ledger.wanted_keys("smsherald")) == {("events", "order.*")}

    def test_can_be_upgraded_again(self, newer: LedgerDatabase) -> None:
        before = whole(newer)
        downgrade(newer)

        assert upgrade(newer) == (THIS, NEXT)
        assert whole(newer) == before

    def test_has_nothing_to_do_the_second_time(self, newer: LedgerDatabase) -> None:
        downgrade(newer)
        before = whole(newer)

        assert downgrade(newer) == (THIS, THIS)
        assert whole(newer) == before

    def test_leads_over_several_versions(
        self, newer: LedgerDatabase, new_database: Callable[[], LedgerDatabase]
    ) -> None:
        _, before = whole(newer)
        first = new_database()
        make(first, 1)

        assert downgrade(newer, 1) == (NEXT, 1)
        tables, after = whole(newer)
        assert tables == whole(first)[0]
        assert [row["key"] for row in after["sms"]] == [row["key"] for row in before["sms"]]

    def test_refuses_what_is_older_still(self, newer: LedgerDatabase) -> None:
        downgrade(newer)
        with pytest.raises(LedgerError, match=f"a ledger of version {THIS} already: to version"):
            downgrade(newer, NEXT)

    def test_that_fails_leaves_all_as_it_was(
        self, newer: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = whole(newer)
        become_next(monkeypatch, "failing")
        with pytest.raises(LedgerError, match=f"stays a ledger of version {NEXT}: the moon would"):
            downgrade(newer)

        assert whole(newer) == before

    def test_that_is_killed_leaves_all_as_it_was(self, newer: LedgerDatabase) -> None:
        before = whole(newer)
        with another(newer, "slow", THIS) as process:
            assert [line(process), line(process)] == [str(NEXT), "halfway"]
            process.kill()
            process.wait(30)

        # A server undoes it once it has noticed; until then this waits for the lock.
        with newer.storage(lock_timeout=30.0) as storage, storage.connection.begin():
            assert storage.version() == NEXT
        assert whole(newer) == before
        assert downgrade(newer) == (NEXT, THIS)

    def test_may_take_longer_than_a_statement_else_may(
        self, newer: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        become_next(monkeypatch, "slow")
        monkeypatch.setattr(slow, "seconds", 1.4)
        with newer.storage(lock_timeout=0.1) as storage:
            assert versions.bring_down(storage, THIS).downgraded

    def test_refuses_what_is_newer_and_says_who_can(
        self, newer: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = whole(newer)
        monkeypatch.undo()
        with pytest.raises(LedgerError, match=f"run its `smsherald ledger downgrade --to {THIS}`"):
            downgrade(newer)

        assert whole(newer) == before

    def test_makes_none_that_is_missing(self, database: LedgerDatabase) -> None:
        with pytest.raises(LedgerError, match="there is no ledger yet"):
            downgrade(database)

        with database.storage() as storage:
            assert storage.found == 0


class TestInUse:
    """It is for nobody else while that goes on, and who has it open is kept from it."""

    async def test_a_daemon_of_the_newer_version_writes_nothing_any_more_and_says_why(
        self, newer: LedgerDatabase
    ) -> None:
        observed = Observed()
        async with newer.open("newer", observed) as ledger:
            claim = await fresh(ledger, IN_FLIGHT)
            downgrade(newer)
            downgraded = whole(newer)
            recording = asyncio.create_task(ledger.record(claim, Accepted(a_sid("5"), "queued")))
            claiming = asyncio.create_task(ledger.claim(BY_NEXT))
            await asyncio.wait_for(observed.troubled.wait(), 30)
            assert not recording.done()
            assert not claiming.done()
        await asyncio.wait([recording, claiming])

        assert observed.troubles[0] is not None
        assert "has been upgraded, downgraded or moved" in observed.troubles[0]
        assert recording.cancelled()
        assert claiming.cancelled()
        assert whole(newer) == downgraded

    def test_a_daemon_that_says_that_it_is_there_is_in_the_way(
        self, newer: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(users, "_LOOKED_EVERY", 0.01)
        with newer.connect() as connection:
            connection.execute(text("INSERT INTO replica VALUES ('two', '1.0', 4e9)"))
        before = whole(newer)

        def beat(*_: object) -> None:
            with newer.connect() as connection:
                connection.execute(text("UPDATE replica SET seen_at = seen_at + 1"))

        to = (THIS, LOCK_TIMEOUT, lambda *_: None, beat)
        with pytest.raises(InUseError, match="in use by instance two: stop all that use it first"):
            downgrade_ledger(newer.settings(), *to)
        (_, before_rows), (_, after_rows) = before, whole(newer)
        assert after_rows["sms"] == before_rows["sms"]
        with open_for_command(newer.settings(), LOCK_TIMEOUT):
            """It is a ledger of the newer version still."""

    def test_another_downgrade_leaves_nothing_to_do(
        self, newer: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(users, "_LOOKED_EVERY", 0.01)
        with newer.connect() as connection:
            connection.execute(text("INSERT INTO replica VALUES ('two', '1.0', 4e9)"))
        started: list[tuple[int, int]] = []

        def meanwhile(*_: object) -> None:
            downgrade(newer)

        def on_start(before: int, after: int) -> None:
            started.append((before, after))

        change = downgrade_ledger(newer.settings(), THIS, LOCK_TIMEOUT, on_start, meanwhile)
        assert (change.before, change.after) == (THIS, THIS)
        assert started == []
