"""Filters of texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from jinja2.filters import do_title

from smsherald.flows.filters.listed import FILTERS, LONGEST, listed, printable, short
from smsherald.flows.truth import is_missing


def _default(value: Any, fallback: Any = "", empty: bool = False) -> Any:  # noqa: FBT001, FBT002 - templates give it by its place.
    """Return the fallback for a missing value; with `true`, for an empty list or zero, too."""
    if is_missing(value) or (empty and not value):
        return fallback
    return value


FILTERS["default"] = FILTERS["d"] = _default


@listed
def upper(value: Any) -> str:
    """Put a text in capitals."""
    return printable(value).upper()


@listed
def lower(value: Any) -> str:
    """Put a text in small letters."""
    return printable(value).lower()


@listed
def title(value: Any) -> str:
    """Begin every word with a capital."""
    return do_title(short(value))


@listed
def capitalize(value: Any) -> str:
    """Begin the text with a capital, and go on in small letters."""
    return printable(value).capitalize()


@listed
def trim(value: Any, characters: str | None = None) -> str:
    """Take white space, or the given characters, from both ends."""
    return printable(value).strip(characters)


@listed
def replace(value: Any, old: str, new: str) -> str:
    """Replace every `old` by `new`."""
    text = printable(value)
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise ValueError
    return text.replace(old, new)


@listed
def truncate(value: Any, length: int, killwords: bool = False, end: str = "...") -> str:  # noqa: FBT001, FBT002 - jinja2's signature.
    """Cut a text to `length` characters, `end` among them; between words unless `killwords`."""
    text = printable(value)
    if length < 0:
        raise ValueError
    if len(text) <= length:
        return text
    kept = text[: max(length - len(end), 0)]
    if not killwords and " " in kept:
        kept = kept.rsplit(" ", 1)[0]
    return (kept + end)[:length]


@listed
def string(value: Any) -> str:
    """Print a text, a number, true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(value)
    return printable(value)


@listed
def urlencode(value: Any) -> str:
    """Write a text as a part of a link."""
    return quote(short(value), safe="")
