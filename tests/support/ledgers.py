"""One database, the ledgers of several processes on it, and a look at its rows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, delete, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from smsherald.ledger import SqlLedger, open_ledger
from smsherald.ledger.sql import postgresql, sqlite, versions
from smsherald.ledger.sql.database import Database, Storage
from smsherald.ledger.sql.schema import second_sid, sms
from smsherald.model import (
    Accepted,
    Asked,
    Event,
    Failed,
    Fresh,
    OnUnknown,
    Outcome,
    Sent,
    Skipped,
    Sms,
    Told,
)
from smsherald.settings.secret import Secret
from smsherald.settings.values import LedgerSettings
from smsherald.sms import asked

if TYPE_CHECKING:
    from collections.abc import Iterator

QUARANTINE = 100.0
LOCK_TIMEOUT = 60.0
"""Seconds. A server ends who stops in a transaction for half of it: a busy machine may do that."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Observed:
    """Remembers what the ledger said of itself."""

    commits: list[tuple[float, int]] = field(default_factory=list)
    twice: int = 0
    troubles: list[str | None] = field(default_factory=list)
    since: list[float] = field(default_factory=list)
    """When it said each of them, by the monotonic clock."""
    troubled: asyncio.Event = field(default_factory=asyncio.Event)
    upgrades: list[tuple[int, int]] = field(default_factory=list)
    left_with: list[str] = field(default_factory=list)
    mendings: list[str] = field(default_factory=list)
    makings: int = 0
    beats: int = 0
    shared: list[bool] = field(default_factory=list)

    def committed(self, seconds: float, rows: int) -> None:
        self.commits.append((seconds, rows))

    def sent_twice(self) -> None:
        self.twice += 1

    def beat(self) -> None:
        self.beats += 1

    def name_shared(self, instance: str, *, is_shared: bool) -> None:
        assert instance
        self.shared.append(is_shared)

    def trouble(self, problem: str | None) -> None:
        self.troubles.append(problem)
        self.since.append(time.monotonic())
        self.troubled.set()

    def left(self, problem: str) -> None:
        self.left_with.append(problem)

    def mended(self, how: str) -> None:
        self.mendings.append(how)

    def made(self) -> None:
        self.makings += 1

    def upgraded(self, before: int, after: int, seconds: float) -> None:
        assert seconds > 0
        self.upgrades.append((before, after))


@dataclass(frozen=True)
class LedgerDatabase:
    """A database that ledgers are opened on; `url` as in the settings."""

    url: str

    @asynccontextmanager
    async def open(
        self,
        instance: str = "one",
        observed: Observed | None = None,
        quarantine: float = QUARANTINE,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> AsyncIterator[SqlLedger]:
        """Open a ledger as one process would."""
        settings = self.settings(quarantine)
        observer = observed or Observed()
        async with open_ledger(settings, instance, SystemClock(), observer, lock_timeout) as ledger:
            yield ledger

    @contextmanager
    def storage(self, lock_timeout: float = LOCK_TIMEOUT) -> Iterator[Storage]:
        """Open it as it is, and look at its version."""
        kind = sqlite if self.url.startswith("sqlite") else postgresql
        storage: Storage = kind.open_storage(make_url(self.url), lock_timeout)
        try:
            yield storage
        finally:
            storage.close()

    def settings(self, quarantine: float = QUARANTINE) -> LedgerSettings:
        """Return the settings of a ledger on it."""
        return LedgerSettings(
            url=Secret(self.url),
            retention=1.0,
            on_unknown=OnUnknown.LOOKUP,
            fence=5.0,
            late_accept=30.0,
            listing_lag=30.0,
            skew=600.0,
            quarantine=quarantine,
        )

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Write and read beside every ledger."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            yield connection

    def row(self, key: str) -> Mapping[str, Any] | None:
        """Return a row by its columns' names."""
        with self.connect() as connection:
            found = connection.execute(select(sms).where(sms.c.key == key)).mappings().one_or_none()
            return None if found is None else dict(found)

    def change(self, key: str, **columns: Any) -> None:
        """Write columns of a row."""
        with self.connect() as connection:
            connection.execute(update(sms).where(sms.c.key == key).values(columns))

    def forget(self, key: str) -> None:
        """Take a row away, as a restored backup does."""
        with self.connect() as connection:
            connection.execute(delete(sms).where(sms.c.key == key))

    def age(self, key: str, seconds: float = 2 * QUARANTINE) -> None:
        """Let so much time pass for one row."""
        times = (sms.c.claimed_at, sms.c.since, sms.c.ended_at, sms.c.notified_at)
        older = {column.name: column - seconds for column in times}
        with self.connect() as connection:
            connection.execute(update(sms).where(sms.c.key == key).values(older))

    def second_sids(self) -> set[tuple[str, str]]:
        """Return the table of second SIDs, each with the key of its SMS."""
        with self.connect() as connection:
            rows = connection.execute(select(second_sid.c.sid, second_sid.c.key)).all()
            return {(row.sid, row.key) for row in rows}


def made(storage: Storage) -> Database:
    """Return the ledger in an open database, which is made where it is missing."""
    versions.bring_up(storage, upgrade=False)
    return versions.ready(storage)


ACCOUNT_SID = "AC" + 32 * "0"
ASKED = asked(
    "default", ACCOUNT_SID, "+15550001111", "+15558675309", "Hi Ann, we have your order R12345."
)


def an_event(name: str = "R12345", **changes: Any) -> Event:
    """Return an event; two of one name are the same event."""
    event = Event(
        id=name,
        identity=("test", name),
        digest=_digest("event", name),
        routing_key="order.created",
        body={},
        headers={},
        time=0.0,
    )
    return replace(event, **changes)


def an_sms(name: str = "R12345", **changes: Any) -> Sms:
    """Return an SMS; two of one name have one key, two of one text (and number) one fingerprint."""
    asked = changes.pop("asked", None) or replace(ASKED, text=f"Hi Ann, your order is {name}.")
    sms = Sms(
        key=_digest("key", name),
        fingerprint=_digest("fingerprint", asked.account_sid, asked.to, asked.text),
        event=an_event(name),
        flow="order-created",
        reference=name,
        asked=asked,
        expires=None,
        on_unknown=OnUnknown.LOOKUP,
    )
    return replace(sms, **changes)


def asked_of(row: Mapping[str, Any] | None) -> Asked:
    """Return what a row says was asked of Twilio."""
    columns = ("account", "account_sid", "sender", "to", "text")
    return asked(*((row or {})[name] for name in columns))


def a_sid(name: str) -> str:
    """Return a message SID of Twilio's shape."""
    return "SM" + _digest("sid", name)[:32]


async def fresh(ledger: SqlLedger, sms: Sms) -> Fresh:
    """Claim an SMS that nobody has claimed."""
    claim = await ledger.claim(sms)
    assert isinstance(claim, Fresh)
    return claim


async def sent(ledger: SqlLedger, sms: Sms, *, told: bool = True) -> None:
    """Take it to its end."""
    outcome = await ledger.record(await fresh(ledger, sms), Accepted(a_sid(sms.key), "queued"))
    if told:
        await ledger.told([tells(sms, outcome)])


def tells(sms: Sms, outcome: Outcome) -> Told:
    """Return what the notification of this outcome tells."""
    assert isinstance(outcome, Sent | Failed | Skipped)
    return Told.of(sms.key, outcome)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
