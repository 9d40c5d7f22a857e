"""Filters of lists, and of texts as lists."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from time import perf_counter
from typing import Any

from jinja2 import Environment, pass_environment

from smsherald.flows.deadline import WATCH
from smsherald.flows.filters.listed import LONGEST, listed, printable
from smsherald.flows.filters.numbers import number_of
from smsherald.flows.truth import is_missing


@listed
@pass_environment
def first(environment: Environment, value: Any) -> Any:
    """Return the first of a list, or a text's first character."""
    return _at_end(environment, value, 0)


@listed
@pass_environment
def last(environment: Environment, value: Any) -> Any:
    """Return the last of a list, or a text's last character."""
    return _at_end(environment, value, -1)


def _at_end(environment: Environment, value: Any, index: int) -> Any:
    if value is None:  # The first argument, which `listed` asks, is the environment.
        return None
    if not isinstance(value, list | str):
        raise TypeError
    return value[index] if value else environment.undefined(name="the end of an empty list")


@listed
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


@listed
def _sum(value: Any, attribute: str | None = None) -> int | float | None:
    """Add up the numbers of a list, or of one member of each of its objects."""
    if not isinstance(value, list):
        raise TypeError
    total = Decimal(0)
    for item in value:
        if perf_counter() > WATCH.due:
            WATCH.late()
        number = item if attribute is None else _member(item, attribute)
        if is_missing(number):
            return None
        total += number_of(number)
    return int(total) if total == total.to_integral_value() else float(total)


@listed
def split(value: Any, separator: str | None = None) -> list[str]:
    """Split a text into a list, at white space unless told otherwise."""
    return printable(value).split(separator)


@listed
def length(value: Any) -> int:
    """Count a text's characters, a list's elements or an object's members."""
    if not isinstance(value, str | list | Mapping):
        raise TypeError
    return len(value)
