"""The steps of copying a ledger, in the one order in which each may be the last."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Float, delete, func, insert, literal_column, select

from smsherald.errors import LedgerError
from smsherald.ledger.moving import errors, tables, users
from smsherald.ledger.moving.errors import CopyError
from smsherald.ledger.moving.tables import Tally
from smsherald.ledger.moving.users import OnWait
from smsherald.ledger.sql import schema, versions
from smsherald.ledger.sql.database import Storage, reading

_CLOCKS = 5.0
"""Seconds that two databases' clocks may differ. A quarantine is counted by both of them."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants of a copy, and is told while it is made."""

    on_wait: OnWait
    on_rows: Callable[[int, int], None]
    """Hears how many rows are done, of how many; each is written, and read again."""
    keep: bool = False
    """The ledger stays where it is, and the copy is a backup."""
    force: bool = False
    """Whoever may still use the ledger, and whatever the clocks say."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was done."""

    source: str
    target: str
    """Where they are."""
    tables: Mapping[str, Tally]
    seconds: float


def copy(source: Storage, target: Storage, places: tuple[str, str], wishes: Wishes) -> Copied:
    """Copy a ledger to where none is; unless `wishes.keep`, only the copy is one from then on.

    `places` says where the two are, as a log may say it, and whoever reads it from elsewhere.

    Raises LedgerError where the one is no ledger of this version, or something stands where the
    other is to be; InUseError where it is in use; CopyError where their clocks differ, or the copy
    is not the same; UnreachableError where a database is away. It can then be called again.
    """
    began = time.monotonic()
    if source.found == schema.MOVED and not wishes.keep:
        read = _finish(source, target)
    else:
        read = _begin(source, target, places, wishes)
    return Copied(*places, read, time.monotonic() - began)


def _begin(
    source: Storage, target: Storage, places: tuple[str, str], wishes: Wishes
) -> Mapping[str, Tally]:
    database = versions.ready(source)
    here, there = places
    copy_of = f"{database.id} {here}"
    _require_empty(target, copy_of)
    is_checked = not (wishes.keep or wishes.force)
    if is_checked:
        users.require_unused(source, database, wishes.on_wait)
    name = secrets.token_hex(16)
    with _held(source, wishes):
        if is_checked:
            _require_same_time(source, target)
        _prepare(target, copy_of)
        read = _fill(source, target, name, wishes)
        target.check()
        if not wishes.keep:
            _put(source, {schema.MOVED_TO: there, schema.COPY: name})
            source.stamp(schema.MOVED)
    if not wishes.keep:
        _open(target)
    return read


@contextmanager
def _held(source: Storage, wishes: Wishes) -> Iterator[None]:
    """Have it as it is at one moment; where it is moved, nobody writes until that is said in it."""
    begun = reading(source.connection) if wishes.keep else source.connection.begin()
    with errors.of(source), begun:
        source.take_time()
        yield


def _require_empty(target: Storage, copy_of: str) -> None:
    with errors.of(target), reading(target.connection) as connection:
        version = target.version()
        if version == schema.UNFINISHED and versions.marks(target).get(schema.COPY_OF) == copy_of:
            return
        versions.require_open(target, version)
        if version:
            count = select(func.count()).select_from(schema.sms)
            rows = connection.execute(count).scalar_one()
            smses = "1 SMS" if rows == 1 else f"{rows} SMSes"
            message = (
                f"{target.place}: holds a ledger already, with {smses}: copy to where there is none"
            )
            raise LedgerError(message)


def _require_same_time(source: Storage, target: Storage) -> None:
    with errors.of(target), reading(target.connection):
        ahead = _time(target) - _time(source)
    if abs(ahead) > _CLOCKS:
        message = (
            f"{target.place}: its clock is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}:"
            " set it, for quarantines are counted by it"
        )
        raise CopyError(message)


def _time(storage: Storage) -> float:
    now: float = storage.connection.execute(
        select(literal_column(storage.dialect.now, Float))
    ).scalar_one()
    return now


def _prepare(target: Storage, copy_of: str) -> None:
    """Make tables that no daemon uses."""
    with errors.of(target):
        target.prepare()
    with _writing(target):
        tables.make(target.connection)
        _put(target, {schema.COPY_OF: copy_of})
        target.stamp(schema.UNFINISHED)


def _fill(source: Storage, target: Storage, name: str, wishes: Wishes) -> Mapping[str, Tally]:
    most, so_far = 2 * tables.count(source.connection), 0

    def done(rows: int) -> None:
        nonlocal so_far
        so_far += rows
        wishes.on_rows(so_far, most)

    with _writing(target):
        read = tables.copy(source, target, done)
        tables.compare(target, read, done)
        if wishes.keep:
            _be_a_ledger(target)
        else:
            _put(target, {schema.COPY: name})
    return read


def _finish(source: Storage, target: Storage) -> Mapping[str, Tally]:
    """Open a copy of which the source says that it has moved there; LedgerError for any other."""
    with errors.of(target), reading(target.connection):
        is_unfinished = target.version() == schema.UNFINISHED
        name = versions.marks(target).get(schema.COPY) if is_unfinished else None
    with errors.of(source), reading(source.connection):
        if name is None or name != versions.marks(source).get(schema.COPY):
            versions.require_open(source, source.version())
        read = tables.tally(source)
    with _writing(target):
        tables.compare(target, read, lambda _: None)
    _open(target)
    return read


def _open(target: Storage) -> None:
    with _writing(target):
        _be_a_ledger(target)


def _be_a_ledger(target: Storage) -> None:
    ours = schema.meta.c.name.in_((schema.COPY_OF, schema.COPY))
    target.connection.execute(delete(schema.meta).where(ours))
    target.stamp(schema.VERSION)


@contextmanager
def _writing(target: Storage) -> Iterator[None]:
    with errors.of(target), target.connection.begin():
        target.take_time()
        yield


def _put(storage: Storage, marks: Mapping[str, str]) -> None:
    rows = [{"name": name, "value": value} for name, value in marks.items()]
    storage.connection.execute(insert(schema.meta), rows)
