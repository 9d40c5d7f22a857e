"""Who still uses a ledger that is to be moved, or downgraded."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from smsherald.errors import LedgerError
from smsherald.ledger.moving.errors import InUseError
from smsherald.ledger.replicas import LATELY, Replicas
from smsherald.ledger.sql import beside, versions
from smsherald.ledger.sql.database import ChangedError, Database, Storage, insist, reading
from smsherald.model import Replica

OnWait: TypeAlias = Callable[[str, float], None]
"""Hears which daemon may still be there, and how many seconds go by until that is known."""

_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'smsherald' AND pid <> pg_backend_pid()"
)
_LOOKED_EVERY = 1.0


def require_unused(storage: Storage, database: Database, on_wait: OnWait) -> None:
    """Raise InUseError where another process has it open.

    Not every one is seen: of a file none of another machine or container. So where a daemon has
    said of late that it uses the ledger, this waits to hear whether it says so again.
    """
    require_closed(storage)
    replicas = Replicas(database)
    at_first = replicas.lately()
    if not at_first:
        return
    latest = max(at_first, key=lambda each: each.seen_at)
    on_wait(latest.instance, LATELY)
    until = time.monotonic() + LATELY
    while time.monotonic() < until and (now := replicas.lately()):
        if again := _said_again(at_first, now):
            raise _in_use(storage, f"instance {again}")
        time.sleep(_LOOKED_EVERY)


def is_unused(storage: Storage, on_wait: OnWait) -> bool:
    """Raise as `require_unused` does; return False if its version has changed since it was opened.

    Whoever has changed it needed it unused as well.
    """
    if versions.is_older(storage.found):
        # What it says of replicas, this version cannot read.
        require_closed(storage)
        return True
    try:
        require_unused(storage, versions.ready(storage), on_wait)
    except (ChangedError, LedgerError):
        insist(storage.connection, None)
        if versions.of(storage) == storage.found:
            raise
        return False
    insist(storage.connection, None)
    return versions.of(storage) == storage.found


def require_closed(storage: Storage) -> None:
    """Raise InUseError where another process is seen that has it open, whatever its version."""
    if seen := _OPEN[storage.connection.dialect.name](storage):
        raise _in_use(storage, seen)


def _said_again(before: list[Replica], now: list[Replica]) -> str | None:
    known = {each.instance: each.seen_at for each in before}
    # An earlier word comes again as who said a later one ends: see `Replicas.gone`.
    later = (each for each in now if each.seen_at > known.get(each.instance, -math.inf))
    return next((each.instance for each in later), None)


def _in_use(storage: Storage, who: str) -> InUseError:
    return InUseError(f"{storage.place}: is in use by {who}: stop all that use it first")


def _processes(storage: Storage) -> str | None:
    found = sorted(beside.users(Path(storage.place).resolve()))
    if not found:
        return None
    return f"process {', '.join(map(str, found))}"


def _sessions(storage: Storage) -> str | None:
    with reading(storage.connection) as connection:
        found = connection.exec_driver_sql(_SESSIONS).scalar_one()
    if not found:
        return None
    return "another smsherald" if found == 1 else f"{found} others of smsherald"


_OPEN: Mapping[str, Callable[[Storage], str | None]] = {
    "sqlite": _processes,
    "postgresql": _sessions,
}
