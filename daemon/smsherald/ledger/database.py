"""What opening a database gives, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from smsherald.ledger.statements import Statements


class AwayError(Exception):
    """The database cannot be opened now, and perhaps later."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database whose tables are of our version; used on the ledger's thread only."""

    connection: Connection
    statements: Statements
    phone_key: bytes
    now: str
    """Its clock, as an SQL expression: seconds since the epoch."""
    close: Callable[[], None]


@contextmanager
def reading(connection: Connection) -> Iterator[Connection]:
    """Begin a transaction that only reads: it keeps nobody from writing, however long it takes."""
    connection.execution_options(smsherald_reads=True)
    try:
        with connection.begin():
            yield connection
    finally:
        connection.execution_options(smsherald_reads=False)


def reads_only(connection: Connection) -> bool:
    """Say whether the transaction that begins only reads."""
    return bool(connection.get_execution_options().get("smsherald_reads"))
