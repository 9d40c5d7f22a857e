"""An older ledger becomes one of this version: all of it or nothing, once, with every row.

What a next version may bring is made up in `support.migrations`.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from smsherald.errors import LedgerError
from smsherald.ledger import open_for_command
from smsherald.ledger.sql import schema, versions
from smsherald.model import Accepted, Busy, Done, Fresh, TakenOver
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, a_sid, an_sms
from support.migrations import slow
from support.tables import structure
from support.upgrades import (
    NEXT,
    SENDING,
    SENT,
    THIS,
    another,
    become_next,
    fill,
    line,
    upgrade,
    whole,
)

LOCK = text(f"SELECT pg_advisory_xact_lock({0x736D7368})")


@pytest.fixture
async def older(database: LedgerDatabase) -> LedgerDatabase:
    """Return a ledger of this version with something in it."""
    await fill(database)
    return database


@contextmanager
def locked(database: LedgerDatabase) -> Iterator[None]:
    """Keep everybody from writing."""
    if database.url.startswith("sqlite"):
        path = database.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
    else:
        with database.connect() as held:
            held.execute(LOCK)
            yield


class TestMigrations:
    """They lead to what the tables are."""

    def test_they_make_from_nothing_what_a_new_ledger_has(
        self, new_database: Callable[[], LedgerDatabase]
    ) -> None:
        made, migrated = new_database(), new_database()
        upgrade(made)
        with migrated.storage() as storage, storage.connection.begin():
            versions.migrate(storage.connection, 0, schema.VERSION, schema.MIGRATIONS)
            storage.stamp(schema.VERSION)

        with migrated.connect() as connection:
            context = MigrationContext.configure(connection)
            differences = compare_metadata(context, schema.metadata)
            by_migrations = structure(connection)
        with made.connect() as connection:
            new = structure(connection)
        assert differences == []
        assert by_migrations == new
        assert all(new)


class TestUpgrade:
    """The command's upgrade, which is the daemon's at its start on SQLite."""

    def test_keeps_every_row(self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
        _, before = whole(older)
        become_next(monkeypatch)

        assert upgrade(older) == (THIS, NEXT)
        (columns, indexes, _), after = whole(older)
        assert [row.pop("zone") for row in after["sms"]] == ["moon"] * 3
        for table in ("sms", "second_sid", "bound_key", "pause"):
            assert after[table] == before[table]
        assert any("'zone'" in column for column in columns)
        # Made anew with the table, its condition too.
        assert any("sms_fingerprint" in index and "state" in index for index in indexes)

    async def test_leaves_a_ledger_that_works(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        become_next(monkeypatch)
        upgrade(older)
        async with older.open() as ledger:
            assert isinstance(await ledger.claim(SENT), Done)
            assert isinstance(await ledger.claim(SENDING), Busy)
            assert isinstance(await ledger.claim(an_sms("R4")), Fresh)
            assert set(await ledger.wanted_keys("smsherald")) == {("events", "order.*")}

    def test_has_nothing_to_do_the_second_time(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        become_next(monkeypatch)
        upgrade(older)
        before = whole(older)

        assert upgrade(older) == (NEXT, NEXT)
        assert whole(older) == before

    def test_makes_a_ledger_that_is_missing(self, database: LedgerDatabase) -> None:
        assert upgrade(database) == (0, THIS)
        assert upgrade(database) == (THIS, THIS)

    def test_that_fails_leaves_all_as_it_was(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = whole(older)
        become_next(monkeypatch, "failing")
        with pytest.raises(LedgerError, match=r"(?i)unique constraint"):
            upgrade(older)

        assert whole(older) == before
        become_next(monkeypatch, "growing")
        assert upgrade(older) == (THIS, NEXT)

    def test_that_is_killed_leaves_all_as_it_was(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = whole(older)
        with another(older, "slow") as process:
            assert [line(process), line(process)] == [str(THIS), "halfway"]
            process.kill()
            process.wait(30)

        # A server undoes it once it has noticed; until then this waits for the lock.
        with older.storage(lock_timeout=30.0) as storage, storage.connection.begin():
            assert storage.version() == THIS
        assert whole(older) == before
        become_next(monkeypatch)
        assert upgrade(older) == (THIS, NEXT)

    def test_is_done_once_by_two_processes_that_start_at_once(self, older: LedgerDatabase) -> None:
        with another(older, "growing") as one, another(older, "growing") as two:
            with locked(older):
                assert [line(one), line(two)] == [str(THIS)] * 2
            changes = [json.loads(line(process)) for process in (one, two)]
            assert (one.wait(30), two.wait(30)) == (0, 0)

        assert sorted((change["before"], change["after"]) for change in changes) == [
            (THIS, NEXT),
            (NEXT, NEXT),
        ]

    def test_may_take_longer_than_a_statement_else_may(
        self,
        older: LedgerDatabase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        become_next(monkeypatch, "slow")
        monkeypatch.setattr(slow, "seconds", 1.4)

        assert upgrade(older, lock_timeout=0.1) == (THIS, NEXT)

    def test_refuses_what_is_newer(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        become_next(monkeypatch)
        upgrade(older)
        before = whole(older)
        monkeypatch.undo()
        with pytest.raises(LedgerError, match=f"version {NEXT}, made by a newer smsherald"):
            upgrade(older)

        assert whole(older) == before


class TestStart:
    """What a daemon and other commands do with an older ledger."""

    async def test_a_daemon_says_nothing_of_what_is_up_to_date(self, older: LedgerDatabase) -> None:
        observed = Observed()
        async with older.open("one", observed):
            pass

        assert (observed.upgrades, observed.troubles) == ([], [])

    @pytest.mark.parametrize(("unit", "sudo"), [("", ""), ("smsherald", "sudo ")])
    def test_a_command_that_looks_refuses_it(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch, unit: str, sudo: str
    ) -> None:
        before = whole(older)
        become_next(monkeypatch)
        monkeypatch.setenv("SMSHERALD_UNIT", unit)
        refused = pytest.raises(LedgerError, match=f"run `{sudo}smsherald ledger upgrade`")
        with refused, open_for_command(older.settings(), LOCK_TIMEOUT):
            pytest.fail("it was opened")

        assert whole(older) == before

    def test_a_command_that_looks_makes_none(self, database: LedgerDatabase) -> None:
        refused = pytest.raises(LedgerError, match="there is no ledger yet")
        with refused, open_for_command(database.settings(), LOCK_TIMEOUT):
            pytest.fail("it was opened")

        with database.storage() as storage:
            assert storage.found == 0


class TestOlderDaemon:
    """A daemon of the version before, which has the ledger open while it is upgraded."""

    async def test_writes_nothing_any_more_and_says_why(
        self,
        older: LedgerDatabase,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        observed = Observed()
        async with older.open("older", observed) as ledger:
            claim = await ledger.claim(an_sms("R4"))
            assert isinstance(claim, Fresh)
            become_next(monkeypatch)
            upgrade(older)
            monkeypatch.undo()
            _, upgraded = whole(older)
            recording = asyncio.create_task(ledger.record(claim, Accepted(a_sid("4"), "queued")))
            looking = asyncio.create_task(ledger.unresolved(1))
            await asyncio.wait_for(observed.troubled.wait(), 30)
            assert not recording.done()
            assert not looking.done()
        await asyncio.wait([recording, looking])

        assert observed.troubles[0] is not None
        assert "has been upgraded, downgraded or moved" in observed.troubles[0]
        assert recording.cancelled()
        _, after = whole(older)
        assert after == upgraded

    async def test_leaves_what_was_in_flight_to_the_newer_one(
        self, older: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_flight = an_sms("R4")
        async with older.open("older") as before:
            assert isinstance(await before.claim(in_flight), Fresh)
            become_next(monkeypatch)
            upgrade(older)
            async with older.open("newer") as ledger:
                older.age(in_flight.key)

                assert isinstance(await ledger.claim(in_flight), TakenOver)
