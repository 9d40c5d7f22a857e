"""What the ledger decides: pure functions, no database, no clock, no thread.

A claim or an answer goes in with what the database holds; what to write comes out, and what to
say once it is written. Every write stands under a condition, so that of several replicas that
decide alike one wins; the others read again and decide again.
"""

from __future__ import annotations

from smsherald.ledger.decide.answers import (
    FREED,
    POISON_AFTER,
    Change,
    KeepSecond,
    Known,
    OnLate,
    Overwrite,
    change,
    is_written,
    on_late,
    outcome,
    unknown,
)
from smsherald.ledger.decide.claims import (
    Found,
    Insert,
    OnClaim,
    Reclaim,
    Reply,
    TakeOver,
    left,
    on_claim,
)
from smsherald.ledger.decide.rules import Rules

__all__ = [
    "FREED",
    "POISON_AFTER",
    "Change",
    "Found",
    "Insert",
    "KeepSecond",
    "Known",
    "OnClaim",
    "OnLate",
    "Overwrite",
    "Reclaim",
    "Reply",
    "Rules",
    "TakeOver",
    "change",
    "is_written",
    "left",
    "on_claim",
    "on_late",
    "outcome",
    "unknown",
]
