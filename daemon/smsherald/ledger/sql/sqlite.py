"""The ledger in one SQLite file: opening and checking it, its version, and its dialect."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from smsherald.errors import LedgerError
from smsherald.ledger.sql import lineage
from smsherald.ledger.sql.address import file_of
from smsherald.ledger.sql.beside import (
    mark_log,
    require_log_of,
    require_none_kept,
    require_own_log,
)
from smsherald.ledger.sql.database import (
    AwayError,
    GoneError,
    ReadOnlyError,
    changed,
    insists_on,
    known,
    reads_only,
)
from smsherald.ledger.sql.files import Connector, Files, in_words
from smsherald.ledger.sql.lineage import Lineage
from smsherald.ledger.sql.mending import Mender
from smsherald.ledger.sql.parameters import WithValues
from smsherald.ledger.sql.statements import Dialect

_APPLICATION_ID = 0x736D7368
"""`smsh`, in the header of the file: the ledger is not taken for another program's database."""

_SEEN = "smsherald_ledger"
"""What a connection remembers: that it was seen which ledger it has open."""

DIALECT = Dialect(now="((julianday('now') - 2440587.5) * 86400.0)", write=WithValues)


class SqliteFile:
    """One SQLite file; see `Storage`."""

    dialect = DIALECT
    upgrades_at_start = True

    def __init__(
        self, connection: Connection, place: str, files: Files, connector: Connector
    ) -> None:
        self.connection = connection
        self.place = place
        self._files = files
        self._connector = connector
        self.found = self.version()
        driver = _driver(connection)
        require_none_kept(files.path, lineage.of_open(driver) if self.found else Lineage())
        if self.found:
            lineage.require_whole(driver, place)
        _wait_by_ourselves(driver)

    def prepare(self) -> None:
        """See `Storage`; the file's header says that it has a write-ahead log."""
        try:
            self._files.require_opened()
        except GoneError as gone:
            self._let_go_where_read_only(gone)
            raise
        driver = _writing(self.connection, self._files, self._connector)
        self._connector.require_writes(driver)
        if not lineage.has_log(driver):
            driver.execute(f"PRAGMA busy_timeout = {round(self._connector.lock_timeout * 1000)}")
            with self._connector.noting():
                driver.execute("PRAGMA journal_mode = WAL")
            _wait_by_ourselves(driver)

    def _let_go_where_read_only(self, gone: GoneError) -> None:
        """Raise ReadOnlyError where nothing can be lost by closing what was opened.

        While it is open it keeps others from what has taken its place.
        """
        driver = _driver(self.connection)
        # Without a log, to try would put a journal beside what stands there now.
        if not lineage.has_log(driver):
            return
        try:
            self._connector.require_writes(driver)
        except ReadOnlyError:
            raise ReadOnlyError(str(gone)) from None

    def version(self) -> int:
        """See `Storage`."""
        return _version(_driver(self.connection), self.place)

    def stamp(self, version: int) -> None:
        """See `Storage`; the file's header says that it is ours, and which version it is."""
        driver = _driver(self.connection)
        driver.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        driver.execute(f"PRAGMA user_version = {version}")

    def take_time(self) -> None:
        """See `Storage`; they do anyway."""

    def translated(self) -> AbstractContextManager[None]:
        """See `Storage`."""
        return _translated(self.place)

    def check(self) -> None:
        """See `Storage`."""
        _insist(_driver(self.connection), self._files)

    def mark(self, ledger_id: str) -> None:
        """See `Storage`: its write-ahead log, of which a file must have the id before."""
        with contextlib.suppress(sqlite3.Error):
            driver = _driver(self.connection)
            busy, pages, written = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if not busy and pages == written:
                mark_log(self._files.place, ledger_id)

    def mend(self) -> str | None:
        """See `Storage`."""
        driver, connector = _driver(self.connection), self._connector
        begin = partial(connector.begin, driver, "BEGIN IMMEDIATE")
        insisted = insists_on(self.connection)
        ledger_id = insisted.ledger_id if insisted is not None else None
        mended = Mender(driver, self._files, ledger_id, begin, connector.open).mend()
        if mended is None:
            return None
        _wait_by_ourselves(mended.connection)
        connector.opened = mended.connection
        # It connects anew by itself, and keeps its options.
        self.connection.invalidate()
        self._files.adopt(mended.file)
        self._files.check()
        return mended.how

    def close(self) -> None:
        """Bring the write-ahead log into the file, unless another process prevents it; close."""
        with self.translated(), contextlib.suppress(sqlite3.OperationalError):
            _driver(self.connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.connection.close()
        self.connection.engine.dispose()

    def require_successor(self) -> None:
        """See `Storage`."""
        self._files.require_successor()


def open_storage(url: URL, lock_timeout: float) -> SqliteFile:
    """Open the file, an empty one where none is there yet.

    Raises LedgerError where an operator must act: not a ledger, corrupt, or of a newer version;
    it is left as it is. Raises AwayError where it may be there later: locked for longer than
    `lock_timeout` seconds, read-only, or the disk full.
    """
    path = file_of(url)
    place = str(path)
    files = Files(path)
    with _translated(place):
        # First: of what nobody may look at, nothing else is known.
        is_new = files.standing() is None
        require_own_log(files.place)
        require_log_of(files.place)
        if is_new:
            # Before one is made. Where the folder cannot be read, opening says so.
            with contextlib.suppress(PermissionError):
                require_none_kept(files.path, Lineage())
    # It holds phone numbers. Where this fails, SQLite fails next, and says why. One that is there
    # is not opened: closing it would drop the locks that this process has on it (POSIX), and the
    # next process that closes the database would take itself for the last, and delete its log.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.ExitStack() as undo:
        connector = Connector(files.path, lock_timeout)
        engine = _engine(url, place, files, connector)
        undo.callback(engine.dispose)
        with _translated(place):
            if (standing := files.standing()) is not None:
                files.adopt(standing)
            connection = undo.enter_context(engine.connect())
            storage = SqliteFile(connection, place, files, connector)
        undo.pop_all()
    return storage


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except AwayError as error:
        raise type(error)(f"{place}: {error}") from None
    except (DatabaseError, sqlite3.DatabaseError) as error:
        said = error.orig if isinstance(error, DatabaseError) else error
        message = f"{place}: {in_words(said, Path(place))}"
        # A statement that is wrong is no better later.
        is_wrong = getattr(said, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
        if isinstance(said, sqlite3.OperationalError) and not is_wrong:
            raise AwayError(message) from None
        raise LedgerError(message) from None


def _engine(url: URL, place: str, files: Files, connector: Connector) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        paramstyle="named",
        creator=connector,
        # An error must not show numbers and texts.
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        wanted = insists_on(connection)
        if wanted is not None:
            _insist(_driver(connection), files)
        driver = _writing(connection, files, connector)
        # A deferred transaction that turns out to write fails at once if another has written.
        statement = "BEGIN" if reads_only(connection) else "BEGIN IMMEDIATE"
        found = connector.begin(driver, statement)
        if wanted is not None and wanted.version != found:
            driver.rollback()
            raise changed(place)
        if wanted is not None and _SEEN not in connection.info:
            lineage.require_same(driver, wanted.ledger_id, files.path)
            connection.info[_SEEN] = True

    @event.listens_for(engine, "handle_error")
    def say(context: ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, sqlite3.Error):
            connector.note(error)
            error.args = (in_words(error, files.path),)

    return engine


def _insist(driver: sqlite3.Connection, files: Files) -> None:
    """See that the files are still those that were opened; raises AwayError."""
    try:
        files.check()
    except AwayError:
        # Where the write-ahead log was deleted, all that it holds would go with this process.
        with contextlib.suppress(sqlite3.Error):
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)")
        raise


def _driver(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection: a pragma must not begin a transaction."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _writing(connection: Connection, files: Files, connector: Connector) -> sqlite3.Connection:
    """Return the driver's connection; one that took no writes is opened anew once it may take them.

    Closed before the other is opened: in one process they would share what may only be read.
    """
    if connector.is_to_open_anew():
        files.require_opened()
        connection.invalidate()
        _wait_by_ourselves(_driver(connection))
        files.opened_anew()
    return _driver(connection)


def _wait_by_ourselves(driver: sqlite3.Connection) -> None:
    """Let it fail at once where it meets a lock: `Connector.begin` waits in its place."""
    driver.execute("PRAGMA busy_timeout = 0")


def _version(driver: sqlite3.Connection, place: str) -> int:
    """Return the version of a ledger, 0 for an empty file; raise LedgerError for all else."""
    ((version,), (application,), (tables,)) = (
        driver.execute(query).fetchone()
        for query in (
            "PRAGMA user_version",
            "PRAGMA application_id",
            "SELECT count(*) FROM sqlite_master",
        )
    )
    if tables == version == application == 0:
        return 0
    if application != _APPLICATION_ID:
        message = f"{place}: is the database of another program"
        raise LedgerError(message)
    return known(place, version)
