"""The filters of the template language: this list is all there is.

Each takes null for null: a missing value stays missing, unless `default` says otherwise. What a
filter cannot take raises UnusableError(INVALID_VALUE).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import wraps
from time import perf_counter
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, Undefined, pass_environment
from jinja2.filters import do_title

from smsherald.errors import Reason, UnusableError
from smsherald.events.plain import as_text, is_number
from smsherald.flows.deadline import WATCH
from smsherald.flows.truth import is_missing

LONGEST = 1_000_000
"""Characters of a value between two filters; what a template prints is bounded far below."""
LONGEST_WORDS = 50_000
"""Characters that may be gone through one by one: a million take some hundred milliseconds."""

_DECIMAL = re.compile(r"\A[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\Z")
_MOST_DECIMALS = 9

Filter = Callable[..., Any]
FILTERS: dict[str, Filter] = {}


def printable(value: Any) -> str:
    """Return what prints by itself, a text or a whole number, as text. Raises TypeError."""
    text = as_text(value)
    if text is None:
        raise TypeError
    return text


def _listed(function: Filter) -> Filter:
    name = function.__name__.strip("_")

    @wraps(function)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if perf_counter() > WATCH.due:
            WATCH.late()
        for argument in (*arguments, *named.values()):
            if isinstance(argument, Undefined):
                # A strict one raises here.
                str(argument)
                return argument
        try:
            return function(*arguments, **named)
        except (TypeError, ValueError, ArithmeticError):
            detail = f"the filter {name} cannot take this value"
            # Without its cause, which may quote the value.
            raise UnusableError(Reason.INVALID_VALUE, detail) from None

    FILTERS[name] = guarded
    return guarded


def _default(value: Any, fallback: Any = "", empty: bool = False) -> Any:  # noqa: FBT001, FBT002 - templates give it by its place.
    """Return the fallback for a missing value; with `true`, for an empty list or zero, too."""
    if is_missing(value) or (empty and not value):
        return fallback
    return value


FILTERS["default"] = FILTERS["d"] = _default


@_listed
def upper(value: Any) -> str:
    """Put a text in capitals."""
    return printable(value).upper()


@_listed
def lower(value: Any) -> str:
    """Put a text in small letters."""
    return printable(value).lower()


@_listed
def title(value: Any) -> str:
    """Begin every word with a capital."""
    return do_title(_short(value))


@_listed
def capitalize(value: Any) -> str:
    """Begin the text with a capital, and go on in small letters."""
    return printable(value).capitalize()


@_listed
def trim(value: Any, characters: str | None = None) -> str:
    """Take white space, or the given characters, from both ends."""
    return printable(value).strip(characters)


@_listed
def replace(value: Any, old: str, new: str) -> str:
    """Replace every `old` by `new`."""
    text = printable(value)
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise ValueError
    return text.replace(old, new)


@_listed
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


@_listed
@pass_environment
def first(environment: Environment, value: Any) -> Any:
    """Return the first of a list, or a text's first character."""
    return _at_end(environment, value, 0)


@_listed
@pass_environment
def last(environment: Environment, value: Any) -> Any:
    """Return the last of a list, or a text's last character."""
    return _at_end(environment, value, -1)


def _at_end(environment: Environment, value: Any, index: int) -> Any:
    if not isinstance(value, list | str):
        raise TypeError
    return value[index] if value else environment.undefined(name="the end of an empty list")


@_listed
def join(value: Any, separator: str = "", attribute: str | None = None) -> str:
    """Join the texts of a list, or of one member of each of its objects."""
    if not isinstance(value, list):
        raise TypeError
    separator = printable(separator)
    texts = []
    for item in value:
        if perf_counter() > WATCH.due:
            WATCH.late()
        texts.append(printable(item if attribute is None else _member(item, attribute)))
    if sum(map(len, texts)) + len(texts) * len(separator) > LONGEST:
        raise ValueError
    return separator.join(texts)


def _member(item: Any, name: str) -> Any:
    if not isinstance(item, Mapping):
        raise TypeError
    return item.get(name)


@_listed
def split(value: Any, separator: str | None = None) -> list[str]:
    """Split a text into a list, at white space unless told otherwise."""
    return printable(value).split(separator)


@_listed
def length(value: Any) -> int:
    """Count a text's characters, a list's elements or an object's members."""
    if not isinstance(value, str | list | Mapping):
        raise TypeError
    return len(value)


@_listed
def _round(value: Any, places: int = 0) -> int | float:
    """Round a number, half up; to a whole one unless told otherwise."""
    rounded = _rounded(value, places)
    return float(rounded) if places else int(rounded)


@_listed
def decimals(value: Any, places: int = 2) -> str:
    """Write a number, or a text that is one, with so many decimals: 19.9 is "19.90"."""
    return str(_rounded(value, places))


def _rounded(value: Any, places: int) -> Decimal:
    if not 0 <= places <= _MOST_DECIMALS:
        raise ValueError
    return _number(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@_listed
def _int(value: Any) -> int:
    """Make a whole number of a number, or of a text that is one; decimals fall away."""
    return int(_number(value))


@_listed
def _float(value: Any) -> float:
    """Make a number of a text that is one."""
    return float(_number(value))


def _number(value: Any) -> Decimal:
    if isinstance(value, str) and not _DECIMAL.match(value):
        raise ValueError
    if not isinstance(value, str) and not is_number(value):
        raise TypeError
    # By its shortest text, so that 2.675 is what it says and not 2.67499….
    return Decimal(str(value))


@_listed
def string(value: Any) -> str:
    """Print a text, a number, true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(value)
    return printable(value)


@_listed
def urlencode(value: Any) -> str:
    """Write a text as a part of a link."""
    return quote(_short(value), safe="")


def _short(value: Any) -> str:
    text = printable(value)
    if len(text) > LONGEST_WORDS:
        raise ValueError
    return text
