"""A copy of an open SQLite database: whole or not at all, and never in the place of anything."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from smsherald.ledger.sql.lineage import add_mark


@contextmanager
def copied(
    driver: sqlite3.Connection, to: Path, owner: os.stat_result, marks: tuple[str, ...], new: str
) -> Iterator[Path]:
    """Copy all that is committed, onto the disk; the copy is gone at the end of the context.

    It has the owner and the permissions of `owner`, and one mark more, and lies in a folder of its
    own beside `to`. Raises OSError and sqlite3.Error.
    """
    with TemporaryDirectory(
        prefix=f".{to.name}-", dir=to.parent, ignore_cleanup_errors=True
    ) as folder:
        copy = Path(folder) / to.name
        os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(copy, isolation_level=None)) as target:
            driver.backup(target)
            # Else the mark would be in a write-ahead log, and an error of closing is not told.
            target.execute("PRAGMA journal_mode = DELETE")
            add_mark(target, marks, new)
        with suppress(PermissionError):
            os.chown(copy, owner.st_uid, owner.st_gid)
        copy.chmod(owner.st_mode & 0o777)
        _sync(copy)
        yield copy


def put(copy: Path, to: Path) -> None:
    """Let it stand at `to` as well; raises FileExistsError where anything is there."""
    to.hardlink_to(copy)
    _sync(to.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
