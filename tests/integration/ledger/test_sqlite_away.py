"""A SQLite file that is away: locked, full, or so when it is opened or closed."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from pathlib import Path
from time import monotonic

from smsherald.model import Accepted, Fresh, Sent, Told
from support.disk import fill, small_disk
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms
from support.waiting import PATIENCE

SMS = an_sms()
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let another process hold the write lock until the end of the context."""
    command = [sys.executable, "-c", LOCK, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        yield


MEND = """
import fcntl, sys, time
with open(sys.argv[1], "r+b") as index:
    # The locks "write" and "recover" of SQLite's WAL-index, and its two headers.
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 120)
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 122)
    index.write(bytes(96))
    index.flush()
    print("mending", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def mended(path: Path, seconds: float) -> Iterator[None]:
    """Let another process mend the write-ahead log's index for so long, as after a crash."""
    index = f"{path}-shm"
    with subprocess.Popen(
        [sys.executable, "-c", MEND, index, str(seconds)], stdout=subprocess.PIPE
    ) as mending:
        assert mending.stdout is not None
        assert mending.stdout.readline() == b"mending\n"
        yield


class TestAway:
    """Nothing is raised: it waits, says why, and goes on."""

    async def test_locked_by_another_process(self, database: LedgerDatabase, path: Path) -> None:
        observed = Observed()
        async with database.open("one", observed, lock_timeout=0.2) as ledger:
            first = await ledger.claim(SMS)
            assert isinstance(first, Fresh)
            with locked(path):
                writing = asyncio.gather(
                    ledger.record(first, Accepted(a_sid("1"), "queued")),
                    ledger.claim(an_sms("second")),
                    ledger.known([a_sid("1")]),
                    ledger.told([Told(SMS.key, "sent", a_sid("1"), None)]),
                )
                await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
                assert not writing.done()
            outcome, second, known, _ = await asyncio.wait_for(writing, PATIENCE)

        assert isinstance(outcome, Sent)
        assert isinstance(second, Fresh)
        assert known <= {a_sid("1")}
        assert observed.troubles == ["database is locked", None]

    async def test_another_process_that_mends_what_a_killed_one_left_is_waited_for(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        observed = Observed()
        async with database.open("one", observed, lock_timeout=5.0) as ledger:
            with mended(path, 1.0):
                await ledger.claim(SMS)
                # This one only reads: it meets the lock later than one that writes.
                assert await ledger.untold(1) == []

        assert observed.troubles == []

    async def test_a_fence_counts_from_before_the_commit_that_succeeded(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        observed = Observed()
        async with database.open("one", observed, lock_timeout=0.2) as ledger:
            with locked(path):
                claiming = asyncio.ensure_future(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
            claim = await asyncio.wait_for(claiming, PATIENCE)

        assert isinstance(claim, Fresh)
        assert observed.since[0] < claim.claimed <= monotonic(), "not from the first try on"

    async def test_locked_when_it_is_opened(self, database: LedgerDatabase, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        observed = Observed()
        async with AsyncExitStack() as stack:
            opened = database.open("one", observed, lock_timeout=0.1)
            with locked(path):
                opening = asyncio.ensure_future(stack.enter_async_context(opened))
                await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
                assert not opening.done()
            ledger = await asyncio.wait_for(opening, PATIENCE)
            assert isinstance(await ledger.claim(SMS), Fresh)

        assert observed.troubles == [f"{path}: database is locked", None]

    async def test_full(self, tmp_path: Path) -> None:
        folder, observed = tmp_path / "disk", Observed()
        with small_disk(folder):
            database = LedgerDatabase(f"sqlite:///{folder}/ledger.db")
            async with database.open("one", observed) as ledger:
                fill(folder / "filler")
                smses = [an_sms(str(number)) for number in range(1_000)]
                waiting = asyncio.gather(*map(ledger.claim, smses))
                await asyncio.wait_for(observed.troubled.wait(), 30)
                (folder / "filler").unlink()
                claims = await waiting

        assert all(isinstance(claim, Fresh) for claim in claims)
        room = f"make room on the file system of {folder}/ledger.db"
        assert observed.troubles == [f"database or disk is full: {room}", None]

    async def test_closing_does_not_wait_for_it(self, database: LedgerDatabase, path: Path) -> None:
        observed = Observed()
        async with AsyncExitStack() as stack:
            opened = database.open("one", observed, lock_timeout=0.1)
            ledger = await stack.enter_async_context(opened)
            with locked(path):
                waiting = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
                # The lock stays until it is closed.
                async with asyncio.timeout(PATIENCE):
                    await stack.aclose()
        await asyncio.wait([waiting])

        assert waiting.cancelled()

    async def test_that_nobody_needs_as_the_daemon_ends_is_no_trouble(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        observed = Observed()
        async with AsyncExitStack() as stack:
            opened = database.open("one", observed, lock_timeout=0.1)
            ledger = await stack.enter_async_context(opened)
            await ledger.replicas("one", "1.0")
            with locked(path):
                async with asyncio.timeout(PATIENCE):
                    await stack.aclose()

        assert observed.troubles == []
        assert observed.left_with == ["database is locked"]

    async def test_to_give_up_opening_it_is_not_to_have_it_back(
        self, database: LedgerDatabase, path: Path
    ) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        observed = Observed()
        async with AsyncExitStack() as stack:
            opened = database.open("one", observed, lock_timeout=0.1)
            with locked(path):
                opening = asyncio.ensure_future(stack.enter_async_context(opened))
                await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
                opening.cancel()
                await asyncio.wait([opening], timeout=PATIENCE)

        assert opening.cancelled()
        assert observed.troubles == [f"{path}: database is locked"]
