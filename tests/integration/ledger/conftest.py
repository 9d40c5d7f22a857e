"""A database of each kind for a ledger, with nothing in it yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.ledgers import LedgerDatabase, Observed
from support.postgres import Postgres


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def database(path: Path) -> LedgerDatabase:
    """Return one in a SQLite file."""
    return LedgerDatabase(f"sqlite:///{path}")


@pytest.fixture
def name(postgres: Postgres) -> Iterator[str]:
    """Make a database on the server."""
    with postgres.database() as made:
        yield made


@pytest.fixture
def served(postgres: Postgres, name: str) -> LedgerDatabase:
    """Return one on PostgreSQL."""
    return LedgerDatabase(postgres.url(name))


@pytest.fixture
def observed() -> Observed:
    return Observed()
