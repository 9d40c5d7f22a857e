"""Which copy of a ledger a SQLite file is.

A copy that is to take the place of its ledger carries one mark more than the ledger has. So those
who still have the ledger open know it from any backup: a backup has no more marks than they see.
Whoever makes such a copy has the write lock when it is put in its place, and has seen that nothing
was written since it was made.
"""

from __future__ import annotations

import secrets
import sqlite3
import stat
import time
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from smsherald.errors import LedgerError
from smsherald.ledger.sql.database import AwayError, another
from smsherald.ledger.sql.files import RESTORE, in_words

_ID, _MARKS, _KEPT, _OVER = "ledger_id", "copies", "kept", "over"
"""Names in the table `meta`: the id, the marks, and as below."""
OF_ONE_FILE = (_KEPT, _OVER)
"""Those that say something of the very file in which they stand."""
_CHECK_FOR = 0.3
"""Seconds that reading through an existing file may take at start: it may hold gigabytes."""
_INSTRUCTIONS_A_LOOK = 10_000


class Kind(StrEnum):
    """What a copy was made for: the first letter of its mark."""

    WRITTEN_BACK = "w"
    """It is at its place, and may be open: what is beside it is its own."""
    KEPT = "k"
    """Nobody has opened it."""


def mark(kind: Kind) -> str:
    """Return one that no other copy has."""
    return f"{kind}{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a file says of itself."""

    ledger_id: str | None = None
    """None where it is no ledger."""
    marks: tuple[str, ...] = ()
    kept: str | None = None
    """The mark of the copy that was made when another file stood at the place of this one."""
    is_over: bool = False
    """Whether another file has taken its place: what was written since is there."""

    @property
    def is_unopened(self) -> bool:
        """Say whether nobody has opened it since it was made."""
        return bool(self.marks) and self.marks[-1].startswith(Kind.KEPT)

    def continues(self, ours: Lineage) -> bool:
        """Say whether this one was made of ours, and holds all that anybody relies on."""
        more = self.marks[len(ours.marks) :]
        same = (self.ledger_id, self.marks[: len(ours.marks)]) == (ours.ledger_id, ours.marks)
        # One that was kept at an earlier time lacks what was written since.
        return (
            same and bool(more) and (more[0] == ours.kept or more[0].startswith(Kind.WRITTEN_BACK))
        )


def of_open(driver: sqlite3.Connection) -> Lineage:
    """Read it from an open database. Raises sqlite3.Error."""
    query = "SELECT name, value FROM meta WHERE name IN (?, ?, ?, ?)"
    found = dict(driver.execute(query, (_ID, _MARKS, _KEPT, _OVER)).fetchall())
    marks = tuple(found.get(_MARKS, "").split())
    return Lineage(found.get(_ID), marks, found.get(_KEPT), _OVER in found)


def require_same(driver: sqlite3.Connection, ledger_id: str, path: Path) -> None:
    """See, in a transaction, which ledger was opened; end it and raise AwayError for another."""
    try:
        if of_open(driver).ledger_id == ledger_id:
            return
        problem = another(str(path))
    except sqlite3.Error as error:
        problem = AwayError(in_words(error, path))
    driver.rollback()
    raise problem


def has_log(driver: sqlite3.Connection) -> bool:
    """Say whether it is written by a write-ahead log."""
    return bool(driver.execute("PRAGMA journal_mode").fetchone() == ("wal",))


def require_whole(driver: sqlite3.Connection, place: str) -> None:
    """Read through the file for a moment; raise LedgerError if that finds it corrupt."""
    until = time.monotonic() + _CHECK_FOR
    driver.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS_A_LOOK)
    try:
        (found,) = driver.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    else:
        if found != "ok":
            message = f"{place}: is corrupt: {found}: {RESTORE}"
            raise LedgerError(message)
    finally:
        driver.set_progress_handler(None, 0)


def of_file(path: Path) -> Lineage:
    """Read it from a file that may be anything, and leave the file as it is.

    What stands beside it may be another's, so nothing but the file itself is read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Lineage()
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            return of_open(connection)
    except (OSError, sqlite3.Error):
        return Lineage()


def add_mark(driver: sqlite3.Connection, marks: tuple[str, ...], new: str) -> None:
    """Mark a file, which has these."""
    _write(driver, _MARKS, " ".join((*marks, new)))


def remember_kept(driver: sqlite3.Connection, its_mark: str) -> None:
    """Write which copy is kept, in the transaction that has begun."""
    _write(driver, _KEPT, its_mark)


def forget_kept(driver: sqlite3.Connection) -> None:
    """Write that none is."""
    driver.execute("DELETE FROM meta WHERE name = ?", (_KEPT,))


def end(driver: sqlite3.Connection) -> None:
    """Write that another file takes the place of this one, in the transaction that has begun."""
    _write(driver, _OVER, "yes")


def _write(driver: sqlite3.Connection, name: str, value: str) -> None:
    driver.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))
