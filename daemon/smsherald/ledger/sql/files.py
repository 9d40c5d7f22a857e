"""The files of an open SQLite database: how they are opened, and whether they are still there.

SQLite goes on writing into a file that has been deleted, or moved away: every commit succeeds, and
whoever opens the path next finds none of them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from smsherald.ledger.sql.database import AwayError, GoneError, ReadOnlyError
from smsherald.paths import Kind, has_no_room, kind_of
from smsherald.unit import giving, whom

_BESIDE = ("-wal", "-shm")
"""What was committed since the last checkpoint, and how processes lock each other out."""

_LOCK_ASKED_EVERY = 0.001
"""Seconds. Another process leaves gaps of some milliseconds between its commits, and SQLite's
own waiting, in steps of up to 100 ms, sleeps through them again and again."""

Inode: TypeAlias = tuple[int, int]
"""What tells a file from any other, as long as somebody has it open."""


class Files:
    """Knows each from when it first saw it."""

    owner: os.stat_result
    """Whose the file was when it was opened, and who may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.place = path.resolve()
        """Where SQLite has the file, and puts beside it what belongs to it."""
        self._paths = (str(self.path), *(f"{self.place}{part}" for part in _BESIDE))
        self._seen: dict[str, Inode] = {}

    def check(self) -> None:
        """Raise GoneError if another file, or none, is where one of them was."""
        for path in self._paths:
            found = _found(path)
            seen = self._seen.get(path)
            if seen is None:
                if found is not None:
                    self._seen[path] = found
            elif found is None:
                message = f"{path} has been deleted or moved; {self._until(path)}"
                raise GoneError(message)
            elif found != seen:
                message = (
                    f"{path} is another file than the one that was opened; {self._until(path)}"
                )
                raise GoneError(message)

    def _until(self, path: str) -> str:
        # What stood beside it is of no use to who has not opened it: a restart brings it into the
        # file, and makes another.
        return UNTIL if path == self._paths[0] else f"{UNTIL}, or {_RESTARTED}"

    def standing(self) -> os.stat_result | None:
        """Return the state of the file that stands at the path; None where there is none."""
        return _status(self._paths[0])

    def is_opened(self, standing: os.stat_result) -> bool:
        """Say whether that is the file that was opened."""
        return _inode(standing) == self._seen.get(self._paths[0])

    def require_opened(self) -> None:
        """Raise GoneError if the file itself is not at its place; of those beside it learn nothing.

        Before it has a log, what stands there is another process's, and goes with that.
        """
        standing = self.standing()
        if standing is None or not self.is_opened(standing):
            message = f"has been deleted, moved or replaced; {UNTIL}"
            raise GoneError(message)

    def require_successor(self) -> None:
        """Raise AwayError where none may be opened any more, or not yet: see `Storage`."""
        standing, log = self.standing(), _status(self._paths[1])
        if standing is None:
            message = f"{self.path} has been deleted or moved; {UNTIL}"
            raise AwayError(message)
        if log is not None and log.st_size and not self.is_opened(standing):
            message = (
                f"{self.path} has been replaced, and {self._paths[1]} may be of the one before: "
                "move that away, or, where it belongs to this one, restart the daemon"
            )
            raise AwayError(message)

    def opened_anew(self) -> None:
        """Know the file as before, and what is beside it from when it is first seen there.

        Whoever was the last to close it meanwhile has deleted that. Raises GoneError.
        """
        self.require_opened()
        self._seen = {self._paths[0]: self._seen[self._paths[0]]}

    def adopt(self, opened: os.stat_result) -> None:
        """Know this file from now on, and what is beside it from when it is first seen there."""
        self.owner = opened
        self._seen = {self._paths[0]: _inode(opened)}

    def clear_beside(self) -> None:
        """Delete what stands beside the path and was of the file that is gone.

        Whatever file is put there would be read together with it. Raises AwayError where it is
        another database's.
        """
        for path in self._paths[1:]:
            found = _found(path)
            if found is None:
                continue
            if found != self._seen.get(path):
                message = f"{path} is of another database, and must be moved away; {UNTIL}"
                raise AwayError(message)
            Path(path).unlink(missing_ok=True)


UNTIL = "nothing is sent until it is back"
_RESTARTED = "until all that use the ledger are restarted"
# A namespace has a mount's own flag as it was when it was made: of a unit, when that was started.
_READ_ONLY = (
    "is on a file system that is mounted read-only: mount it so that it is written; where this "
    "still says so, restart the daemon, which has its mounts as they were when it started"
)


def _found(path: str) -> Inode | None:
    status = _status(path)
    return None if status is None else _inode(status)


def _inode(status: os.stat_result) -> Inode:
    return status.st_dev, status.st_ino


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - In every transaction: this takes half as long.
    except FileNotFoundError:
        return None
    except OSError as error:
        todo = f"; let {whom(os.environ)} into its folder, or {AS_DAEMON}"
        message = f"cannot be looked at: {error.strerror}"
        raise AwayError(message + todo * isinstance(error, PermissionError)) from None


class Connector:
    """Opens the file, which it never makes; `opened` is what it returns next instead, if any."""

    takes_no_writes = False
    """Whether what was opened has refused a write. SQLite opens what may only be read without a
    word, and keeps it like that, whatever becomes of the files' permissions."""

    def __init__(self, path: Path, lock_timeout: float) -> None:
        self.path = path
        self.lock_timeout = lock_timeout
        self.opened: sqlite3.Connection | None = None
        self._uri = f"{path.as_uri()}?mode=rw"

    def __call__(self) -> sqlite3.Connection:
        """Return a connection, as SQLAlchemy asks for one."""
        opened, self.opened = self.opened, None
        return opened or self.open()

    def open(self) -> sqlite3.Connection:
        """Open what stands at the path."""
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=self.lock_timeout,
            # The driver begins nothing by itself: transactions begin as below.
            isolation_level=None,
            # It is closed on the thread that ends the process.
            check_same_thread=False,
        )
        try:
            # A commit is on the disk before anybody acts on it.
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        self.takes_no_writes = False
        return connection

    def note(self, error: BaseException) -> None:
        """Take note of what a statement failed with."""
        self.takes_no_writes |= _code(error) == sqlite3.SQLITE_READONLY

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Take note of what is inside."""
        try:
            yield
        except sqlite3.Error as error:
            self.note(error)
            raise

    def require_writes(self, driver: sqlite3.Connection) -> None:
        """Raise ReadOnlyError where it takes none; BEGIN IMMEDIATE does not say so."""
        version = self.begin(driver, "BEGIN IMMEDIATE")
        try:
            driver.execute(f"PRAGMA user_version = {version}")
        except sqlite3.OperationalError as error:
            self.note(error)
            if self.takes_no_writes:
                raise ReadOnlyError(in_words(error, self.path)) from None
            raise
        finally:
            driver.rollback()

    def is_to_open_anew(self) -> bool:
        """Say whether what took no writes would take them if it were opened now."""
        return self.takes_no_writes and _why_not_written(self.path.resolve()) is None

    def begin(self, driver: sqlite3.Connection, statement: str) -> int:
        """Begin a transaction, and return the version that it finds.

        By the driver itself: it comes with every transaction, and SQLAlchemy would take ten times
        as long. Raises AwayError where it takes longer than `lock_timeout`.
        """
        until = time.monotonic() + self.lock_timeout
        while True:
            try:
                driver.execute(statement)
                # A transaction that only reads meets a lock here: its BEGIN takes none.
                (version,) = driver.execute("PRAGMA user_version").fetchone()
            except sqlite3.DatabaseError as error:
                driver.rollback()
                self.note(error)
                # Another process may also be mending the write-ahead log of a third.
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise AwayError(in_words(error, self.path)) from None
                time.sleep(_LOCK_ASKED_EVERY)
            else:
                return int(version)


RESTORE = (
    "stop all that use it, and put in its place the newest backup that you have, with no -wal and "
    "no -shm beside it"
)


def in_words(error: BaseException | None, path: Path) -> str:
    """Return what the driver said, and what to do; of a file that may not be written, why."""
    code = _code(error)
    if code == sqlite3.SQLITE_CORRUPT:
        return f"{error}: {RESTORE}"
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and has_no_room(path)):
        return f"database or disk is full: make room on the file system of {path}"
    is_kept_out = code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
    return (_why_not_written(path.resolve()) if is_kept_out else None) or str(error)


def _code(error: BaseException | None) -> int:
    """Return SQLite's code. The low byte: the others say where it noticed it."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)) & 0xFF


def _why_not_written(path: Path) -> str | None:
    try:
        if os.statvfs(path.parent).f_flag & os.ST_RDONLY:
            return _READ_ONLY
    except OSError as failed:
        return f"{path.parent}: {failed.strerror}"
    for file in (path, *(Path(f"{path}{part}") for part in _BESIDE)):
        if kind_of(file) is Kind.FILE and not _may(file, os.R_OK | os.W_OK):
            return f"{file.name} {_denied()}: {giving(os.environ, file, 'rw')}, or {AS_DAEMON}"
    if not _may(path.parent, os.R_OK | os.W_OK | os.X_OK):
        return why_not_in(path.parent)
    return None


AS_DAEMON = "run this as the user that the daemon runs as"


def why_not_in(folder: Path) -> str:
    """Say who may not write into it, and what to do."""
    remedy = giving(os.environ, folder, "rwx")
    return f"its folder {_denied()}, for the files beside it: {remedy}, or {AS_DAEMON}"


def _denied() -> str:
    return f"may not be read and written by {whom(os.environ)}"


def _may(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=True)
