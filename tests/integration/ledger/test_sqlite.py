"""The SQLite file itself: made, refused, locked, full, read-only."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from smsherald.errors import LedgerError
from smsherald.ledger import open_for_command
from smsherald.ledger.commit import worker
from smsherald.ledger.sql import schema, sqlite
from smsherald.ledger.sql.statements import statements
from smsherald.model import Done
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, an_sms, made
from support.migrations import slow
from support.upgrades import NEXT, SENT, THIS, become_next, fill

SMS = an_sms()


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> bytes:
    path.write_bytes(content)
    return content


class TestTheFile:
    """It is made where it is not there, and kept so that a commit survives."""

    async def test_is_made_for_its_owner_alone(self, database: LedgerDatabase, path: Path) -> None:
        async with database.open() as ledger:
            await ledger.claim(SMS)
            files = sorted(file.name for file in path.parent.iterdir())
            modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

        assert files == ["ledger.db", "ledger.db-shm", "ledger.db-wal"]
        assert modes == {0o600}

    async def test_holds_everything_itself_once_closed(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        async with database.open() as ledger:
            await ledger.claim(SMS)

        assert [file.name for file in path.parent.iterdir()] == ["ledger.db"]
        assert database.row(SMS.key) is not None

    async def test_keeps_its_phone_key(self, database: LedgerDatabase) -> None:
        rows = []
        for _ in range(2):
            async with database.open() as ledger:
                await ledger.claim(SMS)
            rows.append(database.row(SMS.key))
            database.forget(SMS.key)

        first, second = rows
        assert first is not None
        assert second is not None
        assert first["phone_digest"] == second["phone_digest"]
        assert first["owner"] != second["owner"]

    async def test_is_written_to_the_disk_at_every_commit(self, path: Path) -> None:
        opened = made(sqlite.open_storage(URL.create("sqlite", database=str(path)), LOCK_TIMEOUT))
        try:
            pragmas = {
                name: opened.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous")
            }
        finally:
            opened.connection.rollback()
            opened.close()

        assert pragmas == {"journal_mode": "wal", "synchronous": 2}

    async def test_is_locked_from_the_beginning_of_a_transaction(self, path: Path) -> None:
        opened = made(sqlite.open_storage(URL.create("sqlite", database=str(path)), LOCK_TIMEOUT))
        with (
            closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as another,
            opened.connection.begin(),
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            another.execute("BEGIN IMMEDIATE")
        opened.close()

    async def test_is_never_read_from_end_to_end_for_an_event(self, path: Path) -> None:
        opened = made(sqlite.open_storage(URL.create("sqlite", database=str(path)), LOCK_TIMEOUT))
        hot = statements(sqlite.DIALECT, opened.connection.dialect)
        plans = {}
        try:
            for name in hot.__slots__:
                statement = getattr(hot, name).texts[8]
                places = max(map(int, re.findall(r"\?(\d+)", statement)))
                explained = opened.connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement}", ("",) * places
                )
                plans[name] = " / ".join(row[3] for row in explained)
        finally:
            opened.connection.rollback()
            opened.close()

        scans = {name: plan for name, plan in plans.items() if "SCAN sms" in plan}
        assert scans == {}
        assert all("SCAN r" not in plan and "SCAN h" not in plan for plan in plans.values())
        assert "sms_fingerprint" in plans["find"]
        assert "sms_sid" in plans["known"]


class TestUpgrade:
    """An older file is upgraded when a daemon starts."""

    async def test_it_is_upgraded_and_said_so(
        self, database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await fill(database)
        observed = Observed()
        become_next(monkeypatch)
        async with database.open("one", observed) as ledger:
            assert isinstance(await ledger.claim(SENT), Done)

        assert observed.upgrades == [(THIS, NEXT)]
        assert observed.troubles == []

    async def test_is_told_as_trouble_if_it_takes_long(
        self, database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await fill(database)
        observed = Observed()
        become_next(monkeypatch, "slow")
        monkeypatch.setattr(slow, "seconds", 1.0)
        monkeypatch.setattr(worker, "_SILENCE", 0.2)
        async with database.open("one", observed):
            pass

        assert observed.troubles == [f"is being upgraded from version {THIS} to {NEXT}", None]

    async def test_ends_first_if_the_daemon_is_stopped_meanwhile(
        self, database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await fill(database)
        become_next(monkeypatch, "slow")
        monkeypatch.setattr(slow, "seconds", 1.0)
        monkeypatch.setattr(worker, "_SILENCE", 0.1)
        observed = Observed()
        opening = asyncio.create_task(database.open("one", observed).__aenter__())
        await asyncio.wait_for(observed.troubled.wait(), 30)
        opening.cancel()
        await asyncio.wait([opening])

        assert opening.cancelled()
        with database.storage() as storage:
            assert storage.found == NEXT


class TestRefused:
    """What is no ledger of ours is left as it is."""

    async def refusal(self, url: str) -> str:
        with pytest.raises(LedgerError) as refused:
            async with LedgerDatabase(url).open():
                pytest.fail("it was opened")
        return str(refused.value)

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("sqlite://", "name a file"),
            ("sqlite:///:memory:", "name a file"),
            ("sqlite:///ledger.db?cache=shared", "name a file"),
            ("sqlite:////no/such/folder/ledger.db", "the folder does not exist"),
            ("sqlite:////tmp", "is a folder"),
            ("mysql://u:secret@host/db", "no database is known by 'mysql'"),
            ("ledger.db", "is no URL"),
        ],
    )
    async def test_a_url_that_names_no_ledger(self, url: str, says: str) -> None:
        said = await self.refusal(url)

        assert says in said
        assert "secret" not in said

    async def test_links_in_a_circle(self, tmp_path: Path) -> None:
        circle = tmp_path / "one"
        circle.symlink_to(tmp_path / "two")
        (tmp_path / "two").symlink_to(circle)
        said = f"{circle}: Too many levels of symbolic links"
        database = LedgerDatabase(f"sqlite:///{circle}")

        assert await self.refusal(database.url) == said
        with pytest.raises(LedgerError, match=said), open_for_command(database.settings()):
            pytest.fail("it was opened")

    async def test_a_file_that_is_no_database(self, database: LedgerDatabase, path: Path) -> None:
        before = write(path, b"This is my shopping list, and no database at all. " * 100)

        assert "not a database" in await self.refusal(database.url)
        assert read(path) == before

    async def test_the_database_of_another_program(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE sms (body TEXT)")
        before = read(path)

        assert "another program" in await self.refusal(database.url)
        assert read(path) == before

    async def test_a_ledger_of_a_newer_version(self, database: LedgerDatabase, path: Path) -> None:
        async with database.open():
            pass
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
        before = read(path)

        assert "newer smsherald" in await self.refusal(database.url)
        assert read(path) == before

    @pytest.mark.parametrize("damage", ["a page overwritten", "cut in half"])
    async def test_a_corrupt_ledger(
        self, database: LedgerDatabase, path: Path, damage: str
    ) -> None:
        async with database.open() as ledger:
            await asyncio.gather(*(ledger.claim(an_sms(str(number))) for number in range(100)))
        content = bytearray(read(path))
        if damage == "cut in half":
            del content[len(content) // 2 // 4096 * 4096 :]
        else:
            middle = len(content) // 2 // 4096 * 4096
            content[middle : middle + 4096] = b"\xff" * 4096
        write(path, bytes(content))

        assert str(path) in await self.refusal(database.url)
        assert read(path) == content
