"""Writing many rows at once, for every database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias, cast

import psycopg
from sqlalchemy import Table, insert

from smsherald.errors import LedgerError
from smsherald.ledger.sql.database import AwayError, Storage

Rows: TypeAlias = Sequence[tuple[object, ...]]
"""Values in the order of the table's columns."""
Write: TypeAlias = Callable[[Rows], None]


def loading(storage: Storage, table: Table) -> AbstractContextManager[Write]:
    """Return what writes rows into a table while inside; in a transaction that has begun."""
    return _LOADING[storage.connection.dialect.name](storage, table)


@contextmanager
def _into_sqlite(storage: Storage, table: Table) -> Iterator[Write]:
    connection = storage.connection
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    statement = str(insert(table).compile(dialect=connection.dialect))
    names = [column.name for column in table.columns]

    def write(rows: Rows) -> None:
        driver.executemany(statement, [dict(zip(names, row, strict=True)) for row in rows])

    yield write


@contextmanager
def _into_postgresql(storage: Storage, table: Table) -> Iterator[Write]:
    connection = storage.connection
    driver = cast("psycopg.Connection[tuple[object, ...]]", connection.connection.driver_connection)
    quoted = connection.dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in table.columns)
    statement = f"COPY {quoted(table.name)} ({names}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:

            def write(rows: Rows) -> None:
                for row in rows:
                    copy.write_row(row)

            yield write
    except psycopg.Error as error:
        # The rest of what it says shows the row.
        message = f"{storage.place}: {table.name}: {error.diag.message_primary or error}"
        if isinstance(error, psycopg.OperationalError):
            raise AwayError(message) from None
        raise LedgerError(message) from None


_LOADING: Mapping[str, Callable[[Storage, Table], AbstractContextManager[Write]]] = {
    "sqlite": _into_sqlite,
    "postgresql": _into_postgresql,
}
