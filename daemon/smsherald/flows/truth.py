"""What a condition asks of values: only true, false and missing stand for yes or no.

Publishers write `"false"`, `"0"`, `"no"` and `{"state": "not_subscribed"}`; to Python each of them
is true. So whatever is none of the three is an error of the event, which says how to ask instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from jinja2 import Undefined

from smsherald.errors import Reason, UnusableError
from smsherald.events.plain import is_number

TEXT = "a text"

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": eq,
    "ne": ne,
    "lt": lt,
    "lteq": le,
    "gt": gt,
    "gteq": ge,
}
_SIZES = frozenset({"lt", "lteq", "gt", "gteq"})
_ORDERED = frozenset({TEXT, "a number"})
_READS_NUMBERS = "| float reads a number in a text, | int drops its decimals"
CURES = {
    TEXT: 'compare it (== "…"), read it with | bool, or ask is defined',
    "a number": "compare it (> 0), or ask is defined",
    "a list": "compare its | length, or ask is defined",
    "an object": "compare a member of it, or ask is defined",
}
"""What to write where a value of some kind stands for yes or no."""


def is_missing(value: Any) -> bool:
    """Say whether there is nothing: no value, null, or empty text, which shops write for null."""
    return value is None or isinstance(value, Undefined) or (isinstance(value, str) and not value)


def truth(value: Any, label: str, missing: bool) -> bool:  # noqa: FBT001 - templates give it by its place.
    """Return a value that says yes or no; `missing` is what a missing one says.

    `label` names the value in the error. Raises UnusableError(INVALID_VALUE).
    """
    if value is True or value is False:
        return value
    if is_missing(value):
        return missing
    kind = kind_of(value)
    cure = CURES.get(kind, "compare it, or ask is defined")
    raise UnusableError(Reason.INVALID_VALUE, f"{label} is {kind}: {cure}")


def compare(
    left: Any,
    right: Any,
    operator: str,
    label: str,
    missing: bool | None,  # noqa: FBT001 - templates give it by its place.
) -> bool:
    """Compare two values of one kind, or a missing one with anything.

    `operator` is jinja2's word. `missing` is what a comparison with a missing value says, empty
    text included; None: a missing value equals another, and nothing else. Raises
    UnusableError(INVALID_VALUE).
    """
    if missing is not None:
        if is_missing(left) or is_missing(right):
            return missing
    elif _is_null(left) or _is_null(right):
        return _with_none(left, right, operator)
    kind, other = kind_of(left), kind_of(right)
    if kind != other and (is_missing(left) or is_missing(right)):
        # An empty text where a number is due is how some shops write that there is none.
        return _with_none(left, right, operator)
    if kind != other:
        of_numbers = operator in _SIZES and {kind, other} == _ORDERED
        cure = _READS_NUMBERS if of_numbers else "| int, | string and | bool convert"
        detail = f"{label}: {kind} is compared with {other}; {cure}"
        raise UnusableError(Reason.INVALID_VALUE, detail)
    if operator in _SIZES and kind not in _ORDERED:
        detail = f"{label}: {kind} is neither larger nor smaller than another"
        raise UnusableError(Reason.INVALID_VALUE, detail)
    return _OPERATORS[operator](left, right)


def _is_null(value: Any) -> bool:
    return value is None or isinstance(value, Undefined)


def _with_none(left: Any, right: Any, operator: str) -> bool:
    """Compare where one side is missing, or is `none` as a condition spells it."""
    same = is_missing(left) and is_missing(right)
    return {"eq": same, "ne": not same}.get(operator, False)


def contains(value: Any, container: Any, label: str, missing: bool) -> bool:  # noqa: FBT001 - the same.
    """Say whether a list holds a value, or an object a key; both must be of one kind.

    `missing` is what a missing value or container says, and of a list that does not hold the value
    a missing element. Raises UnusableError(INVALID_VALUE), also for a text as container, in which
    `"vip"` would be found within `"no vip"`.
    """
    if isinstance(value, Undefined) or isinstance(container, Undefined):
        return missing
    if not isinstance(container, list | tuple | Mapping):
        kind = kind_of(container)
        cure = "; | split makes a list of it" if kind == TEXT else ""
        detail = f"{label}: what stands behind `in` is {kind}, not a list{cure}"
        raise UnusableError(Reason.INVALID_VALUE, detail)
    kind = kind_of(value)
    if any(item == value and kind_of(item) == kind for item in container):
        return True
    others = {kind_of(item) for item in container if not is_missing(item)} - {kind}
    if others and not is_missing(value):
        held = " and ".join(sorted(others))
        detail = f"{label}: {kind} is looked for among what is {held}"
        raise UnusableError(Reason.INVALID_VALUE, detail)
    return missing and any(is_missing(each) for each in (value, *container))


def kind_of(value: Any) -> str:
    """Name the kind of a value of an event, as errors do."""
    if isinstance(value, str):
        return TEXT
    if isinstance(value, bool):
        return "true or false"
    if is_number(value) or isinstance(value, Decimal):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    # A schema of one's own may make dates and the like.
    return "null" if value is None else f"of type {type(value).__name__}"
