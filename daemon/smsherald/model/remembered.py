"""What the ledger knows of what a person asks about."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.model.parked import ParkedEntry
from smsherald.model.row import Row


@dataclass(frozen=True, slots=True)
class Remembered:
    """Rows of whole events, the newest first, and what of them is parked."""

    rows: tuple[Row, ...] = ()
    parked: tuple[ParkedEntry, ...] | None = None
    """None where nobody can say."""
