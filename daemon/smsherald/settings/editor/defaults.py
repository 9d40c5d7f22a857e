"""A default as an operator would write it: the schemas hold what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from marshmallow import fields, missing

from smsherald.settings import shapes
from smsherald.settings.fields import Entries, Items, Section, Text
from smsherald.settings.secret import Secret


def _in_units(amount: float, units: Mapping[str, float]) -> str:
    """Write an amount in the largest unit that leaves no fraction."""
    for unit, size in sorted(units.items(), key=lambda each: each[1], reverse=True):
        number = amount / size
        if number == int(number) and (number or size == min(units.values())):
            return f"{int(number)}{unit}"
    raise ValueError("no unit is small enough")


def _duration(seconds: float | None) -> str:
    return "none" if seconds is None else _in_units(seconds, shapes.SECONDS)


def _listen(place: tuple[str, int]) -> str:
    host, port = place
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_WRITERS: Mapping[Callable[[str], Any], Callable[[Any], str]] = {
    shapes.duration: _duration,
    shapes.age: _duration,
    shapes.size: lambda number: _in_units(number, shapes.BYTES),
    shapes.prefetch: lambda of: f"{of.number}x" if of.multiple else str(of.number),
    shapes.listen: _listen,
}


def default_of(field: fields.Field[Any]) -> dict[str, Any]:
    """Return `default` as JSON Schema has it; nothing where there is none, or none to write.

    What stands in a section has its own; `null` is written only where it may stand.
    """
    if field.load_default is missing or isinstance(field, Section):
        return {}
    made = field.load_default() if callable(field.load_default) else field.load_default
    match field:
        case _ if made is None:
            return {"default": None} if field.allow_none else {}
        case Items():
            return {"default": [_written(field.item, each) for each in made]}
        case Entries():
            return {"default": {name: _written(field.item, each) for name, each in made.items()}}
        case _:
            return {"default": _written(field, made)}


def _written(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(field, Text) and field.shape in _WRITERS:
        return _WRITERS[field.shape](value)
    match value:
        case Enum():
            return value.value
        case Secret():
            # A default is everybody's.
            return value.reveal()
        case _:
            return value
