"""Nobody opens a SQLite file of which another process has something else open."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smsherald.errors import UnreachableError
from smsherald.ledger import open_for_command, upgrade_ledger
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
