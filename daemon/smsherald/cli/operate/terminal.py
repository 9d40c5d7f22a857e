"""What stands in the ledger on a terminal: tables that fit, times, and strangers' texts."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

_WIDE = 200


def console() -> Console:
    """Return a terminal as wide as it is; what is none cuts nothing."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    return console


def moment(at: float | None) -> str | None:
    """Write a time, where there is one."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def plain(value: object) -> Text:
    """Show a stranger's text as it is: no markup, nothing that moves the cursor."""
    return Text(printable(value))


def printable(value: object) -> str:
    """Return a stranger's text without what moves the cursor."""
    text = "" if value is None else str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
