"""The databases that must keep the ledger's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from smsherald.ledger import SqlLedger
from support.ledgers import LedgerDatabase, Observed


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerDatabase:
    """Return an empty database of each kind: a new kind is one more case here."""
    match request.param:
        case "sqlite":
            return LedgerDatabase(f"sqlite:///{tmp_path}/ledger.db")
        case kind:
            pytest.fail(f"no such database: {kind}")


@pytest.fixture
def observed() -> Observed:
    """Return what the ledger `ledger` says of itself."""
    return Observed()


@pytest.fixture
async def ledger(database: LedgerDatabase, observed: Observed) -> AsyncIterator[SqlLedger]:
    """Return the ledger of a first process."""
    async with database.open("one", observed) as opened:
        yield opened


@pytest.fixture
async def other(database: LedgerDatabase, ledger: SqlLedger) -> AsyncIterator[SqlLedger]:
    """Return the ledger of a second process on the same database."""
    del ledger
    async with database.open("two") as opened:
        yield opened
