"""What a plain YAML scalar means here.

Whole numbers, decimals, true, false and null; everything else is text, so that `no`, `on`,
`22:00`, `+15551234567`, `00123` and `2026-01-01` are what they look like.
"""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

WORDS: dict[str, bool | None] = {
    "": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_MOST_DIGITS = 19
_LARGEST = 2**63 - 1


class Given(str):
    """Text that came from `${…}` or an environment variable.

    It has no type of its own, so it becomes whatever is due where it stands: `200` a number
    where a number is due, and text where text is due.
    """

    __slots__ = ()


def scalar(text: str) -> Scalar:
    """Return what an unquoted scalar means.

    Raises ValueError, with a sentence, for a number that a signed 64-bit integer or a double
    cannot hold.
    """
    if text in WORDS:
        return WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) <= _MOST_DIGITS + 1 and abs(number := int(text)) <= _LARGEST:
            return number
        message = "this number is too large; quote it if it is text"
        raise ValueError(message)
    if _DECIMAL.fullmatch(text):
        if math.isfinite(decimal := float(text)):
            return decimal
        message = "this number is too large; quote it if it is text"
        raise ValueError(message)
    return text


def encodable(text: str) -> bool:
    """Return whether a text can be written as UTF-8: what came in bad bytes cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def kind(value: object) -> str:
    """Name the kind of a value for an error message; the value itself is never shown."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"
