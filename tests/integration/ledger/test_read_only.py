"""A ledger that takes no writes: what is said names cause and remedy, and it is waited for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from smsherald.errors import LedgerError, UnreachableError
from smsherald.ledger import SqlLedger, downgrade_ledger, open_for_command, upgrade_ledger
from smsherald.model import Fresh
from support.disk import small_disk
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, an_sms
from support.postgres import Postgres

SMS = an_sms()
NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be somebody to whom permissions mean something; root has leave to do all."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


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
            (0o444, 0o777, "the ledger: may not be read and written by user "),
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
