"""Dates as HTTP's headers and Twilio's resources write them (RFC 9110, RFC 2822)."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime


def read(text: str) -> float | None:
    """Return a date as seconds since the epoch, None for what is none; without a zone it is UTC."""
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
