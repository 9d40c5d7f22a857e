"""An open database, whichever it is: as it is found, and once its tables are of our version."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Float, literal, literal_column
from sqlalchemy.exc import DataError, IntegrityError

from smsherald.errors import LedgerError
from smsherald.ledger.sql import schema
from smsherald.ledger.sql.statements import Dialect, Statements
from smsherald.unit import ours

LOCK_TIMEOUT = 2.0
"""Seconds that a transaction waits for another process's lock before that counts as trouble."""


def statement_timeout(lock_timeout: float) -> float:
    """Return the seconds after which a server is to give up a statement."""
    return 5 * lock_timeout


CLOSES_WITHIN = statement_timeout(LOCK_TIMEOUT) + 1.0
"""Seconds for which a ledger that closes waits for its database: a server may answer so late. What
ends the daemon (systemd, Kubernetes, Docker) has to give it these beside `broker.drain`."""

ABOUT_THE_WORK = (DataError, IntegrityError)
"""Errors of the values that are written, which trying again does not end.

Any other is the database's state, a missing table or right too: it is away until that is mended.
"""


class AwayError(Exception):
    """The database cannot be used now, and perhaps later."""


class GoneError(AwayError):
    """What was opened is not at its place any more; `Storage.mend` may bring it back."""


class ReadOnlyError(AwayError):
    """What was opened may be read, and not written; another opening may find it otherwise."""


class ChangedError(AwayError):
    """Its tables are of another version than when it was opened."""


class Storage(Protocol):
    """An open database, whatever stands in it; used on one thread only."""

    connection: Connection
    dialect: Dialect
    place: str
    """Where it is, as an error may say it."""
    found: int
    """The version when it was opened."""
    upgrades_at_start: bool
    """Whether a daemon upgrades it by itself."""

    def prepare(self) -> None:
        """Make it what a daemon works with, before there are tables; outside of a transaction.

        Until then nothing of what stands there has been changed. Raises ReadOnlyError, too.
        """
        ...

    def version(self) -> int:
        """Read the version of its tables, 0 where there are none; in a transaction.

        Raises LedgerError where they are another program's, or newer than this one knows.
        """
        ...

    def stamp(self, version: int) -> None:
        """Write the version, in the transaction that makes it true."""
        ...

    def take_time(self) -> None:
        """Let the statements of this transaction take as long as they need."""
        ...

    def translated(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into LedgerError and AwayError, as opening does."""
        ...

    def check(self) -> None:
        """See, outside of a transaction, that what is open is still what stands at its place.

        Raises AwayError where it is not.
        """
        ...

    def mark(self, ledger_id: str) -> None:
        """Mark what a killed process would leave, so that it is not taken for another ledger's."""
        ...

    def mend(self) -> str | None:
        """Bring what is open back to its place, after a GoneError; return what was done, if any.

        For daemons only. Raises AwayError where that cannot be done, perhaps later.
        """
        ...

    def close(self) -> None:
        """Close it."""
        ...

    def require_successor(self) -> None:
        """See, once it is closed, that what stands in its place may be opened; if anything.

        Raises AwayError where it may not, or not yet.
        """
        ...


@dataclass(frozen=True, slots=True)
class Database:
    """An open database whose tables are of our version; used on the ledger's thread only."""

    connection: Connection
    place: str
    """Where it is, as an error may say it."""
    id: str
    """What tells this ledger from any other."""
    is_new: bool
    """Whether this process has made it."""
    statements: Statements
    phone_key: bytes
    now: str
    """Its clock, as an SQL expression: seconds since the epoch."""
    check: Callable[[], None]
    """See `Storage`."""
    mend: Callable[[], str | None]
    close: Callable[[], None]

    @property
    def clock(self) -> ColumnElement[float]:
        """The same as an expression of SQLAlchemy's."""
        return literal_column(self.now, Float)

    def ago(self, seconds: float) -> ColumnElement[float]:
        """Return the time so long ago, by that clock."""
        return self.clock - literal(seconds)


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


@dataclass(frozen=True, slots=True)
class Insisted:
    """What every transaction must find."""

    version: int
    ledger_id: str


def insist(connection: Connection, on: Insisted | None) -> None:
    """Let every transaction from now on first see that the ledger is still this one, or not."""
    connection.execution_options(smsherald_insists=on)


def insists_on(connection: Connection) -> Insisted | None:
    """Return what the transaction that begins must find."""
    on: Insisted | None = connection.get_execution_options().get("smsherald_insists")
    return on


def changed(place: str) -> ChangedError:
    """Return what a transaction ends with that finds another version.

    Not with a LedgerError: what is in flight must wait for the process that can record it.
    """
    return ChangedError(f"{place}: has been upgraded, downgraded or moved; stop this one")


def another(place: str) -> AwayError:
    """Return what ends a transaction that finds another ledger in the place of the one opened."""
    return AwayError(f"{place}: is another ledger than the one that was opened here")


def known(place: str, version: int) -> int:
    """Return a version that this program knows; raise LedgerError for a newer one.

    `versions.require_open` refuses what has a word in the place of a version.
    """
    if version > schema.VERSION and version not in {schema.MOVED, schema.UNFINISHED}:
        message = (
            f"{place}: is a ledger of version {version}, made by a newer smsherald; "
            f"this one reads up to version {schema.VERSION}: start the newer one, or run its "
            f"`{ours(os.environ, 'ledger', 'downgrade', '--to', str(schema.VERSION))}`"
        )
        raise LedgerError(message)
    return version
