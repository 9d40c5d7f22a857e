"""Nobody opens a SQLite file of which another process has something else open."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from smsherald.errors import LedgerError, UnreachableError
from smsherald.ledger import open_for_command, upgrade_ledger
from smsherald.ledger.sql import lineage
from support.freezing import freeze
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, a_sid, an_sms

TESTS = Path(__file__).parents[2]
SMS = an_sms("claimed")


@pytest.fixture
def process(database: LedgerDatabase) -> Iterator[subprocess.Popen[str]]:
    """Let another process have it open, with a claim that stands in the write-ahead log alone."""
    command = [sys.executable, "-m", "support.ledger_process", database.url, "claim", "claimed"]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Fresh\n"
        yield process
        process.kill()


def look(database: LedgerDatabase) -> None:
    with open_for_command(database.settings(), LOCK_TIMEOUT) as ledger:
        ledger.people.resolve(SMS.key, a_sid("1"))


def upgrade(database: LedgerDatabase) -> None:
    upgrade_ledger(database.settings(), LOCK_TIMEOUT, lambda *_: None)


def part(path: Path, name: str) -> Path:
    return path.with_name(path.name + name)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def both(path: Path) -> None:
    for name in ("-wal", "-shm"):
        part(path, name).unlink()


GONE: dict[str, tuple[Callable[[Path], object], str]] = {
    "the file": (lambda path: path.unlink(), "its own file was deleted, moved or replaced"),
    "what is in the file": (empty, "was emptied while process"),
    "its log": (lambda path: part(path, "-wal").unlink(), "ledger.db-wal, which process"),
    "its shared memory": (
        lambda path: part(path, "-shm").unlink(),
        "ledger.db-shm is not what process",
    ),
    "both": (
        both,
        "ledger.db-shm is not what process",
    ),
}


@pytest.mark.parametrize("refused", [look, upgrade])
@pytest.mark.parametrize("gone", GONE)
def test_no_command_puts_anything_in_the_place_of_what_was_deleted(
    database: LedgerDatabase,
    path: Path,
    process: subprocess.Popen[str],
    refused: Callable[[LedgerDatabase], None],
    gone: str,
) -> None:
    delete, said = GONE[gone]
    # It would bring back what vanished.
    freeze(process.pid)
    delete(path)
    before = sorted(path.parent.iterdir())

    with pytest.raises(UnreachableError, match=said):
        refused(database)

    assert sorted(path.parent.iterdir()) == before


def test_it_is_opened_once_that_process_has_ended(
    database: LedgerDatabase, path: Path, process: subprocess.Popen[str]
) -> None:
    part(path, "-shm").unlink()
    process.kill()
    process.wait()

    look(database)

    row = database.row(SMS.key)
    assert row is not None
    assert row["state"] == "sending"


@pytest.fixture
def _attributes(tmp_path: Path) -> None:
    """Skip where the filesystem keeps no attributes: there nothing can be told by one."""
    try:
        os.setxattr(tmp_path, "user.smsherald.test", b"")
    except OSError as error:
        pytest.skip(f"{tmp_path} keeps no attributes: {error.strerror}")


def another_ledger(path: Path) -> None:
    upgrade(LedgerDatabase(f"sqlite:///{path}"))


@pytest.mark.usefixtures("_attributes")
def test_what_a_killed_process_left_goes_into_no_other_ledger(
    database: LedgerDatabase,
    path: Path,
    process: subprocess.Popen[str],
) -> None:
    process.kill()
    process.wait()
    other = path.with_name("other.db")
    another_ledger(other)
    ours = path.rename(path.with_name("ours.db"))
    other.rename(path)
    files = (path, part(path, "-wal"), part(path, "-shm"))
    before = [each.read_bytes() for each in files]

    for refused in (look, upgrade):
        with pytest.raises(LedgerError, match=r"is not the ledger that ledger\.db-wal is of"):
            refused(database)
    assert [each.read_bytes() for each in files] == before

    path.unlink()
    ours.rename(path)
    look(database)
    assert database.row(SMS.key) is not None


def first_page(log: bytes) -> bytes:
    """Return it as a write-ahead log has it (sqlite.org/fileformat2.html#walformat)."""
    size = int.from_bytes(log[8:12], "big")
    frames = [log[at : at + 24 + size] for at in range(32, len(log), 24 + size)]
    return next(frame[24:] for frame in reversed(frames) if frame[:4] == bytes([0, 0, 0, 1]))


@pytest.mark.usefixtures("_attributes")
def test_a_file_that_was_killed_while_its_log_was_written_into_it_is_read_with_that(
    database: LedgerDatabase, path: Path, process: subprocess.Popen[str]
) -> None:
    with closing(sqlite3.connect(path)) as more:
        more.executescript("CREATE TABLE more (x); INSERT INTO more VALUES (zeroblob(100000))")
    process.kill()
    process.wait()
    # The first page is written first, and says how many there will be.
    with path.open("r+b") as file:
        file.write(first_page(part(path, "-wal").read_bytes()))
    assert lineage.of_file(path) == lineage.Lineage()

    look(database)
    assert database.row(SMS.key) is not None


def test_another_ledger_is_taken_once_that_is_moved_away(
    database: LedgerDatabase, path: Path, process: subprocess.Popen[str]
) -> None:
    process.kill()
    process.wait()
    path.unlink()
    for name in ("-wal", "-shm"):
        part(path, name).rename(path.with_name(f"ours.db{name}"))
    another_ledger(path)

    with open_for_command(database.settings(), LOCK_TIMEOUT) as ledger:
        assert ledger.people.find(SMS.key, 1) == []
