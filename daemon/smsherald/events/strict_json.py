"""JSON as RFC 8259 has it, from bytes that anybody may have sent.

The parser of the standard library takes more than JSON (NaN, duplicate keys), and returns what
later breaks: infinity, lone surrogates, integers that no database holds. All of it is refused
here. No error says anything of the content: it would travel in headers and logs.
"""

from __future__ import annotations

import json
import math
from codecs import BOM_UTF8
from typing import Any, NoReturn

from smsherald.errors import Reason, UnusableError

MAX_DEPTH = 64
"""Objects and lists within each other. Fixed: Python's own limit depends on who calls."""

_MAX_DIGITS = 20
_INT64 = range(-(2**63), 2**63)


def parse(body: bytes) -> dict[str, Any] | list[Any]:
    """Return the object or the list that a body holds.

    A byte order mark before it is skipped (RFC 8259, 8.1, allows that). Takes time by the body's
    length alone, which the caller bounds. Raises
    UnusableError(NOT_JSON | NOT_AN_OBJECT); `detail` names the rule that is broken.
    """
    try:
        text = body.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        raise _not_json("the body is not UTF-8") from None
    value = value_of(text)
    if not isinstance(value, dict | list):
        detail = "the body is JSON, but neither an object nor a list"
        raise UnusableError(Reason.NOT_AN_OBJECT, detail)
    return value


def value_of(text: str) -> Any:
    """Return the value that a text holds, whatever it is.

    Raises UnusableError(NOT_JSON); `detail` speaks of a body.
    """
    if not text.strip():
        raise _not_json("the body is empty")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise _not_json(f"the body is not JSON at {place}") from None
    except RecursionError:
        raise _not_json(_TOO_DEEP) from None
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(value):
        raise _not_json(_TOO_DEEP)
    # Bytes that are UTF-8 hold no surrogate; only an escape can make one.
    if "\\u" in text and not _is_encodable(value):
        raise _not_json("a string holds half a surrogate pair")
    return value


_TOO_DEEP = f"objects and lists are nested more than {MAX_DEPTH} deep"


def _not_json(detail: str) -> UnusableError:
    return UnusableError(Reason.NOT_JSON, detail)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _not_json("an object has the same key twice")
    return members


def _integer(digits: str) -> int:
    # The length first: to read a million digits takes seconds.
    if len(digits) <= _MAX_DIGITS and (number := int(digits)) in _INT64:
        return number
    raise _not_json("an integer does not fit into 64 bits")


def _decimal(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _not_json("a number is too large")
    return number


def _constant(_name: str) -> NoReturn:
    raise _not_json("NaN and Infinity are no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
)


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
