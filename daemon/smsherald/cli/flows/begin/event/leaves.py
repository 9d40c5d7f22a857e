"""The values of an event, each with the way that a template takes to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.flows.language.paths import Path

_DEEPEST = 7
_READABLE = re.compile(r"[\w$@:./ -]{1,60}")
"""Keys that a person would write into a template."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is no object and no list, or an empty one; `path` begins with a name."""

    path: Path
    value: Any

    @property
    def key(self) -> str:
        """The last key of the way, as the event spells it."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def parent(self) -> Path:
        """The way to the object that it stands in."""
        return self.path[:-1]

    @property
    def depth(self) -> int:
        """How many keys and indexes lead to it."""
        return len(self.path) - 1


def leaves(value: Any, path: Path) -> Iterator[Leaf]:
    """Yield what a template can read, in its order; of a list its first element alone."""
    match value:
        case Mapping() if value and len(path) <= _DEEPEST:
            for key, inner in value.items():
                if _READABLE.fullmatch(key):
                    yield from leaves(inner, (*path, key))
        case [first, *_] if len(path) <= _DEEPEST:
            yield from leaves(first, (*path, 0))
        case _:
            yield Leaf(path, value)


def words(key: str) -> tuple[str, ...]:
    """Return the words of a key, small: `smsReminderNumber` has three, as `sms_reminder_number`."""
    return tuple(word.lower() for word in _WORDS.findall(key))


def joined(key: str) -> str:
    """Return the words of a key in one."""
    return "".join(words(key))


def spelled(path: Path) -> str:
    """Write a path so that a template can read it."""
    head, *rest = path
    return f"{head}{''.join(map(_step, rest))}"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _NAME.fullmatch(step):
        return f".{step}"
    return f"['{step}']"


def is_filled(value: Any) -> bool:
    """Say whether something prints there."""
    return isinstance(value, str) and bool(value.strip())


def text_of(value: Any) -> str | None:
    """Return what a template prints of a value; None where that is nothing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return str(value)
    return value if is_filled(value) else None
