"""The SQLite file itself: made, refused, locked, full, read-only."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy.engine import URL

from smsherald.errors import LedgerError
from smsherald.ledger import schema, sqlite
from smsherald.ledger.statements import statements
from smsherald.model import Accepted, Fresh, Sent
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms

SMS = an_sms()
LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("ROLLBACK")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def database(path: Path) -> LedgerDatabase:
    return LedgerDatabase(f"sqlite:///{path}")


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Let another process hold the write lock for so long."""
    command = [sys.executable, "-c", LOCK, str(path), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a file system that is soon full."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write until the file system is full."""
    with file.open("wb", buffering=0) as opened, suppress(OSError):
        while True:
            opened.write(bytes(4096))


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
        opened = sqlite.open_database(URL.create("sqlite", database=str(path)), 1.0)
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
        opened = sqlite.open_database(URL.create("sqlite", database=str(path)), 1.0)
        with (
            closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as another,
            opened.connection.begin(),
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            another.execute("BEGIN IMMEDIATE")
        opened.close()

    async def test_is_never_read_from_end_to_end_for_an_event(self, path: Path) -> None:
        opened = sqlite.open_database(URL.create("sqlite", database=str(path)), 1.0)
        made = statements(sqlite.DIALECT, opened.connection.dialect)
        try:
            plans = {
                name: " / ".join(
                    row[3]
                    for row in opened.connection.exec_driver_sql(
                        f"EXPLAIN QUERY PLAN {getattr(made, name)}", {"batch": "[]", "owner": ""}
                    )
                )
                for name in made.__slots__
            }
        finally:
            opened.connection.rollback()
            opened.close()

        scans = {name: plan for name, plan in plans.items() if "SCAN sms" in plan}
        assert scans == {}
        assert all("SCAN r" not in plan and "SCAN h" not in plan for plan in plans.values())
        assert "sms_fingerprint" in plans["find"]
        assert "sms_sid" in plans["known"]


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


class TestAway:
    """Nothing is raised: it waits, says why, and goes on."""

    async def test_locked_by_another_process_for_two_seconds(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        observed = Observed()
        async with database.open("one", observed, lock_timeout=0.2) as ledger:
            first = await ledger.claim(SMS)
            assert isinstance(first, Fresh)
            began = monotonic()
            with locked(path, 2.0):
                outcome, second, known, _ = await asyncio.gather(
                    ledger.record(first, Accepted(a_sid("1"), "queued")),
                    ledger.claim(an_sms("second")),
                    ledger.known([a_sid("1")]),
                    ledger.told([SMS.key]),
                )
            waited = monotonic() - began

        assert isinstance(outcome, Sent)
        assert isinstance(second, Fresh)
        assert known <= {a_sid("1")}
        assert 1.0 < waited < 10.0
        assert observed.troubles == ["database is locked", None]

    async def test_a_fence_counts_from_before_the_commit_that_succeeded(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        async with database.open(lock_timeout=0.2) as ledger:
            with locked(path, 1.0):
                claim = await ledger.claim(SMS)

        assert isinstance(claim, Fresh)
        assert 0.0 <= monotonic() - claim.claimed < 0.7

    async def test_locked_when_it_is_opened(self, database: LedgerDatabase, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        observed = Observed()
        with locked(path, 1.0):
            async with database.open("one", observed, lock_timeout=0.1) as ledger:
                assert isinstance(await ledger.claim(SMS), Fresh)

        assert observed.troubles == [f"{path}: database is locked", None]

    async def test_full(self, tmp_path: Path) -> None:
        folder, observed = tmp_path / "disk", Observed()
        with small_disk(folder):
            database = LedgerDatabase(f"sqlite:///{folder}/ledger.db")
            async with database.open("one", observed) as ledger:
                fill(folder / "filler")
                smses = [an_sms(str(number)) for number in range(100)]
                waiting = asyncio.gather(*map(ledger.claim, smses))
                await asyncio.wait_for(observed.troubled.wait(), 20)
                (folder / "filler").unlink()
                claims = await waiting

        assert all(isinstance(claim, Fresh) for claim in claims)
        assert observed.troubles == ["database or disk is full", None]

    async def test_closing_does_not_wait_for_it(self, database: LedgerDatabase, path: Path) -> None:
        observed = Observed()
        async with AsyncExitStack() as stack:
            opened = database.open("one", observed, lock_timeout=0.1)
            ledger = await stack.enter_async_context(opened)
            with locked(path, 3.0):
                waiting = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), 20)
                began = monotonic()
                await stack.aclose()
                took = monotonic() - began
        await asyncio.wait([waiting])

        assert waiting.cancelled()
        assert took < 2.0
