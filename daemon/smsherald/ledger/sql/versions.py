"""The version of a ledger's tables: made where none are, upgraded, refused, or downgraded.

It stands in one place, which a database chooses (`Storage.version`). Alembic's own table is not
used: daemons look at the version in every transaction, and Alembic is imported by none of them
that has nothing to upgrade.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import ProgrammingError

from smsherald.errors import LedgerError, OlderLedgerError
from smsherald.ledger import phones
from smsherald.ledger.sql import schema
from smsherald.ledger.sql.database import Database, Insisted, Storage, insist, reading
from smsherald.ledger.sql.migrations import NoWayBackError
from smsherald.ledger.sql.statements import statements
from smsherald.unit import ours

if TYPE_CHECKING:
    from alembic.operations import Operations


@dataclass(frozen=True, slots=True)
class Change:
    """What bringing a ledger to a version did."""

    before: int
    """0 where there was none."""
    after: int
    seconds: float

    @property
    def upgraded(self) -> bool:
        """Say whether there was an older one."""
        return 0 < self.before < self.after

    @property
    def downgraded(self) -> bool:
        """Say whether there was a newer one."""
        return self.after < self.before


def is_older(version: int) -> bool:
    """Say whether a ledger of this version has to be upgraded."""
    return 0 < version < schema.VERSION


def of(storage: Storage) -> int:
    """Return the version that it is of by now."""
    with storage.translated(), reading(storage.connection):
        return storage.version()


def marks(storage: Storage) -> dict[str, str]:
    """Return what `meta` holds of a ledger, by name; in a transaction that has begun."""
    wanted = select(schema.meta.c.name, schema.meta.c.value)
    return {row.name: row.value for row in storage.connection.execute(wanted)}


def require_open(storage: Storage, version: int) -> None:
    """Raise LedgerError for what was moved away, or is not whole; in a transaction."""
    if version == schema.MOVED:
        to = marks(storage).get(schema.MOVED_TO)
        message = f"{storage.place}: has been moved to {to}: name that one as ledger.url"
        raise LedgerError(message)
    if version == schema.UNFINISHED:
        _, _, source = marks(storage).get(schema.COPY_OF, "").partition(" ")
        message = (
            f"{storage.place}: is an unfinished copy of {source}: "
            f"run the same `{ours(os.environ, 'ledger', 'copy')}` again"
        )
        raise LedgerError(message)


def bring_up(storage: Storage, *, upgrade: bool) -> Change:
    """Make the tables where there are none and, if told so, upgrade older ones: all or nothing.

    Of several processes that come at once one does it; the others wait for it at the lock. Raises
    LedgerError where it never succeeds, and AwayError where it may do so later.
    """
    began = time.monotonic()
    if storage.found <= schema.VERSION:
        # What is refused below stays as it is, to the letter.
        with storage.translated():
            storage.prepare()
    with storage.translated(), storage.connection.begin():
        before = storage.version()
        require_open(storage, before)
        after = before if before and not upgrade else schema.VERSION
        with _allowed(storage):
            if before == 0:
                _make(storage.connection)
            elif before < after:
                storage.take_time()
                migrate(storage.connection, before, after, schema.MIGRATIONS)
        if before != after:
            storage.stamp(after)
    return Change(before, after, time.monotonic() - began)


def bring_down(storage: Storage, to: int) -> Change:
    """Make its tables those of an older version: all or nothing. What is of it already stays.

    Raises LedgerError where there is none, where it is older still, and where something that is
    needed would be lost.
    """
    began = time.monotonic()
    with storage.translated(), storage.connection.begin():
        before = storage.version()
        require_open(storage, before)
        if before == 0:
            message = f"{storage.place}: there is no ledger yet"
            raise LedgerError(message)
        if before < to:
            message = (
                f"{storage.place}: is a ledger of version {before} already: "
                f"to version {to} leads `{ours(os.environ, 'ledger', 'upgrade')}`"
            )
            raise LedgerError(message)
        if before > to:
            storage.take_time()
            try:
                with _allowed(storage):
                    migrate_back(storage.connection, before, to, schema.MIGRATIONS)
            except NoWayBackError as error:
                message = f"{storage.place}: stays a ledger of version {before}: {error}"
                raise LedgerError(message) from None
            storage.stamp(to)
    return Change(before, to, time.monotonic() - began)


@contextmanager
def _allowed(storage: Storage) -> Iterator[None]:
    """Raise LedgerError for who may not make or change tables: another user must."""
    try:
        yield
    except ProgrammingError as error:
        raise LedgerError(f"{storage.place}: {error.orig}") from None


def ready(storage: Storage, *, is_new: bool = False) -> Database:
    """Return the ledger for use. Raises LedgerError where it is missing or older.

    `is_new` says that this process has made it.
    """
    with storage.translated(), reading(storage.connection):
        version = storage.version()
        require_open(storage, version)
        if version == 0:
            message = f"{storage.place}: there is no ledger yet"
            raise LedgerError(message)
        if is_older(version):
            message = (
                f"{storage.place}: is a ledger of version {version}, and this smsherald needs "
                f"version {schema.VERSION}: stop the daemons, then run "
                f"`{ours(os.environ, 'ledger', 'upgrade')}`"
            )
            raise OlderLedgerError(message)
        meta = marks(storage)
        if missing := {schema.PHONE_KEY, schema.LEDGER_ID} - meta.keys():
            message = f"{storage.place}: its {' and '.join(sorted(missing))} is missing"
            raise LedgerError(message)
    storage.check()
    insist(storage.connection, Insisted(version, meta[schema.LEDGER_ID]))
    return Database(
        connection=storage.connection,
        place=storage.place,
        id=meta[schema.LEDGER_ID],
        is_new=is_new,
        statements=statements(storage.dialect, storage.connection.dialect),
        phone_key=bytes.fromhex(meta[schema.PHONE_KEY]),
        now=storage.dialect.now,
        check=storage.check,
        mend=storage.mend,
        close=storage.close,
    )


def migrate(connection: Connection, before: int, after: int, migrations: str) -> None:
    """Run the migrations between two versions, in the transaction that has begun.

    `migrations` is a package; its module `version_2` leads from version 1 to version 2.
    """
    operations = _operations(connection)
    for version in range(before + 1, after + 1):
        import_module(f"{migrations}.version_{version}").upgrade(operations)


def migrate_back(connection: Connection, before: int, after: int, migrations: str) -> None:
    """Go back from one version to another, as `migrate` goes on. Raises NoWayBackError."""
    operations = _operations(connection)
    for version in range(before, after, -1):
        import_module(f"{migrations}.version_{version}").downgrade(operations)


def _operations(connection: Connection) -> Operations:
    # These take a quarter of a second and 39 MB, which only a migration needs.
    from alembic.migration import MigrationContext  # noqa: PLC0415 - as above
    from alembic.operations import Operations  # noqa: PLC0415 - as above

    return Operations(MigrationContext.configure(connection))


def _make(connection: Connection) -> None:
    schema.metadata.create_all(connection, checkfirst=False)
    values = {schema.PHONE_KEY: phones.new_key().hex(), schema.LEDGER_ID: secrets.token_hex(16)}
    rows = [{"name": name, "value": value} for name, value in values.items()]
    connection.execute(insert(schema.meta), rows)
