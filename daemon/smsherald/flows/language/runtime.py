"""The template language: jinja2's syntax, less everything that an SMS does not need.

An expression reads the event, and nothing else: there are no calls, no globals and no
attributes of Python's, and no way to make much out of little. The tree that jinja2 parses is
checked against a closed list of nodes, and every place where a value is read, printed or
iterated is rewritten to go through a function of this module.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, TypeAlias

from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from smsherald.errors import Reason, UnusableError
from smsherald.events.plain import is_number
from smsherald.flows.deadline import WATCH
from smsherald.flows.filters import FILTERS, LONGEST, printable
from smsherald.flows.language.missing import Missing, Null
from smsherald.flows.language.paths import OR, Path, spell
from smsherald.flows.truth import compare, contains, is_missing, truth

Values: TypeAlias = dict[str, Any]
"""What templates read, by the names that their paths begin with."""

# No template can spell these: a filter's name has no space in it.
READ, ITEM, PRINT, EACH, IN = " read", " item", " print", " each", " in"
TRIED = " tried"
TRUTH, COMPARE, CONTAINS = " truth", " compare", " contains"

LOOP = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth", "depth0"}
)
"""What `loop` has inside a for."""

_MOST_ITEMS = 500
"""A list that is longer is not iterated: a template must not hold up all other events."""

_INT64 = 2**63
_READS = "| float reads a number in a text"
_JOINS = f"{_READS}, ~ joins texts"


class _Steps(list[Any]):
    """A list that a loop goes through: each step may be the one that takes too long."""

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            if perf_counter() > WATCH.due:
                WATCH.late()
            yield item


class Language(ImmutableSandboxedEnvironment):
    """Compiles and runs templates in which a missing value is `missing`."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(ImmutableSandboxedEnvironment.default_unop_table)

    def __init__(self, missing: type[Undefined]) -> None:
        # Without the optimizer nothing is computed while a template is compiled.
        super().__init__(autoescape=False, undefined=missing, optimized=False, cache_size=0)
        self.globals = {}
        self.filters = {
            **FILTERS,
            READ: self._read,
            ITEM: self._item,
            PRINT: self._print,
            EACH: self._each,
            TRIED: self._tried,
            TRUTH: truth,
            COMPARE: compare,
            CONTAINS: contains,
        }
        self.tests = {**TESTS, IN: _is_in}
        self._last = self._context({})

    def context(self, values: Values) -> Context:
        """Return what a template reads these values from.

        Mostly the template before has read the same ones, and no template can write.
        """
        if self._last.parent is not values:
            self._last = self._context(values)
        return self._last

    def _context(self, values: Values) -> Context:
        return self.context_class(self, values, None, {})

    def _read(self, value: Any, path: Path) -> Any:
        """Go from a value along keys and indexes; `path` begins with the value's own name."""
        if perf_counter() > WATCH.due:
            WATCH.late()
        found = follow(value, path)
        return self.undefined(name=spell(path)) if found is None else found

    def _item(self, value: Any, step: Any, label: str) -> Any:
        """Read by a key or an index that is itself of the event, and so in no error."""
        for part in (value, step):
            if isinstance(part, Undefined):
                return part
        if isinstance(step, str | int):
            found = self._read(value, (label, step))
            if not isinstance(found, Undefined):
                return found
        return self.undefined(name=label)

    def _print(self, value: Any, label: str) -> str:
        if isinstance(value, str):
            return value
        if value is None or (isinstance(value, Undefined) and OR in label):
            # By all that was tried: of `a or b` it would be the last alone.
            value = self.undefined(name=label)
        if isinstance(value, Undefined):
            return str(value)
        try:
            return printable(value)
        except TypeError:
            detail = f"{label} is neither text nor a whole number"
            raise UnusableError(Reason.INVALID_VALUE, detail) from None

    def _tried(self, value: Any, label: str) -> Any:
        """Name what is missing by all that was tried: of `a or b` it would be the last alone."""
        return self.undefined(name=label) if isinstance(value, Undefined) else value

    def _each(self, value: Any, label: str, most: int = _MOST_ITEMS) -> list[Any]:
        if isinstance(value, Undefined):
            return list(value)
        if not isinstance(value, list) or len(value) > most:
            detail = f"{label} is no list of at most {most}"
            raise UnusableError(Reason.INVALID_VALUE, detail)
        null = self.undefined(name=f"{label}[]")
        return _Steps([null if item is None else item for item in value])

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Compute what is certain to stay small."""
        for operand in (left, right):
            if isinstance(operand, Undefined):
                str(operand)
                return operand
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) <= LONGEST:
                return left + right
        elif is_number(left) and is_number(right):
            try:
                return _bounded(super().call_binop(context, operator, left, right))
            except ArithmeticError:
                pass
        texts = isinstance(left, str) or isinstance(right, str)
        cure = f"; {_JOINS if operator == '+' else _READS}" if texts else ""
        detail = f"the operator {operator} cannot take these values{cure}"
        raise UnusableError(Reason.INVALID_VALUE, detail)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """Take a sign before numbers only."""
        if isinstance(arg, Undefined):
            str(arg)
            return arg
        if is_number(arg):
            return super().call_unop(context, operator, arg)
        cure = f"; {_READS}" if isinstance(arg, str) else ""
        detail = f"the sign {operator} cannot stand before this value{cure}"
        raise UnusableError(Reason.INVALID_VALUE, detail)


def follow(value: Any, path: Path) -> Any:
    """Return what stands behind a path, which begins with the value's own name; None: nothing."""
    for step in path[1:]:
        if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - the second asks an ABC, which is slow.
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if -len(value) <= step < len(value) else None
        else:
            return None
        if value is None:
            return None
    return value


def _bounded(number: float) -> float:
    if -_INT64 <= number < _INT64 and math.isfinite(number):
        return number
    raise OverflowError


def _is_in(value: Any, container: Any) -> bool:
    for part in (value, container):
        if isinstance(part, Undefined):
            str(part)
            return False
    if isinstance(container, str):
        return isinstance(value, str) and value in container
    return isinstance(container, list | tuple | Mapping) and value in container


TESTS = {
    "defined": lambda value: not is_missing(value),
    "undefined": is_missing,
    "none": is_missing,
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "boolean": lambda value: isinstance(value, bool),
    "mapping": lambda value: isinstance(value, Mapping),
    "sequence": lambda value: isinstance(value, list),
}

STRICT = Language(Missing)
LENIENT = Language(Null)
