"""Times, names and commands as they stand in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_LONGEST = 100


def span(seconds: float) -> str:
    """Write a duration, in its largest whole unit."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def moment(at: float, now: float) -> str:
    """Write a time in UTC, and how far it is from now."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC ({_distance(at - now)})"


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
