"""The ledger as somebody else sees it: read only, and locked for a while."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from support.postgres import Postgres

_PATIENCE = 30
"""Seconds that the lock is waited for: writers hold it for milliseconds, but there are many."""
_CAUGHT = """
SELECT count(*), coalesce(sum(CASE WHEN claimed_at > :recent THEN 1 ELSE 0 END), 0)
FROM sms WHERE state = 'sending' AND owner LIKE :owner AND claimed_at >= :since
"""
_TALLY = """
SELECT coalesce(sum(CASE WHEN state = 'sent' AND claimed_at > since THEN 1 ELSE 0 END), 0),
    coalesce(sum(in_vain), 0),
    (SELECT count(*) FROM second_sid),
    coalesce(sum(CASE WHEN state IN ('sending', 'held', 'free') THEN 1 ELSE 0 END), 0)
FROM sms
"""
_PAUSE = "SELECT since, until FROM pause WHERE scope = :scope AND name = :name"
# `since` is when it was claimed as it was sent: a take-over, which only looks, does not move it.
_SENT_OF = """
SELECT count(*) FROM sms
WHERE state = 'sent' AND since > :since AND since < :until AND flow LIKE :flow
"""
_HELD = """
SELECT key, claim_number, flow, reference, "to", text FROM sms WHERE state = 'held' ORDER BY since
"""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """An SMS that a person has to decide on."""

    key: str
    claim_number: int
    flow: str
    reference: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """While a pause held, in seconds since the epoch, for a flow or (`%`) for all of them."""

    flow: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Caught:
    """Rows `sending` at one moment, and how many of them were claimed within the last seconds."""

    sending: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What the rows say at the end."""

    found: int
    """Rows whose text a look-up found: they are sent, and were claimed last by a take-over."""
    in_vain: int
    """Look-ups that found nothing."""
    second_sids: int
    unended: int
    """Rows that are `sending`, `held` or `free`."""


class Ledger:
    """A database that the daemons know by `url`; `lock` is what keeps others from writing."""

    def __init__(self, url: str, *, reading: Engine, writing: Engine, lock: str) -> None:
        self.url = url
        self._reading = reading
        self._writing = writing
        self._lock = lock

    def caught(self, instance: str, since: float, recent: float) -> Caught:
        """Count the rows `sending` of an instance (`%`: of all) that it claimed after `since`.

        `since` in seconds since the epoch; in flight is what was claimed `recent` s ago or later.
        """
        parameters = {"recent": time.time() - recent, "owner": f"{instance}/%", "since": since}
        return Caught(*self._row(_CAUGHT, parameters))

    def tally(self) -> Tally:
        """Count it all."""
        return Tally(*self._row(_TALLY, {}))

    def paused(self, scope: str, name: str) -> tuple[float, float | None] | None:
        """Return since when, and until when, operators have paused something; None: no more."""
        with self._reading.connect() as connection:
            row = connection.execute(text(_PAUSE), {"scope": scope, "name": name}).one_or_none()
        return None if row is None else (row.since, row.until)

    def sent_of(self, span: Span) -> int:
        """Count what is sent of what was claimed while a pause held."""
        parameters = {"flow": span.flow, "since": span.since, "until": span.until}
        (count,) = self._row(_SENT_OF, parameters)
        return int(count)

    def held(self) -> list[HeldRow]:
        """Return what is held."""
        with self._reading.connect() as connection:
            return [HeldRow(*row) for row in connection.exec_driver_sql(_HELD)]

    def outbox(self) -> int:
        """Count the facts that nobody was told yet."""
        (count,) = self._row("SELECT count(*) FROM outbox", {})
        return int(count)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody else write while inside."""
        with self._writing.connect() as connection:
            connection.exec_driver_sql(self._lock)
            yield
            connection.rollback()

    def _row(self, query: str, parameters: dict[str, Any]) -> tuple[Any, ...]:
        with self._reading.connect() as connection:
            return tuple(connection.execute(text(query), parameters).one())


def sqlite_ledger(path: Path) -> Ledger:
    """Return a ledger in a file."""
    return Ledger(
        f"sqlite:///{path}",
        reading=_sqlite(path, "ro"),
        writing=_sqlite(path, "rw"),
        lock="BEGIN IMMEDIATE",
    )


def _sqlite(path: Path, mode: str) -> Engine:
    """Return an engine that never makes the file; one that may write cleans up after the killed."""
    uri = f"file:{path}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # It begins what it is told to begin, and nothing by itself.
        return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


@contextmanager
def postgresql_ledger() -> Iterator[Ledger]:
    """Run a server with an empty database while inside."""
    postgres = Postgres()
    try:
        postgres.start()
        with postgres.database() as name:
            url = postgres.url(name)
            engine = create_engine(url, poolclass=NullPool)
            lock = "LOCK TABLE sms IN EXCLUSIVE MODE"
            yield Ledger(url, reading=engine, writing=engine, lock=lock)
    finally:
        postgres.remove()
