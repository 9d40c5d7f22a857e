"""What of a publisher's values is text by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeGuard


def as_text(value: Any) -> str | None:
    """Return a text or a whole number as text; nothing else is one, least of all a boolean."""
    if isinstance(value, str):
        return value
    return str(value) if is_whole(value) else None


def is_whole(value: Any) -> TypeGuard[int]:
    """Say whether a value is a whole number; Python takes a boolean for one."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Say whether arithmetic may be done."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_moment(value: Any, latest: float) -> float | None:
    """Read seconds since the epoch, or a datetime (without a zone: UTC), but none after `latest`.

    Zero is what publishers without a clock send: it is none, like anything before it.
    """
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if is_number(value) and value > 0:
        return float(min(value, latest))
    return None
