"""What is refused leaves a file as it is, an empty one too, and makes none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from smsherald.errors import LedgerError
from smsherald.ledger import (
    copy_ledger,
    downgrade_ledger,
    open_for_command,
    open_ledger,
    upgrade_ledger,
)
from smsherald.ledger.moving import InUseError, Wishes
from smsherald.ledger.sql.address import forget_empty
from smsherald.ledger.sql.database import Storage
from smsherald.ledger.sql.sqlite import open_storage
from smsherald.settings.secret import Secret
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, SystemClock, an_sms, sent

WISHES = Wishes(lambda *_: None, lambda *_: None)


def look(path: Path) -> None:
    with open_for_command(at(path).settings()):
        pytest.fail("it was opened")


def go_back(path: Path) -> None:
    downgrade_ledger(at(path).settings(), 1, LOCK_TIMEOUT, lambda *_: None, lambda *_: None)


def move(path: Path) -> None:
    to = Secret(f"sqlite:///{path.parent}/other.db")
    copy_ledger(at(path).settings(), to, LOCK_TIMEOUT, WISHES)


def at(path: Path) -> LedgerDatabase:
    return LedgerDatabase(f"sqlite:///{path}")


@pytest.mark.parametrize("refused", [look, go_back, move])
class TestNoLedger:
    """Who needs one is told that there is none."""

    def test_an_empty_file_stays_empty(self, refused: Callable[[Path], None], path: Path) -> None:
        path.touch()
        with pytest.raises(LedgerError, match="there is no ledger yet"):
            refused(path)

        assert path.read_bytes() == b""
        assert list(path.parent.iterdir()) == [path]

    def test_a_database_without_tables_stays_as_it_is(
        self, refused: Callable[[Path], None], path: Path
    ) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("CREATE TABLE gone (it); DROP TABLE gone")
        before = path.read_bytes()
        with pytest.raises(LedgerError, match="there is no ledger yet"):
            refused(path)

        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]

    def test_none_is_made(self, refused: Callable[[Path], None], path: Path) -> None:
        with pytest.raises(LedgerError, match="there is no ledger yet"):
            refused(path)

        assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("is_there", [False, True])
async def test_a_copy_that_is_refused_makes_no_other_one(path: Path, *, is_there: bool) -> None:
    other = path.with_name("other.db")
    if is_there:
        other.touch()
    async with at(path).open():
        # In use by this process, as by another: its own locks are not looked at.
        before = sorted(path.parent.iterdir())
        await_word = Wishes(_says_again(path), WISHES.on_rows)
        with pytest.raises(InUseError):
            copy_ledger(at(path).settings(), Secret(at(other).url), LOCK_TIMEOUT, await_word)

        assert sorted(path.parent.iterdir()) == before
        assert not is_there or other.read_bytes() == b""


def _says_again(path: Path) -> Callable[[str, float], None]:
    def again(*_: object) -> None:
        with at(path).connect() as connection:
            connection.exec_driver_sql("UPDATE replica SET seen_at = seen_at + 1")

    with at(path).connect() as connection:
        connection.exec_driver_sql("INSERT INTO replica VALUES ('two', '1.0', 4e9)")
    return again


async def start(path: Path) -> None:
    async with at(path).open():
        pytest.fail("it was opened")


async def upgrade(path: Path) -> None:
    upgrade_ledger(at(path).settings(), LOCK_TIMEOUT, lambda *_: None)


@pytest.mark.parametrize("begin", [start, upgrade])
async def test_beside_a_copy_that_is_kept_none_is_made(
    path: Path, begin: Callable[[Path], Awaitable[None]]
) -> None:
    kept = path.with_name("ledger.db.kept-01234567")
    kept.touch()
    with pytest.raises(LedgerError, match="another ledger was in its place"):
        await begin(path)

    assert list(path.parent.iterdir()) == [kept]


async def test_a_daemon_whose_empty_file_a_command_takes_away_makes_another(path: Path) -> None:
    taken, observed = [path], Observed()

    def opener(url: URL, lock_timeout: float) -> Storage:
        storage = open_storage(url, lock_timeout)
        if taken:
            taken.pop().unlink()
        return storage

    settings = at(path).settings()
    async with (
        asyncio.timeout(30),
        open_ledger(
            settings, "one", SystemClock(), observed, LOCK_TIMEOUT, opener=opener
        ) as ledger,
    ):
        await sent(ledger, an_sms())

    assert ledger.is_new
    assert observed.troubles == []
    assert at(path).row(an_sms().key)


def test_an_empty_file_that_is_being_written_is_not_taken_away(path: Path) -> None:
    path.touch()
    url = make_url(at(path).url)
    with closing(sqlite3.connect(path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        forget_empty(url)
        assert path.exists()

    forget_empty(url)
    assert not path.exists()
