"""A SQLite file that is deleted, moved or replaced under a daemon that has it open."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from smsherald.ledger import SqlLedger
from smsherald.ledger.commit import worker
from smsherald.model import Accepted, Busy, Done, Fresh, Sent
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, fresh
from support.waiting import PATIENCE

TESTS = Path(__file__).parents[2]
BEFORE, SECOND = an_sms("before"), an_sms("second")


@pytest.fixture
async def ledger(
    database: LedgerDatabase, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SqlLedger]:
    """Open it, with an SMS that was sent and another that is on its way."""
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.2)
    async with database.open("one", observed) as opened:
        await opened.record(await fresh(opened, BEFORE), Accepted(a_sid("1"), "queued"))
        yield opened


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.01)


def part(path: Path, name: str) -> Path:
    return path.with_name(path.name + name)


def replace_by_a_copy(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.replace(path)


def replace_by_another(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE sms (body TEXT)")


def back(path: Path) -> None:
    """Move its folder back."""
    Path(f"{path.parent}-elsewhere").rename(path.parent)


GONE: dict[str, Callable[[Path], object]] = {
    "the file is deleted": lambda path: path.unlink(),
    "the file is moved": lambda path: path.rename(path.with_name("elsewhere")),
    "the file is replaced by a copy of itself": replace_by_a_copy,
    "the file is replaced by another database": replace_by_another,
    "its folder is moved": lambda path: path.parent.rename(f"{path.parent}-elsewhere"),
    "its write-ahead log is deleted": lambda path: part(path, "-wal").unlink(),
    "its write-ahead log is replaced": lambda path: replace_by_a_copy(part(path, "-wal")),
    "its shared memory is deleted": lambda path: part(path, "-shm").unlink(),
}
each_way = pytest.mark.parametrize("way", GONE)
MENDED = {"the file is deleted", "the file is moved"}
"""The daemon writes it back by itself: see test_sqlite_mended."""


class TestNoticed:
    """The ledger is away, and says so."""

    @each_way
    async def test_while_nothing_is_asked_of_it(
        self, ledger: SqlLedger, observed: Observed, path: Path, way: str
    ) -> None:
        del ledger
        GONE[way](path)

        await until(lambda: len(observed.troubles) == 1)

        (problem,) = observed.troubles
        assert str(path) in str(problem)
        assert "nothing is sent until it is back" in str(problem)

    @pytest.mark.parametrize("way", sorted(GONE.keys() - MENDED))
    async def test_before_the_next_batch_of_which_nothing_is_written_or_answered(
        self, ledger: SqlLedger, observed: Observed, path: Path, way: str
    ) -> None:
        on_its_way = await fresh(ledger, SECOND)
        GONE[way](path)
        work = [
            asyncio.ensure_future(ledger.claim(an_sms("third"))),
            asyncio.ensure_future(ledger.record(on_its_way, Accepted(a_sid("2"), "queued"))),
        ]
        await until(lambda: len(observed.troubles) == 1)
        commits = len(observed.commits)

        done, waiting = await asyncio.wait(work, timeout=1.0)

        assert (len(done), len(waiting)) == (0, 2)
        assert len(observed.commits) == commits
        for each in waiting:
            each.cancel()

    async def test_after_a_commit_that_nobody_will_find(
        self, ledger: SqlLedger, observed: Observed, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        transactions = ledger._transactions  # noqa: SLF001 - the moment between two of its lines
        real = transactions._claim  # noqa: SLF001

        def moved_meanwhile(*arguments: object) -> None:
            real(*arguments)  # type: ignore[arg-type] # It is handed on as it came.
            GONE["its folder is moved"](path)

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(transactions, "_claim", moved_meanwhile)
            claiming = asyncio.ensure_future(ledger.claim(SECOND))
            await until(lambda: len(observed.troubles) == 1)
            assert not claiming.done()
        back(path)

        claim = await asyncio.wait_for(claiming, PATIENCE)
        assert isinstance(claim, Fresh)
        assert claim.claim_number == 1


class TestBack:
    """It heals when what was opened is back, and never with anything else."""

    async def test_the_folder_that_was_moved(
        self, ledger: SqlLedger, observed: Observed, path: Path, database: LedgerDatabase
    ) -> None:
        on_its_way = await fresh(ledger, SECOND)
        GONE["its folder is moved"](path)
        await until(lambda: len(observed.troubles) == 2)
        recording = asyncio.ensure_future(ledger.record(on_its_way, Accepted(a_sid("2"), "queued")))
        claiming = asyncio.ensure_future(ledger.claim(BEFORE))
        await asyncio.sleep(0.5)
        back(path)

        async with asyncio.timeout(PATIENCE):
            assert isinstance(await recording, Sent)
            assert isinstance(await claiming, Done)
        why = "is gone, and cannot be brought back: No such file or directory"
        assert observed.troubles[1:] == [f"{path} {why}; nothing is sent until it is back", None]
        assert observed.mendings == []
        assert (database.row(SECOND.key) or {})["state"] == "sent"

    @pytest.mark.parametrize("name", ["-wal", "-shm"])
    async def test_after_a_restart_where_only_what_stood_beside_it_was_deleted(
        self, database: LedgerDatabase, path: Path, name: str
    ) -> None:
        observed = Observed()
        async with database.open("one", observed) as ledger:
            await ledger.record(await fresh(ledger, BEFORE), Accepted(a_sid("1"), "queued"))
            part(path, name).unlink()
            await until(lambda: len(observed.troubles) == 1)

        async with database.open("again") as again:
            assert isinstance(await again.claim(BEFORE), Done)

    async def test_of_one_process_that_opens_it_twice(
        self, ledger: SqlLedger, observed: Observed, database: LedgerDatabase
    ) -> None:
        async with database.open("two") as two:
            assert isinstance(await two.claim(BEFORE), Done)
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM sms')"
        path = database.url.removeprefix("sqlite:///")
        # Who closes it last deletes what stands beside it: that one must see that it is not.
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, path], check=True)

        assert isinstance(await ledger.claim(SECOND), Fresh)
        assert observed.troubles == []

    def test_after_a_kill_too(self, database: LedgerDatabase, path: Path) -> None:
        command = [sys.executable, "-m", "support.ledger_process", database.url, "claim", "before"]
        environment = {**os.environ, "PYTHONPATH": str(TESTS)}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "Fresh\n"
            part(path, "-wal").unlink()
            asyncio.run(until(lambda: _has(path, BEFORE.key)))
            process.kill()
        part(path, "-shm").unlink(missing_ok=True)

        async def again() -> object:
            async with database.open("again") as ledger:
                return await ledger.claim(BEFORE)

        assert isinstance(asyncio.run(again()), Busy)


def _has(path: Path, key: str) -> bool:
    """Say whether the file itself has a key, without opening it as a database."""
    return key.encode() in path.read_bytes()
