"""A line of the table."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType


@dataclass(frozen=True)
class Borrowed:
    """A name that its library may take away without a word, and what there is instead of it."""

    library: str
    name: str
    files: tuple[str, ...]
    why: str
    get: Callable[[], object]
    shape: str

    def __str__(self) -> str:
        return f"{self.library}.{self.name}"


def shape(thing: object) -> str:
    """Say what we rely on: a signature, a property, or a value."""
    if isinstance(thing, property):
        return "property"
    if inspect.isclass(thing) or inspect.isroutine(thing) or isinstance(thing, FunctionType):
        return f"({', '.join(inspect.signature(thing).parameters)})"
    return repr(thing)
