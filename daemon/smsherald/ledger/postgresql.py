"""The ledger on PostgreSQL: connecting, making the tables, checking the version, and its dialect.

Replicas that share a ledger write one after another: every transaction first takes one advisory
lock, as SQLite's take the file. So none can wait for another crosswise, and nothing changes
between what a transaction reads and what it writes. A commit takes milliseconds and carries all
that waits, so this costs a replica a moment, never its speed. The lock also answers what became
of a transaction whose connection broke in the COMMIT: whoever has the lock next finds it ended.
"""

from __future__ import annotations

import contextlib

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, ProgrammingError
from sqlalchemy.pool import QueuePool

from smsherald.errors import LedgerError
from smsherald.ledger import phones, schema
from smsherald.ledger.database import AwayError, Database, reads_only
from smsherald.ledger.statements import Columns, Dialect, statements

_LOCK = 0x736D7368
"""`smsh`: the advisory lock that every transaction takes."""
_BEGIN = f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({_LOCK})"
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
_READ_ONLY = "25006"
"""SQLSTATE of a write on what is a standby (by now): connecting anew may lead to the primary."""
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
    now="CAST(EXTRACT(EPOCH FROM statement_timestamp()) AS DOUBLE PRECISION)", rows=_rows
)


def open_database(url: URL, lock_timeout: float) -> Database:
    """Connect, and make the tables where none is there yet.

    Raises LedgerError where an operator must act: tables of another program, a newer version, a
    database that cannot hold every text, rights that are missing; nothing is changed. Raises
    AwayError where it may be there later: no connection, a password or database that is refused,
    read-only, or locked by another replica for longer than `lock_timeout` seconds.
    """
    place = f"{url.host or 'PostgreSQL'}/{url.database or ''}"
    try:
        with contextlib.ExitStack() as undo:
            engine = _engine(url, lock_timeout)
            undo.callback(engine.dispose)
            connection = undo.enter_context(engine.connect())
            with connection.begin():
                phone_key = _prepare(connection, place)
            undo.pop_all()
    except (ProgrammingError, ArgumentError) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise LedgerError(f"{place}: {said}") from None
    except DBAPIError as error:
        raise AwayError(f"{place}: {error.orig}") from None
    made = statements(DIALECT, engine.dialect)
    return Database(connection, made, phone_key, DIALECT.now, lambda: _close(connection))


def _engine(url: URL, lock_timeout: float) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        # An error must not show numbers and texts.
        hide_parameters=True,
        connect_args={name: of for name, of in _CONNECTING.items() if name not in url.query},
    )
    milliseconds = round(lock_timeout * 1000)
    settings = (
        f"SET lock_timeout = {milliseconds}; SET statement_timeout = {5 * milliseconds};"
        # A replica that stops in its transaction lets the others go on before they give up.
        f"SET idle_in_transaction_session_timeout = {milliseconds // 2};"
        # A batch finds its rows by index, one by one: guessing at its size, the planner would
        # rather read through a table that is not large yet.
        "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
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
        connection.exec_driver_sql("BEGIN READ ONLY" if reads_only(connection) else _BEGIN)

    event.listen(engine, "handle_error", _keep_short)
    return engine


def _keep_short(context: ExceptionContext) -> None:
    """Leave of an error what says nothing of a row: its details would show numbers and texts."""
    error = context.original_exception
    if not isinstance(error, psycopg.Error):
        return
    said = " ".join((error.diag.message_primary or str(error)).split())
    error.args = (said,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (said,)
    if error.sqlstate == _READ_ONLY:
        context.is_disconnect = True


def _prepare(connection: Connection, place: str) -> bytes:
    """Check the tables, or make them; return the key of the phone digests."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        message = f"{place}: its encoding is {encoding}, which cannot hold every text; needs UTF8"
        raise LedgerError(message)
    there = set(inspect(connection).get_table_names()) & set(schema.metadata.tables)
    if not there:
        schema.metadata.create_all(connection, checkfirst=False)
        new = {_VERSION: str(schema.VERSION), "phone_key": phones.new_key().hex()}
        rows = [{"name": name, "value": value} for name, value in new.items()]
        connection.execute(insert(schema.meta), rows)
    return _phone_key(connection, place)


def _phone_key(connection: Connection, place: str) -> bytes:
    """Return it from a ledger of our version; raise LedgerError for all else."""
    known: dict[str, str] = {}
    with contextlib.suppress(ProgrammingError):
        rows = connection.execute(select(schema.meta.c.name, schema.meta.c.value))
        known = {row.name: row.value for row in rows}
    version, phone_key = known.get(_VERSION, ""), known.get("phone_key")
    if not version.isdecimal() or phone_key is None:
        message = f"{place}: holds tables of another program; give the ledger a database of its own"
        raise LedgerError(message)
    if int(version) > schema.VERSION:
        message = (
            f"{place}: is a ledger of version {version}, made by a newer smsherald; "
            f"this one reads up to version {schema.VERSION}"
        )
        raise LedgerError(message)
    return bytes.fromhex(phone_key)


def _close(connection: Connection) -> None:
    connection.close()
    connection.engine.dispose()
