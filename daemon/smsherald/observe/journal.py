"""How grave a line is, as systemd's journal reads it: `<4>` before it (`sd-daemon(3)`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

PRIORITIES: Mapping[str, int] = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog's number of each of our levels."""


def leads_there(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Say whether what is written to a stream goes to the journal (`$JOURNAL_STREAM`).

    The variable outlives a redirection, so it names device and inode of what it is about.
    """
    named = environment.get("JOURNAL_STREAM")
    if not named:
        return False
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # It is no file, or closed.
        return False
    return named == f"{status.st_dev}:{status.st_ino}"


def marked(text: str, level: str) -> str:
    """Return a text with its priority before each line: the journal takes each by itself."""
    mark = f"<{PRIORITIES[level]}>"
    return "\n".join(mark + line for line in text.split("\n"))
