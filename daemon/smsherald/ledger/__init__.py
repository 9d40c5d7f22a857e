"""The ledger: what remembers every SMS, so that none is sent twice.

`open_ledger` opens the one that the settings name, `open_for_command` does so for a command.
"""

from __future__ import annotations

from smsherald.ledger.ledger import SqlLedger
from smsherald.ledger.opening import (
    ForCommand,
    Opener,
    copy_ledger,
    described,
    downgrade_ledger,
    is_missing,
    open_for_command,
    open_ledger,
    upgrade_ledger,
)
from smsherald.ledger.sql.versions import Change

__all__ = [
    "Change",
    "ForCommand",
    "Opener",
    "SqlLedger",
    "copy_ledger",
    "described",
    "downgrade_ledger",
    "is_missing",
    "open_for_command",
    "open_ledger",
    "upgrade_ledger",
]
