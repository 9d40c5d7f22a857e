"""What opening a database gives, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from smsherald.ledger.statements import Statements


class AwayError(Exception):
    """The database cannot be opened now, and perhaps later."""


@dataclass(frozen=True, slots=True)
class Database:
    """An open database whose tables are of our version; used on the ledger's thread only."""

    connection: Connection
    statements: Statements
    phone_key: bytes
    close: Callable[[], None]
