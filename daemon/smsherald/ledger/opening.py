"""Opening the ledger that the settings name, and closing it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from smsherald.errors import LedgerError, UnreachableError
from smsherald.ledger.cold import Cold
from smsherald.ledger.database import AwayError, Database
from smsherald.ledger.decide import Rules
from smsherald.ledger.ledger import SqlLedger
from smsherald.ledger.observer import LedgerObserver
from smsherald.ledger.worker import Worker
from smsherald.ports import Clock
from smsherald.settings.secret import Secret
from smsherald.settings.values import LedgerSettings

Opener: TypeAlias = Callable[[URL, float], Database]

DATABASES: Mapping[str, str] = {
    "sqlite": "smsherald.ledger.sqlite",
    "postgresql": "smsherald.ledger.postgresql",
    "postgres": "smsherald.ledger.postgresql",
}
"""The module that opens the database of a URL's scheme, by its `open_database`."""

LOCK_TIMEOUT = 2.0
"""Seconds that a transaction waits for another process's lock before that counts as trouble."""


@asynccontextmanager
async def open_ledger(
    settings: LedgerSettings,
    instance: str,
    clock: Clock,
    observer: LedgerObserver,
    lock_timeout: float = LOCK_TIMEOUT,
) -> AsyncIterator[SqlLedger]:
    """Open the ledger, and close it at the end: what waits is written first.

    While the database is away this waits, and `observer.trouble` says why. Raises LedgerError
    where waiting is in vain: no such database, not a ledger, corrupt, or of a newer version.
    """
    url = _url(settings.url)
    opener = _opener(url)
    worker = Worker(observer.trouble)
    try:
        database = await worker.run(partial(opener, url, lock_timeout))
        rules = Rules(_owner(instance), settings.quarantine)
        ledger = SqlLedger(database, worker, rules, clock, observer)
        try:
            yield ledger
        finally:
            await ledger.close()
    finally:
        worker.stop()


@contextmanager
def open_cold(settings: LedgerSettings, lock_timeout: float = LOCK_TIMEOUT) -> Iterator[Cold]:
    """Open the ledger for a command, beside daemons that use it; what is not there is not made.

    Raises UnreachableError where the database is away, at any time, and LedgerError as
    `open_ledger` does.
    """
    if is_missing(settings.url):
        raise LedgerError(f"{described(settings.url)}: there is no ledger yet")
    url = _url(settings.url)
    try:
        database = _opener(url)(url, lock_timeout)
        try:
            yield Cold(database, settings.quarantine)
        finally:
            database.close()
    except AwayError as error:
        raise UnreachableError(f"the ledger: {error}") from None
    except DBAPIError as error:
        raise UnreachableError(f"the ledger: {error.orig}") from None


def described(secret: Secret) -> str:
    """Return where the ledger is, as a log may show it: no password, a file by its whole path."""
    url = _url(secret)
    if url.drivername == "sqlite" and url.database:
        return str(Path(url.database).absolute())
    return url.render_as_string(hide_password=True)


def is_missing(secret: Secret) -> bool:
    """Say whether the ledger is a file that nobody has made yet."""
    url = _url(secret)
    return url.drivername == "sqlite" and not Path(url.database or "").exists()


def _owner(instance: str) -> str:
    """Return what no other start has: a row of an earlier one is not ours."""
    return f"{instance}/{secrets.token_hex(8)}"


def _url(secret: Secret) -> URL:
    try:
        return make_url(secret.reveal())
    except ArgumentError:
        message = "ledger.url: is no URL such as sqlite:///ledger.db"
        raise LedgerError(message) from None


def _opener(url: URL) -> Opener:
    module = DATABASES.get(url.drivername)
    if module is None:
        message = f"ledger.url: no database is known by {url.drivername!r}; {', '.join(DATABASES)}"
        raise LedgerError(message)
    opener: Opener = import_module(module).open_database
    return opener
