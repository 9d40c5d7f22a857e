"""How much of what the ledger holds waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unfinished:
    """As of one moment."""

    held: int
    """SMSes that wait for a person's decision."""
    parked: Mapping[str, int]
    """What is listed as parked, by reason."""
    outbox: int
    """Facts that nobody was told yet."""
