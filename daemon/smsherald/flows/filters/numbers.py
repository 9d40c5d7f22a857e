"""Filters of numbers that are the same in every language."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from smsherald.events.plain import is_number
from smsherald.flows.filters.listed import listed, reads

_DECIMAL = re.compile(r"\A[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\Z")
_MOST_DIGITS = 18
MOST_DECIMALS = 9


@listed
@reads
def _round(value: Any, places: int = 0) -> int | float:
    """Round a number, half up; to a whole one unless told otherwise."""
    rounded = _rounded(value, places)
    return float(rounded) if places else int(rounded)


@listed
@reads
def decimals(value: Any, places: int = 2) -> str:
    """Write a number, or a text that is one, with so many decimals: 19.9 is "19.90"."""
    return str(_rounded(value, places))


def _rounded(value: Any, places: int) -> Decimal:
    if not 0 <= places <= MOST_DECIMALS:
        raise ValueError
    return number_of(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@listed
@reads
def _int(value: Any) -> int:
    """Make a whole number of a number, or of a text that is one; decimals fall away."""
    return int(number_of(value))


@listed
@reads
def _float(value: Any) -> float:
    """Make a number of a text that is one."""
    return float(number_of(value))


def number_of(value: Any) -> Decimal:
    """Return a number, or a text that is one. Raises TypeError, ValueError, ArithmeticError."""
    if isinstance(value, Decimal):
        # A schema's; of a number with a million digits nothing may be made.
        if value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS:
            return value
        raise ValueError
    if isinstance(value, str) and not _DECIMAL.match(value):
        raise ValueError
    if not isinstance(value, str) and not is_number(value):
        raise TypeError
    # By its shortest text, so that 2.675 is what it says and not 2.67499….
    return Decimal(str(value))
