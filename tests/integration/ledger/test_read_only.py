"""A ledger that takes no writes: what is said names cause and remedy, and it is waited for."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from smsherald.errors import LedgerError, UnreachableError
from smsherald.ledger import SqlLedger, downgrade_ledger, open_for_command, upgrade_ledger
from smsherald.ledger.sql import versions
from smsherald.ledger.sql.database import AwayError, GoneError, ReadOnlyError
from smsherald.model import Claim, Done, Fresh
from support.disk import small_disk
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, an_sms, sent
from support.postgres import Postgres
from support.rights import NOBODY, as_nobody

SMS, BEFORE = an_sms(), an_sms("before")


def remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


def write_by_command(database: LedgerDatabase) -> None:
    with open_for_command(database.settings()) as opened:
        opened.retention.prune(1.0, 1)


class TestFile:
    """SQLite's."""

    async def test_on_a_disk_that_is_mounted_read_only_meanwhile(self, tmp_path: Path) -> None:
        folder, observed = tmp_path / "disk", Observed()
        with small_disk(folder):
            database = LedgerDatabase(f"sqlite:///{folder}/ledger.db")
            async with database.open():
                """It is made."""
            remount(folder, "ro")
            with pytest.raises(UnreachableError, match="mounted read-only: mount it so that"):
                write_by_command(database)
            async with AsyncExitStack() as stack:
                opened = database.open("one", observed)
                opening = asyncio.create_task(stack.enter_async_context(opened))
                await asyncio.wait_for(observed.troubled.wait(), 30)
                remount(folder, "rw")
                ledger: SqlLedger = await asyncio.wait_for(opening, 30)
                assert isinstance(await ledger.claim(SMS), Fresh)

        said = f"{folder}/ledger.db: is on a file system that is mounted read-only: mount it so "
        remedy = "restart the daemon, which has its mounts as they were when it started"
        assert observed.troubles == [
            f"{said}that it is written; where this still says so, {remedy}",
            None,
        ]

    @pytest.mark.parametrize(
        ("file", "folder", "said"),
        [
            (0o444, 0o777, "the ledger: ledger.db may not be read and written by user "),
            (0o666, 0o555, "ledger.db: its folder may not be read and written by user "),
        ],
    )
    def test_whose_permissions_forbid_it(self, file: int, folder: int, said: str) -> None:
        with tempfile.TemporaryDirectory() as made:
            path = Path(made, "ledger.db")
            database = LedgerDatabase(f"sqlite:///{path}")
            upgrade_ledger(database.settings(), LOCK_TIMEOUT, lambda *_: None)
            path.chmod(file)
            path.parent.chmod(folder)
            with as_nobody(), pytest.raises(UnreachableError, match=said) as failed:
                write_by_command(database)
            path.parent.chmod(0o700)

        assert "or run this as the user that the daemon runs as" in str(failed.value)

    @pytest.mark.parametrize("mode", [0o755, 0o700])
    def test_a_volume_that_is_another_users_is_given_away_by_what_is_said(self, mode: int) -> None:
        """By a number: on a container's host nobody may have the name."""
        if os.geteuid():
            pytest.skip("only root gives files away")
        with tempfile.TemporaryDirectory() as made:
            Path(made).chmod(0o755)
            volume = Path(made, "volume")
            volume.mkdir()
            volume.chmod(mode)
            database = LedgerDatabase(f"sqlite:///{volume}/ledger.db")
            with as_nobody(), pytest.raises((UnreachableError, LedgerError)) as failed:
                upgrade_ledger(database.settings(), LOCK_TIMEOUT, lambda *_: None)
            as_root("sh", "-c", str(failed.value).split("`")[1])
            with as_nobody():
                upgrade_ledger(database.settings(), LOCK_TIMEOUT, lambda *_: None)

        assert f"`chown {NOBODY} {volume}`" in str(failed.value)
        assert f" by user {pwd.getpwuid(NOBODY).pw_name} (uid {NOBODY})" in str(failed.value)


BECOMES_ANOTHER = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    connection.execute("UPDATE meta SET value = 'theirs' WHERE name = 'ledger_id'")
"""
PARTS = ["", "-wal", "-shm"]


@pytest.fixture
def left() -> Iterator[Path]:
    """Make the ledger that a killed process has left: with its log, and all of it nobody's."""
    if os.geteuid():
        pytest.skip("only root gives files away")
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as folder:
        path, killed = Path(made, "ledger.db"), Path(folder, "ledger.db")
        asyncio.run(_texted(path, killed))
        for part in PARTS:
            shutil.chown(f"{killed}{part}", NOBODY, NOBODY)
            Path(f"{killed}{part}").chmod(0o600)
        shutil.chown(folder, NOBODY, NOBODY)
        yield killed


async def _texted(path: Path, killed: Path) -> None:
    async with LedgerDatabase(f"sqlite:///{path}").open() as ledger:
        await sent(ledger, BEFORE)
        for part in PARTS:
            shutil.copyfile(f"{path}{part}", f"{killed}{part}")


def deny(file: Path, user: int, mode: int) -> None:
    shutil.chown(file, user, user)
    file.chmod(mode)


def as_root(*command: str) -> None:
    """Do what an operator does, while this process stays nobody."""
    subprocess.run(command, check=True, user=0)


class TestMended:
    """One that may be read alone is gone on with once it may be written, without a restart."""

    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("is_ours", [True, False])
    async def test_by_what_is_said(self, left: Path, part: str, *, is_ours: bool) -> None:
        file, observed = Path(f"{left}{part}"), Observed()
        deny(file, *((NOBODY, 0o444) if is_ours else (0, 0o644)))
        with as_nobody():
            user = pwd.getpwuid(NOBODY).pw_name
            database = LedgerDatabase(f"sqlite:///{left}")
            with pytest.raises(UnreachableError) as failed:
                write_by_command(database)
            async with AsyncExitStack() as stack:
                running = asyncio.create_task(_claimed(stack, database, observed))
                await asyncio.wait_for(observed.troubled.wait(), 30)
                said = str(observed.troubles[0])
                as_root("sh", "-c", said.split("`")[1])
                before, now = await asyncio.wait_for(running, 30)

        assert isinstance(before, Done)
        assert isinstance(now, Fresh)
        remedy = f"chmod u+rw {file}" if is_ours else f"chown {NOBODY} {file}"
        who = f"user {user} (uid {NOBODY})"
        sentence = f"{file.name} may not be read and written by {who}: give it to that user"
        assert f"{sentence} (`{remedy}`), or run this as " in said
        assert sentence in str(failed.value)
        assert observed.troubles[-1] is None
        assert observed.makings == 0

    def test_before_it_has_a_log(self, left: Path) -> None:
        with closing(sqlite3.connect(left)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        deny(left, 0, 0o644)
        with as_nobody(), LedgerDatabase(f"sqlite:///{left}").storage() as storage:
            with pytest.raises(AwayError, match=r"ledger\.db may not be read and written"):
                versions.bring_up(storage, upgrade=True)
            as_root("chown", "nobody", str(left))
            versions.bring_up(storage, upgrade=True)

            assert versions.ready(storage).id

    def test_what_another_was_put_into_meanwhile_is_not_gone_on_with(self, left: Path) -> None:
        deny(Path(f"{left}-shm"), NOBODY, 0o444)
        with as_nobody(), LedgerDatabase(f"sqlite:///{left}").storage() as storage:
            connection = versions.ready(storage).connection
            with pytest.raises(AwayError, match=r"ledger\.db-shm may not be"), connection.begin():
                pytest.fail("it began")
            Path(f"{left}-shm").chmod(0o600)
            # By a process of its own: within this one it would share what may only be read.
            as_root(sys.executable, "-c", BECOMES_ANOTHER, str(left))
            with pytest.raises(AwayError, match="is another ledger than"), connection.begin():
                pytest.fail("it began")

    def test_nor_what_was_put_into_its_place(self, left: Path) -> None:
        deny(left, 0, 0o644)
        with as_nobody(), LedgerDatabase(f"sqlite:///{left}").storage() as storage:
            connection = versions.ready(storage).connection
            with pytest.raises(OperationalError) as failed, connection.begin():
                connection.execute(text("DELETE FROM pause"))
            assert "ledger.db may not be read and written" in str(failed.value.orig)
            copy = left.with_name("copy")
            shutil.copy(left, copy)
            copy.rename(left)
            with pytest.raises(GoneError, match="is another file"), connection.begin():
                pytest.fail("it began")


@pytest.fixture
def whole(left: Path) -> Path:
    """Make of it one that nobody has killed: all of it is in the one file, which root owns."""
    with closing(sqlite3.connect(left)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for part in PARTS[1:]:
        Path(f"{left}{part}").unlink(missing_ok=True)
    deny(left, 0, 0o644)
    return left


def put(what: bytes, path: Path) -> None:
    """Do what an operator does: put a file of the right user into the place of another."""
    new = path.with_name("new")
    new.write_bytes(what)
    new.chmod(0o600)
    new.rename(path)


def content(path: Path) -> bytes:
    return path.read_bytes()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def take_away(path: Path) -> None:
    path.rename(path.with_name("taken-away"))


async def is_said(observed: Observed, said: str) -> None:
    async with asyncio.timeout(30):
        while said not in str(observed.troubles[-1:]):
            observed.troubled.clear()
            await observed.troubled.wait()


class TestReplaced:
    """A start that waits for one that may be read alone goes on with what takes its place."""

    async def test_by_one_that_may_be_written(self, whole: Path) -> None:
        observed, rightful = Observed(), content(whole)
        with as_nobody():
            database = LedgerDatabase(f"sqlite:///{whole}")
            async with AsyncExitStack() as first, AsyncExitStack() as stack:
                # Two that wait keep one another from nothing.
                other = first.enter_async_context(database.open("two", Observed()))
                also = asyncio.create_task(other)
                running = asyncio.create_task(_claimed(stack, database, observed))
                await is_said(observed, "ledger.db may not be read and written by user")
                put(rightful, whole)
                before, now = await asyncio.wait_for(running, 30)
                await asyncio.wait_for(also, 30)

        assert isinstance(before, Done)
        assert isinstance(now, Fresh)
        assert observed.troubles[-1] is None
        assert observed.makings == 0

    async def test_before_it_has_a_log(self, whole: Path) -> None:
        """As `VACUUM INTO` makes one."""
        with closing(sqlite3.connect(whole)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        observed, rightful = Observed(), content(whole)
        async with waiting(whole, observed) as running:
            put(rightful, whole)
            before, _ = await asyncio.wait_for(running, 30)

        assert isinstance(before, Done)

    def test_as_soon_as_it_was_opened(self, whole: Path) -> None:
        """It is let go of: while it is open, nobody else can use what takes its place."""
        rightful = content(whole)
        with as_nobody(), LedgerDatabase(f"sqlite:///{whole}").storage() as storage:
            put(rightful, whole)
            with pytest.raises(ReadOnlyError, match="has been deleted, moved or replaced"):
                versions.bring_up(storage, upgrade=True)

    def test_one_that_may_be_written_is_kept_open(self, whole: Path) -> None:
        rightful = content(whole)
        deny(whole, NOBODY, 0o600)
        with as_nobody(), LedgerDatabase(f"sqlite:///{whole}").storage() as storage:
            put(rightful, whole)
            with pytest.raises(GoneError, match="has been deleted, moved or replaced"):
                versions.bring_up(storage, upgrade=True)

    async def test_an_empty_one_may_be_taken_away(self, whole: Path) -> None:
        observed = Observed()
        empty(whole)
        async with waiting(whole, observed) as running:
            take_away(whole)
            before, _ = await asyncio.wait_for(running, 30)

        assert isinstance(before, Fresh)
        assert observed.makings == 1

    async def test_once_that_is_whole(self, whole: Path) -> None:
        observed, rightful = Observed(), content(whole)
        async with waiting(whole, observed) as running:
            take_away(whole)
            await is_said(observed, "has been deleted or moved; nothing is sent")
            put(b"", whole)
            await is_said(observed, "has been replaced, and is empty; nothing is sent")
            put(rightful[: len(rightful) // 2], whole)
            await is_said(observed, "malformed")
            take_away(whole)
            await is_said(observed, "has been deleted or moved; nothing is sent")
            put(rightful, whole)
            before, _ = await asyncio.wait_for(running, 30)

        assert isinstance(before, Done)
        assert observed.makings == 0

    async def test_once_no_log_of_another_is_beside_it(self, left: Path) -> None:
        observed, rightful = Observed(), content(left)
        deny(left, 0, 0o644)
        async with waiting(left, observed) as running:
            put(rightful, left)
            await is_said(observed, f"replaced, and {left}-wal may be of the one before")
            take_away(Path(f"{left}-wal"))
            await asyncio.wait_for(running, 30)


async def test_a_start_waits_for_a_file_that_may_not_be_looked_at(whole: Path) -> None:
    observed = Observed()
    deny(whole, NOBODY, 0o600)
    deny(whole.parent, 0, 0o700)
    with as_nobody():
        database = LedgerDatabase(f"sqlite:///{whole}")
        with pytest.raises(
            LedgerError, match="its folder may not be read and written by user nobody"
        ):
            write_by_command(database)
        async with AsyncExitStack() as stack:
            running = asyncio.create_task(_claimed(stack, database, observed))
            await is_said(observed, "cannot be looked at: Permission denied; let user nobody")
            as_root("chown", str(NOBODY), str(whole.parent))
            before, _ = await asyncio.wait_for(running, 30)

    assert isinstance(before, Done)


@asynccontextmanager
async def waiting(
    ledger: Path, observed: Observed
) -> AsyncIterator[asyncio.Task[tuple[Claim, Claim]]]:
    """Start, as nobody, beside one that may be read alone, until that is said."""
    with as_nobody():
        database = LedgerDatabase(f"sqlite:///{ledger}")
        async with AsyncExitStack() as stack:
            running = asyncio.create_task(_claimed(stack, database, observed))
            await is_said(observed, "ledger.db may not be read and written by user")
            yield running


async def _claimed(
    stack: AsyncExitStack, database: LedgerDatabase, observed: Observed
) -> tuple[Claim, Claim]:
    ledger = await stack.enter_async_context(database.open("one", observed))
    return await ledger.claim(BEFORE), await ledger.claim(SMS)


class TestStandby:
    """PostgreSQL's: one that is promoted becomes the ledger."""

    @pytest.mark.long
    @pytest.mark.takes(15)
    async def test_is_waited_for_until_it_is_promoted(self, postgres: Postgres) -> None:
        observed = Observed()
        with postgres.database() as name, postgres.standby() as standby:
            async with LedgerDatabase(postgres.url(name)).open():
                """It is made."""
            await asyncio.to_thread(standby.catch_up)
            database = LedgerDatabase(standby.url(name))
            with pytest.raises(UnreachableError, match="takes no writes: it is a standby"):
                write_by_command(database)
            with pytest.raises(UnreachableError, match="takes no writes: it is a standby"):
                downgrade_ledger(database.settings(), 1, LOCK_TIMEOUT, lambda *_: None, None)
            with open_for_command(database.settings()) as opened:
                assert opened.people.find("R1", 1) == []
            async with database.open("one", observed) as ledger:
                claiming = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), 30)
                assert not claiming.done()
                await asyncio.to_thread(standby.promote)
                assert isinstance(await asyncio.wait_for(claiming, 30), Fresh)

        assert "promote it, or let ledger.url name the server" in str(observed.troubles[0])
        assert observed.troubles[-1] is None

    async def test_without_tables_it_is_waited_for_too(self, postgres: Postgres) -> None:
        observed = Observed()
        with postgres.database() as name:
            read_only = f"ALTER DATABASE {name} SET default_transaction_read_only = "
            postgres.execute(read_only + "on")
            database = LedgerDatabase(postgres.url(name))
            with pytest.raises(UnreachableError, match="takes no writes"):
                upgrade_ledger(database.settings(), LOCK_TIMEOUT, lambda *_: None)
            with pytest.raises(LedgerError, match="there is no ledger yet"):
                write_by_command(database)
            async with AsyncExitStack() as stack:
                opened = database.open("one", observed)
                opening = asyncio.create_task(stack.enter_async_context(opened))
                await asyncio.wait_for(observed.troubled.wait(), 30)
                postgres.execute(read_only + "off")
                ledger: SqlLedger = await asyncio.wait_for(opening, 30)
                assert isinstance(await ledger.claim(SMS), Fresh)

        assert "takes no writes: it is a standby" in str(observed.troubles[0])
