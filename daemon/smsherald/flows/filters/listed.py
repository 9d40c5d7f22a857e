"""The list of all filters, and what each of them is guarded by."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any

from jinja2 import Undefined

from smsherald.errors import Reason, UnusableError
from smsherald.events.plain import as_text
from smsherald.flows.deadline import WATCH
from smsherald.flows.truth import is_missing

LONGEST = 1_000_000
"""Characters of a value between two filters; what a template prints is bounded far below."""
LONGEST_WORDS = 50_000
"""Characters that may be gone through one by one: a million take some hundred milliseconds."""

Filter = Callable[..., Any]
FILTERS: dict[str, Filter] = {}


def listed(function: Filter) -> Filter:
    """Put a filter on the list, under its name without `_`.

    What is missing stays so, also a null that another filter has found. Raises
    UnusableError(INVALID_VALUE) for what it cannot take.
    """
    name = function.__name__.strip("_")

    @wraps(function)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if perf_counter() > WATCH.due:
            WATCH.late()
        for argument in (*arguments, *named.values()):
            if isinstance(argument, Undefined):
                # Whoever prints it hears which it is; `or` and `default` may have another.
                return argument
        if arguments[0] is None:
            return None
        try:
            return function(*arguments, **named)
        except (TypeError, ValueError, LookupError, ArithmeticError):
            detail = f"the filter {name} cannot take this value"
            # Without its cause, which may quote the value.
            raise UnusableError(Reason.INVALID_VALUE, detail) from None

    FILTERS[name] = guarded
    return guarded


def reads(function: Filter) -> Filter:
    """Let a filter, which reads something of its value, read nothing of an empty text."""

    @wraps(function)
    def asked(value: Any, *arguments: Any, **named: Any) -> Any:
        return None if is_missing(value) else function(value, *arguments, **named)

    return asked


def printable(value: Any) -> str:
    """Return what prints by itself, a text or a whole number, as text. Raises TypeError."""
    text = as_text(value)
    if text is None:
        raise TypeError
    return text


def short(value: Any) -> str:
    """Return what prints by itself and may be gone through sign by sign.

    Raises TypeError, ValueError.
    """
    text = printable(value)
    if len(text) > LONGEST_WORDS:
        raise ValueError
    return text
