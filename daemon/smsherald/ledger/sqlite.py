"""The ledger in one SQLite file: opening, checking and making it, and its dialect."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from string import Template
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from smsherald.errors import LedgerError
from smsherald.ledger import phones, schema
from smsherald.ledger.database import AwayError, Database, reads_only
from smsherald.ledger.statements import Columns, Dialect, statements

_APPLICATION_ID = 0x736D7368
"""`smsh`, in the header of the file: the ledger is not taken for another program's database."""
_CHECK_FOR = 0.3
"""Seconds that reading through an existing file may take at start: it may hold gigabytes."""
_INSTRUCTIONS_A_LOOK = 10_000


def _rows(columns: Columns) -> str:
    parts = ", ".join(f'value ->> {place} AS "{name}"' for place, (name, _) in enumerate(columns))
    return Template("SELECT $parts FROM json_each(:batch)").substitute(parts=parts)


DIALECT = Dialect(now="((julianday('now') - 2440587.5) * 86400.0)", rows=_rows)


def open_database(url: URL, lock_timeout: float) -> Database:
    """Open the file, and make it where it is not there yet.

    Raises LedgerError where an operator must act: not a ledger, corrupt, or of a newer version;
    it is left as it is. Raises AwayError where it may be there later: locked for longer than
    `lock_timeout` seconds, read-only, or the disk full.
    """
    path = _path(url)
    # It holds phone numbers. Where this fails, SQLite fails next, and says why.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        with contextlib.ExitStack() as undo:
            engine = _engine(url, lock_timeout)
            undo.callback(engine.dispose)
            connection = undo.enter_context(engine.connect())
            _prepare(connection, path)
            phone_key = _phone_key(connection, path)
            undo.pop_all()
    except (DatabaseError, sqlite3.DatabaseError) as error:
        said = error.orig if isinstance(error, DatabaseError) else error
        message = f"{path}: {said}"
        if isinstance(said, sqlite3.OperationalError):
            raise AwayError(message) from None
        raise LedgerError(message) from None
    made = statements(DIALECT, engine.dialect)
    return Database(connection, made, phone_key, DIALECT.now, lambda: _close(connection))


def _path(url: URL) -> Path:
    if url.database is None or url.database in {"", ":memory:"} or url.query:
        message = "ledger.url: name a file, as in sqlite:///ledger.db, and nothing behind it"
        raise LedgerError(message)
    path = Path(url.database)
    if not path.absolute().parent.is_dir():
        message = f"{path}: the folder does not exist"
        raise LedgerError(message)
    if path.is_dir():
        message = f"{path}: is a folder"
        raise LedgerError(message)
    return path


def _engine(url: URL, lock_timeout: float) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        paramstyle="named",
        # The driver begins nothing by itself: transactions begin as below.
        connect_args={"timeout": lock_timeout, "isolation_level": None},
        # An error must not show numbers and texts.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # A commit is on the disk before anybody acts on it.
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns out to write fails at once if another has written.
        connection.exec_driver_sql("BEGIN" if reads_only(connection) else "BEGIN IMMEDIATE")

    return engine


def _driver(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection: a pragma must not begin a transaction."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _prepare(connection: Connection, path: Path) -> None:
    """Check an existing file, make a new one. Raises LedgerError, or the database's errors."""
    driver = _driver(connection)
    if _version(driver, path):
        _check(driver, path)
    if driver.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        driver.execute("PRAGMA journal_mode = WAL")
    with connection.begin():
        # Another process may have made it since.
        if _version(driver, path):
            return
        schema.metadata.create_all(connection)
        connection.execute(
            insert(schema.meta), {"name": "phone_key", "value": phones.new_key().hex()}
        )
        driver.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        driver.execute(f"PRAGMA user_version = {schema.VERSION}")


def _version(driver: sqlite3.Connection, path: Path) -> int:
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
        message = f"{path}: is the database of another program"
        raise LedgerError(message)
    if version > schema.VERSION:
        message = (
            f"{path}: is a ledger of version {version}, made by a newer smsherald; "
            f"this one reads up to version {schema.VERSION}"
        )
        raise LedgerError(message)
    return int(version)


def _check(driver: sqlite3.Connection, path: Path) -> None:
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
            message = f"{path}: is corrupt: {found}"
            raise LedgerError(message)
    finally:
        driver.set_progress_handler(None, 0)


def _phone_key(connection: Connection, path: Path) -> bytes:
    wanted = select(schema.meta.c.value).where(schema.meta.c.name == "phone_key")
    with connection.begin():
        key = connection.execute(wanted).scalar()
    if key is None:
        message = f"{path}: its phone key is missing"
        raise LedgerError(message)
    return bytes.fromhex(key)


def _close(connection: Connection) -> None:
    """Bring what stands in the write-ahead log into the file; another process may prevent it."""
    with contextlib.suppress(sqlite3.OperationalError):
        _driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    connection.engine.dispose()
