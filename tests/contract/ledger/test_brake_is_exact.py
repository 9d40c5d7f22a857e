"""Nothing that is claimed after a pause brings the counter from before it, however they cross.

Each side has its own connection and thread, and is stopped right before its COMMIT.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from smsherald.ledger import SqlLedger
from smsherald.ledger.commit.batch import Batch
from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.pauses import Pauses
from smsherald.ledger.sql.database import AwayError
from smsherald.model import Pause, Scope, Target
from support.ledgers import LedgerDatabase, an_sms, fresh, made

PATIENCE = 30.0
A_MOMENT = 0.3
"""Seconds in which a pause that waits for nobody would be done."""
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


class Held:
    """Stops a thread until it is let go."""

    def __init__(self) -> None:
        self._reached, self._go_on = threading.Event(), threading.Event()

    def __call__(self, *_: object) -> None:
        self._reached.set()
        assert self._go_on.wait(PATIENCE)

    async def reached(self) -> None:
        """Wait until it stands there."""
        assert await asyncio.to_thread(self._reached.wait, PATIENCE)

    def let_go(self) -> None:
        """Let it go on."""
        self._go_on.set()


class Operator:
    """Who pauses everything, on a connection of their own."""

    def __init__(self, pauses: Pauses, engine: Engine) -> None:
        self._pauses = pauses
        self.engine = engine

    def pause(self) -> Pause:
        """Return when it is committed."""
        return self._pauses.pause(Target(Scope.ALL), "", "ann@shop", None)

    def pausing(self) -> asyncio.Task[Pause]:
        """Let it happen on a thread."""
        return asyncio.create_task(asyncio.to_thread(self.pause))


@pytest.fixture
def held() -> Iterator[Held]:
    """Return what holds one of them."""
    held = Held()
    yield held
    held.let_go()


@pytest.fixture
def operator(database: LedgerDatabase, ledger: SqlLedger) -> Iterator[Operator]:
    """Return one, beside a daemon that has the ledger open."""
    del ledger
    with database.storage() as storage:
        yield Operator(Pauses(made(storage)), storage.connection.engine)


async def waits_for_the_lock(database: LedgerDatabase) -> None:
    """Wait until a transaction stands before another's lock; of SQLite nobody can ask that."""
    if database.url.startswith("sqlite"):
        return
    async with asyncio.timeout(PATIENCE):
        while True:
            with database.connect() as connection:
                if connection.execute(WAITING).scalar():
                    return
            await asyncio.sleep(0.01)


async def test_a_claim_that_begins_before_a_pause_is_committed_brings_its_counter(
    database: LedgerDatabase,
    ledger: SqlLedger,
    operator: Operator,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit, begins = Transactions.commit, threading.Event()

    def committing(self: Transactions, batch: Batch) -> float:
        begins.set()
        return commit(self, batch)

    monkeypatch.setattr(Transactions, "commit", committing)
    event.listen(operator.engine, "commit", held, once=True)
    pausing = operator.pausing()
    await held.reached()
    claiming = asyncio.create_task(fresh(ledger, an_sms()))
    assert await asyncio.to_thread(begins.wait, PATIENCE)
    await waits_for_the_lock(database)
    held.let_go()
    await pausing

    assert (await claiming).brake == 1


async def test_a_pause_waits_for_a_claim_whose_commit_takes_long(
    database: LedgerDatabase,
    ledger: SqlLedger,
    operator: Operator,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claim = Transactions._claim  # noqa: SLF001 - The seam before its COMMIT.

    def claims(self: Transactions, *arguments: Any) -> None:
        claim(self, *arguments)
        held()

    monkeypatch.setattr(Transactions, "_claim", claims)
    claiming = asyncio.create_task(fresh(ledger, an_sms()))
    await held.reached()
    pausing = operator.pausing()
    await asyncio.wait([pausing], timeout=A_MOMENT)
    was_paused = pausing.done()
    held.let_go()
    claimed = await claiming
    await pausing

    assert claimed.brake == (1 if was_paused else 0)
    assert (database.row(an_sms().key) or {})["state"] == "sending"
    assert (await fresh(ledger, an_sms("next"))).brake == 1


async def test_a_claim_whose_commit_nobody_confirmed_brings_what_was_paused_since(
    ledger: SqlLedger, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Transactions.commit
    lost: list[Pause] = []

    def committing(self: Transactions, batch: Batch) -> float:
        seconds = commit(self, batch)
        if not lost:
            lost.append(operator.pause())
            raise AwayError
        return seconds

    monkeypatch.setattr(Transactions, "commit", committing)

    claim = await fresh(ledger, an_sms())

    assert (claim.claim_number, claim.brake) == (1, 1)
    assert lost
