"""Who else sends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Replica:
    """A daemon on the same ledger, as it was seen there last."""

    instance: str
    version: str
    seen_at: float
    """Seconds since the epoch, by the ledger's clock."""
