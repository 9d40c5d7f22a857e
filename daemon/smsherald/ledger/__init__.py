"""The ledger: what remembers every SMS, so that none is sent twice.

`open_ledger` opens the one that the settings name, `open_cold` does so for a command.
"""

from __future__ import annotations

from smsherald.ledger.ledger import SqlLedger
from smsherald.ledger.opening import (
    described,
    is_missing,
    open_cold,
    open_ledger,
    upgrade_ledger,
)
from smsherald.ledger.versions import Change

__all__ = [
    "Change",
    "SqlLedger",
    "described",
    "is_missing",
    "open_cold",
    "open_ledger",
    "upgrade_ledger",
]
