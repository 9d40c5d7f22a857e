"""Opening the ledger that the settings name, and closing it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from smsherald.errors import LedgerError, UnreachableError
from smsherald.ledger.backlog import Backlog
from smsherald.ledger.commit.worker import Worker
from smsherald.ledger.decide import Rules
from smsherald.ledger.history import History
from smsherald.ledger.ledger import SqlLedger
from smsherald.ledger.moving import Copied, Wishes, copy, users
from smsherald.ledger.observer import Aside, Observer
from smsherald.ledger.parked import ParkedList
from smsherald.ledger.pauses import Pauses
from smsherald.ledger.people import People
from smsherald.ledger.replay import Replay
from smsherald.ledger.replicas import Replicas
from smsherald.ledger.retention import Retention
from smsherald.ledger.sql import schema, versions
from smsherald.ledger.sql.address import address, forget_empty, is_cut, is_missing_file, names_file
from smsherald.ledger.sql.beside import require_own_log
from smsherald.ledger.sql.database import LOCK_TIMEOUT, AwayError, Storage
from smsherald.ledger.sql.versions import Change
from smsherald.ledger.starting import brought_up
from smsherald.ports import Clock
from smsherald.settings.secret import Secret
from smsherald.settings.values import LedgerSettings

Opener: TypeAlias = Callable[[URL, float], Storage]
"""Opens a database by its URL, and with what `LOCK_TIMEOUT` is about."""

DATABASES: Mapping[str, str] = {
    "sqlite": "smsherald.ledger.sql.sqlite",
    "postgresql": "smsherald.ledger.sql.postgresql",
    "postgres": "smsherald.ledger.sql.postgresql",
}
"""The module that opens the database of a URL's scheme, by its `open_storage`."""

_SETTING = "ledger.url"
"""What names a ledger, unless it is the argument of a command."""


@asynccontextmanager
async def open_ledger(
    settings: LedgerSettings,
    instance: str,
    clock: Clock,
    observer: Observer,
    lock_timeout: float = LOCK_TIMEOUT,
    *,
    opener: Opener | None = None,
) -> AsyncIterator[SqlLedger]:
    """Open the ledger, and close it at the end: what waits is written first.

    `opener` opens its database in place of the one that the scheme of its URL names.

    One that is missing is made; an older one is upgraded, if it is a SQLite file. While the
    database is away this waits, and `observer.trouble` says why. Raises LedgerError where waiting
    is in vain: no such database, not a ledger, corrupt, of a newer version, or on PostgreSQL of an
    older one.
    """
    url = _url(settings.url)
    opener = opener or _opener(url)
    observer = Aside(observer)
    worker = Worker(observer.trouble, clock.monotonic)
    opened: list[Storage] = []
    """Also what opens on its thread while this is cancelled."""
    try:
        try:
            open_it = partial(opener, url, lock_timeout)
            await worker.run(lambda: opened.append(open_it()))
            database = await brought_up(opened, open_it, worker, observer)
        except BaseException:
            # That what is open closes does not mean that the database is back.
            worker.hurry()
            try:
                for storage in await worker.run(lambda: opened):
                    await worker.run(storage.close)
            except LedgerError:
                if not worker.is_left:
                    raise
                observer.left(worker.problem or "")
            raise
        worker.mend_by(database.mend, observer.mended)
        rules = Rules(_owner(instance), settings.quarantine)
        ledger = SqlLedger(database, worker, rules, clock, observer)
        try:
            yield ledger
        finally:
            await ledger.close()
    finally:
        worker.stop(if_left=partial(_close, opened))


def _close(opened: Iterable[Storage]) -> None:
    for storage in opened:
        storage.close()


@dataclass(frozen=True, slots=True)
class ForCommand:
    """The ledger, as a command uses it beside daemons."""

    people: People
    retention: Retention
    pauses: Pauses
    replay: Replay
    parked: ParkedList
    history: History
    replicas: Replicas
    backlog: Backlog


@contextmanager
def open_for_command(
    settings: LedgerSettings, lock_timeout: float = LOCK_TIMEOUT
) -> Iterator[ForCommand]:
    """Open the ledger for a command, beside daemons that use it; none is made, none upgraded.

    Raises UnreachableError where the database is away, at any time, and LedgerError where it is
    no ledger of this version.
    """
    _require_one(settings.url)
    with _opened(settings.url, lock_timeout) as storage:
        database = versions.ready(storage)
        yield ForCommand(
            People(database),
            Retention(database),
            Pauses(database),
            Replay(database),
            ParkedList(database),
            History(database),
            Replicas(database),
            Backlog(database),
        )


def upgrade_ledger(
    settings: LedgerSettings, lock_timeout: float, on_start: Callable[[int, int], None]
) -> Change:
    """Make the ledger, or upgrade an older one; what is up to date is left as it is.

    `on_start` hears of an upgrade that begins, and may take long: from which version to which.
    Raises as `open_for_command` does.
    """
    with _opened(settings.url, lock_timeout) as storage:
        if versions.is_older(storage.found):
            on_start(storage.found, schema.VERSION)
        return versions.bring_up(storage, upgrade=True)


def downgrade_ledger(
    settings: LedgerSettings,
    to: int,
    lock_timeout: float,
    on_start: Callable[[int, int], None],
    on_wait: users.OnWait | None,
) -> Change:
    """Make of the ledger one of an older version; one that is of it already is left as it is.

    `on_wait` hears of a daemon that may still be there; without it nobody looks for any. Raises as
    `open_for_command` does, and InUseError.
    """
    _require_one(settings.url)
    with _opened(settings.url, lock_timeout) as storage:
        goes_back = to < storage.found <= schema.VERSION
        if goes_back and (on_wait is None or users.is_unused(storage, on_wait)):
            on_start(storage.found, to)
        return versions.bring_down(storage, to)


def copy_ledger(
    settings: LedgerSettings, to: Secret, lock_timeout: float, wishes: Wishes
) -> Copied:
    """Copy the ledger to the database that `to` names, which holds none; see `moving.copy`.

    Raises as `open_for_command` does, CopyError and InUseError.
    """
    _require_one(settings.url)
    with (
        _opened(settings.url, lock_timeout) as source,
        _opened(to, lock_timeout, "--to") as target,
    ):
        places = (described(settings.url), described(to))
        return copy(source, target, places, wishes)


@contextmanager
def _opened(secret: Secret, lock_timeout: float, name: str = _SETTING) -> Iterator[Storage]:
    url = _url(secret, name)
    opener, missing = _opener(url, name), is_missing(secret)
    try:
        storage = opener(url, lock_timeout)
        try:
            yield storage
        finally:
            storage.close()
            if missing:
                forget_empty(url)
    except AwayError as error:
        raise UnreachableError(f"the ledger: {error}") from None
    except DBAPIError as error:
        raise UnreachableError(f"the ledger: {error.orig}") from None


def described(secret: Secret) -> str:
    """Return where the ledger is, as a log may show it: see `sql.address`."""
    return address(_url(secret))


def is_missing(secret: Secret) -> bool:
    """Say whether the ledger is a file that nobody has made yet."""
    return is_missing_file(_url(secret))


def _require_one(secret: Secret) -> None:
    """Raise LedgerError where nobody has made it; UnreachableError where it has just vanished."""
    if is_missing(secret):
        try:
            require_own_log(Path(_url(secret).database or "").resolve())
        except AwayError as error:
            raise UnreachableError(f"the ledger: {described(secret)}: {error}") from None
    # Who had it open may have brought it back.
    if is_missing(secret):
        raise LedgerError(f"{described(secret)}: there is no ledger yet")


def _owner(instance: str) -> str:
    """Return what no other start has: a row of an earlier one is not ours."""
    return f"{instance}/{secrets.token_hex(8)}"


def _url(secret: Secret, name: str = _SETTING) -> URL:
    # A sign that stands in a password as it is cuts it in two: the rest of it is then taken for a
    # host, or for the number of a port. No error may show that.
    try:
        url = make_url(secret.reveal())
    except (ArgumentError, ValueError):
        url = None
    if url is None or is_cut(secret.reveal(), url):
        raise LedgerError(
            f"{name}: is no URL such as sqlite:///ledger.db; in a user or password, signs such "
            "as @, / and # are written %40, %2F and %23"
        )
    return url


def _opener(url: URL, name: str = _SETTING) -> Opener:
    module = DATABASES.get(url.drivername)
    if module is None:
        message = f"{name}: no database is known by {url.drivername!r}; {', '.join(DATABASES)}"
        raise LedgerError(message)
    if url.drivername == "sqlite" and not names_file(url):
        raise LedgerError(f"{name}: name a file, as in sqlite:///ledger.db, and nothing behind it")
    opener: Opener = import_module(module).open_storage
    return opener
