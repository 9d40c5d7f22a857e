"""The ledger on PostgreSQL: connecting, its version, and its dialect.

Replicas that share a ledger write one after another: every transaction first takes one advisory
lock, as SQLite's take the file. So none can wait for another crosswise, and nothing changes
between what a transaction reads and what it writes. A commit takes milliseconds and carries all
that waits, so this costs a replica a moment, never its speed. The lock also answers what became
of a transaction whose connection broke in the COMMIT: whoever has the lock next finds it ended.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from functools import partial
from string import Template

import psycopg
from sqlalchemy import Connection, Engine, create_engine, delete, event, insert, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.pool import QueuePool

from smsherald.errors import LedgerError, in_one_line
from smsherald.ledger.sql import schema
from smsherald.ledger.sql.address import address
from smsherald.ledger.sql.database import (
    AwayError,
    another,
    changed,
    insists_on,
    known,
    reading,
    reads_only,
    statement_timeout,
)
from smsherald.ledger.sql.parameters import Columns, WithJson
from smsherald.ledger.sql.statements import Dialect

_LOCK = 0x736D7368
"""`smsh`: the advisory lock that every transaction takes."""
_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({_LOCK})"
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""All that it reads is of one moment."""
_INSIST = Template(
    "; SELECT 1 / count(*) FROM meta WHERE name = 'version' AND value = '$version'"
    "; SELECT ln(count(*)) FROM meta WHERE name = 'ledger_id' AND value = '$ledger_id'"
)
"""Divides by zero where the tables are of another version by now, and takes the logarithm of zero
where they are another ledger's. No round trip of its own."""
_MAY_WRITE = (
    "; WITH claimed AS (INSERT INTO sms SELECT * FROM sms WHERE false),"
    " deleted AS (DELETE FROM sms WHERE false),"
    " inserted AS (INSERT INTO second_sid SELECT * FROM second_sid WHERE false),"
    " posted AS (INSERT INTO outbox SELECT * FROM outbox WHERE false),"
    " told AS (DELETE FROM outbox WHERE false),"
    " listed AS (INSERT INTO parked SELECT * FROM parked WHERE false"
    " ON CONFLICT (queue, id) DO UPDATE SET at = excluded.at),"
    " here AS (INSERT INTO replica SELECT * FROM replica WHERE false),"
    " gone AS (DELETE FROM replica WHERE false)"
    " UPDATE sms SET key = key WHERE false"
)
"""Is refused where a right is missing that a later transaction will need: what cannot be recorded
must not be claimed, for it would be sent."""
_TAKE_TIME = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on"
)
_CONNECTING = {
    # The driver begins nothing by itself: transactions begin with `_BEGIN`.
    "autocommit": True,
    # A plan is made for the tables as they are; and a pooler in between keeps none.
    "prepare_threshold": None,
    "client_encoding": "utf8",
    "application_name": "smsherald",
    # A host that has vanished is noticed. In seconds, the last in milliseconds.
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""What the driver is given, unless the address says otherwise."""
_IN_VAIN = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""Errors at opening that an operator must end."""
_READ_ONLY = "25006"
"""SQLSTATE of a write on what is a standby (by now): connecting anew may lead to the primary."""
_DISK_FULL = "53100"
_TAKES_NO_WRITES = (
    "takes no writes: it is a standby, or read-only (default_transaction_read_only); promote it, "
    "or let ledger.url name the server that takes them"
)
_VERSION = "version"
"""The name in `meta` under which the version stands."""


def _rows(columns: Columns) -> str:
    parts = ", ".join(
        f'CAST(value ->> {place} AS {kind}) AS "{name}"'
        for place, (name, kind) in enumerate(columns)
    )
    return f"SELECT {parts} FROM jsonb_array_elements(CAST(:batch AS JSONB))"  # noqa: S608 - Names of ours.


# The time at which the statement came, the lock being ours already: one for all its rows.
DIALECT = Dialect(
    now="CAST(EXTRACT(EPOCH FROM statement_timestamp()) AS DOUBLE PRECISION)",
    write=partial(WithJson, rows=_rows),
)


class PostgresDatabase:
    """One database of a PostgreSQL server; see `Storage`."""

    dialect = DIALECT
    # Replicas run beside each other: which of them may change it is for a person to say.
    upgrades_at_start = False

    def __init__(self, connection: Connection, place: str) -> None:
        self.connection = connection
        self.place = place
        with reading(connection):
            _require_utf8(connection, place)
            self.found = self.version()

    def prepare(self) -> None:
        """See `Storage`; a server is that already."""

    def version(self) -> int:
        """See `Storage`."""
        there = set(inspect(self.connection).get_table_names()) & set(schema.metadata.tables)
        if not there:
            return 0
        wanted = select(schema.meta.c.value).where(schema.meta.c.name == _VERSION)
        version: str | None = None
        try:
            version = self.connection.execute(wanted).scalar()
        except ProgrammingError as error:
            if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise
        if version is None or not version.isdecimal():
            message = (
                f"{self.place}: holds tables of another program; "
                "give the ledger a database of its own"
            )
            raise LedgerError(message)
        return known(self.place, int(version))

    def stamp(self, version: int) -> None:
        """See `Storage`; a row of `meta` says it."""
        self.connection.execute(delete(schema.meta).where(schema.meta.c.name == _VERSION))
        row = {"name": _VERSION, "value": str(version)}
        self.connection.execute(insert(schema.meta), row)

    def take_time(self) -> None:
        """See `Storage`; the planner may read through tables, too."""
        self.connection.exec_driver_sql(_TAKE_TIME)

    def translated(self) -> AbstractContextManager[None]:
        """See `Storage`."""
        return _translated(self.place)

    def check(self) -> None:
        """See `Storage`; a transaction sees it by itself."""

    def mark(self, ledger_id: str) -> None:
        """See `Storage`; nothing of it is ever left beside another's."""

    def mend(self) -> None:
        """See `Storage`; what is gone from a server, only a person brings back."""

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
        self.connection.engine.dispose()

    def require_successor(self) -> None:
        """See `Storage`; each opening finds the server as it is."""


def open_storage(url: URL, lock_timeout: float) -> PostgresDatabase:
    """Connect, and see what is there.

    Raises LedgerError where an operator must act: tables of another program, a newer version, a
    database that cannot hold every text; nothing is changed. Raises AwayError where it may be
    there later: no connection, a password, database or right that is refused.
    A transaction waits `lock_timeout` seconds for another replica's.
    """
    place = address(url)
    with contextlib.ExitStack() as undo, _translated(place):
        engine = _engine(url, place, lock_timeout)
        undo.callback(engine.dispose)
        storage = PostgresDatabase(undo.enter_context(engine.connect()), place)
        undo.pop_all()
    return storage


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except ArgumentError as error:
        raise LedgerError(f"{place}: {error}") from None
    except DBAPIError as error:
        message = f"{place}: {error.orig}"
        if isinstance(error, _IN_VAIN) and not isinstance(
            error.orig, psycopg.errors.InsufficientPrivilege
        ):
            raise LedgerError(message) from None
        raise AwayError(message) from None


def _engine(url: URL, place: str, lock_timeout: float) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        # An error must not show numbers and texts.
        hide_parameters=True,
        connect_args={name: of for name, of in _CONNECTING.items() if name not in url.query},
    )
    milliseconds, longest = (
        round(it * 1000) for it in (lock_timeout, statement_timeout(lock_timeout))
    )
    settings = (
        f"SET lock_timeout = {milliseconds}; SET statement_timeout = {longest};"
        # A replica that stops in its transaction lets the others go on before they give up.
        f"SET idle_in_transaction_session_timeout = {milliseconds // 2};"
        # A batch finds its rows by index, one by one: guessing at its size, the planner would
        # rather read through a table that is not large yet.
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
        # What no index helps would look so dear by that that it was compiled first.
        "SET jit = off;"
        # A commit is on the disk before anybody acts on it.
        "SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') = 'off'"
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _record: object) -> None:
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(settings)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = _BEGIN_READING if reads_only(connection) else _BEGIN
        wanted = insists_on(connection)
        if wanted is not None:
            statement += _INSIST.substitute(asdict(wanted))
            if not reads_only(connection):
                statement += _MAY_WRITE
        connection.exec_driver_sql(statement)

    event.listen(engine, "handle_error", partial(_keep_short, place))
    return engine


def _keep_short(place: str, context: ExceptionContext) -> AwayError | None:
    """Leave of an error what says nothing of a row: its details would show numbers and texts."""
    error = context.original_exception
    if isinstance(error, psycopg.errors.DivisionByZero):
        return changed(place)
    if isinstance(error, psycopg.errors.InvalidArgumentForLogarithm):
        return another(place)
    if not isinstance(error, psycopg.Error):
        return None
    said = in_one_line(error.diag.message_primary or str(error))
    if error.sqlstate == _READ_ONLY:
        said = _TAKES_NO_WRITES
    elif error.sqlstate == _DISK_FULL:
        said = f"{said}: make room on the server's file system"
    error.args = (said,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (said,)
    if error.sqlstate == _READ_ONLY:
        context.is_disconnect = True
    return None


def _require_utf8(connection: Connection, place: str) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        message = f"{place}: its encoding is {encoding}, which cannot hold every text; needs UTF8"
        raise LedgerError(message)
