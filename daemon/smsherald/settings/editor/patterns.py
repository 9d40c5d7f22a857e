"""The shapes of texts as regular expressions that editors know (ECMA 262, anchored here).

A pattern takes all that its shape takes, for an editor must never call wrong what is right; what
a shape says beyond it, `smsherald check` says. A shape that is not here is any text to an editor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smsherald.settings import shapes

_UNITS = "|".join(shapes.SECONDS)
_DURATION = f"(0|[1-9][0-9]{{0,9}})({_UNITS})"
_COUNTRY = "[A-Z]{2}"
_HEX = "[0-9a-fA-F]{32}"
_LINE = r"\S(.*\S)?"
_WORD = r"([A-Za-z0-9_:/\\-]+|\*|#)"

PATTERNS: Mapping[Callable[[str], Any], str] = {
    shapes.duration: _DURATION,
    shapes.age: f"none|{_DURATION}",
    shapes.size: f"(0|[1-9][0-9]{{0,9}})({'|'.join(shapes.BYTES)})",
    shapes.token: "[!-~]{16,200}",
    shapes.prefetch: "[1-9][0-9]{0,4}x?",
    shapes.name: "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    shapes.entity: "[!-~]{1,200}",
    shapes.type_prefix: "[A-Za-z0-9._-]{0,100}",
    shapes.pattern: rf"{_WORD}(\.{_WORD})*",
    shapes.others_key: f"({_LINE})?",
    shapes.others_exchange: _LINE,
    shapes.exact: _LINE,
    shapes.locale: "[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*",
    shapes.region: _COUNTRY,
    shapes.allowed: rf"{_COUNTRY}|\+[1-9][0-9]{{6,14}}",
    shapes.denied: rf"{_COUNTRY}|\+[1-9][0-9]{{0,14}}",
    shapes.priced: rf"{_COUNTRY}|\+[1-9][0-9]{{0,14}}",
    shapes.code: "[1-9][0-9]{4,5}",
    shapes.account_sid: f"AC{_HEX}",
    shapes.api_key: f"SK{_HEX}",
    shapes.listen: r".*:[0-9]{1,5}",
}


def pattern_of(shape: Callable[[str], Any]) -> str | None:
    """Return the whole pattern of a shape; None where it has none."""
    if shape is shapes.filled:
        return r"\S"
    pattern = PATTERNS.get(shape)
    return None if pattern is None else f"^({pattern})$"
