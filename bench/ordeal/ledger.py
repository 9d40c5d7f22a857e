"""The ledger as somebody else sees it: read only, and locked for a while."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_GETS_LOCK_WITHIN = 30.0


@dataclass(frozen=True, slots=True)
class Caught:
    """Rows `sending` at one moment, and how many of them were claimed within the last seconds."""

    sending: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What the rows say at the end."""

    found: int
    """Rows whose text a look-up found: they are sent, and were taken over after their request."""
    in_vain: int
    """Look-ups that found nothing."""
    second_sids: int
    unended: int


class Ledger(Protocol):
    """One kind of database; `url` is the daemons' setting."""

    @property
    def url(self) -> str:
        """Return the setting."""
        ...

    def caught(self, instance: str, since: float, flying: float) -> Caught:
        """Count the rows `sending` of an instance (`%`: of all) that it claimed after `since`.

        `since` in seconds since the epoch; in flight is what was claimed in the last `flying` s.
        """
        ...

    def locked(self) -> AbstractContextManager[None]:
        """Let nobody else write while inside."""
        ...

    def tally(self) -> Tally:
        """Count it all."""
        ...


class SqliteLedger:
    """A file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.url = f"sqlite:///{path}"

    def caught(self, instance: str, since: float, flying: float) -> Caught:
        """Count the rows."""
        query = (
            "SELECT count(*), coalesce(sum(claimed_at > ?), 0) FROM sms "
            "WHERE state = 'sending' AND owner LIKE ? AND claimed_at >= ?"
        )
        with self._reading() as ledger:
            parameters = (time.time() - flying, f"{instance}/%", since)
            return Caught(*ledger.execute(query, parameters).fetchone())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the one lock that there is for writing."""
        connection = sqlite3.connect(self._path, timeout=_GETS_LOCK_WITHIN, isolation_level=None)
        with closing(connection) as ledger:
            ledger.execute("BEGIN IMMEDIATE")
            yield
            ledger.execute("ROLLBACK")

    def tally(self) -> Tally:
        """Count it all."""
        query = (
            "SELECT coalesce(sum(state = 'sent' AND claimed_at > since), 0), "
            "coalesce(sum(in_vain), 0), (SELECT count(*) FROM second_sid), "
            "coalesce(sum(state IN ('sending', 'held', 'free')), 0) FROM sms"
        )
        with self._reading() as ledger:
            return Tally(*ledger.execute(query).fetchone())

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10)) as ledger:
            yield ledger
