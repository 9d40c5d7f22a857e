"""The databases that must keep the ledger's contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from smsherald.ledger import ForCommand, SqlLedger, open_for_command
from smsherald.ledger.people import People
from smsherald.ledger.retention import Retention
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed
from support.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], LedgerDatabase]]:
    """Return what gives empty databases of each kind: a new kind is one more case here."""
    numbers = count(1)
    with ExitStack() as made:
        match request.param:
            case "sqlite":
                yield lambda: LedgerDatabase(f"sqlite:///{tmp_path}/ledger{next(numbers)}.db")
            case "postgresql":
                cluster: Postgres = request.getfixturevalue("postgres")
                yield lambda: LedgerDatabase(made.enter_context(cluster.schema()))
            case kind:
                pytest.fail(f"no such database: {kind}")


@pytest.fixture
def database(new_database: Callable[[], LedgerDatabase]) -> LedgerDatabase:
    """Return an empty database."""
    return new_database()


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
def for_command(database: LedgerDatabase, ledger: SqlLedger) -> Iterator[ForCommand]:
    """Return what a command has, while a daemon has the ledger open."""
    del ledger
    with open_for_command(database.settings(), LOCK_TIMEOUT) as opened:
        yield opened


@pytest.fixture
def people(for_command: ForCommand) -> People:
    """Return what answers a person."""
    return for_command.people


@pytest.fixture
def retention(for_command: ForCommand) -> Retention:
    """Return what forgets."""
    return for_command.retention


@pytest.fixture
async def other(database: LedgerDatabase, ledger: SqlLedger) -> AsyncIterator[SqlLedger]:
    """Return the ledger of a second process on the same database."""
    del ledger
    async with database.open("two") as opened:
        yield opened
