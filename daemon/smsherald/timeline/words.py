"""Times, names and commands as they stand in a sentence."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_LONGEST = 100
_NUMBER = re.compile(r"[+()\-./ 0-9]+")
_DIGITS = 7
"""That a phone number has at least."""


def span(seconds: float) -> str:
    """Write a duration, in its largest whole unit."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def moment(at: float, now: float) -> str:
    """Write a time in UTC, and how far it is from now."""
    return f"{day_and_time(at)} ({_distance(at - now)})"


def day_and_time(at: float) -> str:
    """Write a time in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _distance(seconds: float) -> str:
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"


def on_one_line(text: str) -> str:
    """Write text without what moves a cursor."""
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def named(text: object) -> str:
    """Write what a stranger may have written: on one line, and not without end."""
    written = on_one_line(str(text))
    return written if len(written) <= _LONGEST else f"{written[: _LONGEST - 1]}…"


def like_a_number(text: str) -> bool:
    """Say whether it may be a phone number, as people write them."""
    digits = sum(character.isdigit() for character in text)
    return digits >= _DIGITS and _NUMBER.fullmatch(text) is not None
