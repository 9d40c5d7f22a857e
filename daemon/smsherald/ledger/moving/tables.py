"""Every table of a ledger: made, filled, counted and added up; a thousand rows are in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeAlias

from sqlalchemy import Connection, Select, Table, func, select
from sqlalchemy.schema import CreateTable

from smsherald.ledger.moving import errors
from smsherald.ledger.moving.bulk import Rows, loading
from smsherald.ledger.moving.errors import CopyError
from smsherald.ledger.sql import schema
from smsherald.ledger.sql.database import Storage
from smsherald.ledger.sql.lineage import OF_ONE_FILE

_AT_ONCE = 1000
_BYTES = 16
OF_ONE_DATABASE = frozenset({"version", schema.MOVED_TO, schema.COPY_OF, schema.COPY, *OF_ONE_FILE})
"""Names in `meta` that say something of the database in which they stand, and not of the ledger."""

Done: TypeAlias = Callable[[int], None]
"""Hears of so many more rows that were copied, or compared."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A table's rows, counted and added up; their order does not matter."""

    rows: int = 0
    total: int = 0

    def plus(self, rows: Rows) -> Tally:
        """Return it with these rows, too."""
        total = self.total + sum(map(_digest, rows))
        return Tally(self.rows + len(rows), total % 2 ** (8 * _BYTES))

    @property
    def checksum(self) -> str:
        """Return the sum as it is shown."""
        return f"{self.total:0{2 * _BYTES}x}"


def _digest(row: tuple[object, ...]) -> int:
    # Of strings, whole numbers, floats and None: it writes each value as no other is written.
    whole = repr(row).encode(errors="surrogatepass")
    return int.from_bytes(blake2b(whole, digest_size=_BYTES).digest())


def make(connection: Connection) -> None:
    """Make the tables, in the place of an unfinished copy's; their indexes come at the end."""
    schema.metadata.drop_all(connection)
    for table in schema.metadata.sorted_tables:
        connection.execute(CreateTable(table))


def copy(source: Storage, target: Storage, done: Done) -> Mapping[str, Tally]:
    """Copy all rows, and make the indexes; return what was read, by table."""
    read = {
        table.name: _copy(source, target, table, done) for table in schema.metadata.sorted_tables
    }
    for table in schema.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            index.create(target.connection)
    if target.connection.dialect.name == "postgresql":
        # Else the first hours go by guesses, until the server finds time for it.
        target.connection.exec_driver_sql("ANALYZE")
    return read


def _copy(source: Storage, target: Storage, table: Table, done: Done) -> Tally:
    tally = Tally()
    with loading(target, table) as write:
        for rows in _parts(source, table):
            write(rows)
            tally = tally.plus(rows)
            done(len(rows))
    return tally


def tally(storage: Storage) -> Mapping[str, Tally]:
    """Count and add up every table."""
    return {
        table.name: _tally(storage, table, lambda _: None)
        for table in schema.metadata.sorted_tables
    }


def _tally(storage: Storage, table: Table, done: Done) -> Tally:
    tally = Tally()
    for rows in _parts(storage, table):
        tally = tally.plus(rows)
        done(len(rows))
    return tally


def compare(storage: Storage, read: Mapping[str, Tally], done: Done) -> None:
    """Read everything back; CopyError where it is not the same."""
    for table in schema.metadata.sorted_tables:
        found = _tally(storage, table, done)
        if found != (wanted := read[table.name]):
            message = (
                f"the copy's table {table.name} is not the same: "
                f"{found.rows} rows ({found.checksum}) of {wanted.rows} ({wanted.checksum})"
            )
            raise CopyError(message)


def count(connection: Connection) -> int:
    """Count the rows of all tables."""
    return sum(
        connection.execute(select(func.count()).select_from(_wanted(table).subquery())).scalar_one()
        for table in schema.metadata.sorted_tables
    )


def _parts(storage: Storage, table: Table) -> Iterator[Rows]:
    wanted = _wanted(table).execution_options(stream_results=True, yield_per=_AT_ONCE)
    with errors.of(storage), storage.connection.execute(wanted) as result:
        for part in result.partitions():
            yield [tuple(row) for row in part]


def _wanted(table: Table) -> Select[tuple[object, ...]]:
    wanted = select(table)
    if table is schema.meta:
        wanted = wanted.where(schema.meta.c.name.not_in(OF_ONE_DATABASE))
    return wanted
