"""Filters that read what a text stands for."""

from __future__ import annotations

from html import unescape as unescaped
from typing import Any

from smsherald.errors import UnusableError
from smsherald.events.plain import is_whole
from smsherald.events.strict_json import value_of
from smsherald.flows.filters.listed import listed, reads, short
from smsherald.flows.local.plain import plain

LONGEST_JSON = 100_000
"""Characters; a million of nothing but brackets take some hundred milliseconds."""
_YES = frozenset({"true", "t", "yes", "y", "on", "1"})
_NO = frozenset({"false", "f", "no", "n", "off", "0"})


@listed
@reads
def _bool(value: Any) -> bool:
    """Read true or false from what stands for it: "yes", "no", "on", "off", "1", "0", 1, 0.

    Letters may have any case. Everything else is refused, for what "2" or "maybe" means nobody
    knows.
    """
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) and not is_whole(value):
        raise TypeError
    word = str(value).strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError


@listed
def unescape(value: Any) -> str:
    """Read HTML's entities: "Fish &amp; Chips" is "Fish & Chips". Their spaces are plain ones."""
    return plain(unescaped(short(value)))


@listed
@reads
def fromjson(value: Any) -> Any:
    """Read a text that is JSON, as strictly as a body: `(event.body.payload | fromjson).id`.

    It has at most 100,000 characters.
    """
    if not isinstance(value, str):
        raise TypeError
    if len(value) > LONGEST_JSON:
        raise ValueError
    try:
        return value_of(value)
    except UnusableError:
        raise ValueError from None
