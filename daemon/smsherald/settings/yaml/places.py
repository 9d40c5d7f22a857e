"""Where each value and key of a file stands, so that every error can say it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from smsherald.errors import Problem

Path: TypeAlias = tuple[str | int, ...]


class Place(NamedTuple):
    """Where something stands; line and column count from 1."""

    file: str
    line: int
    column: int

    def problem(self, message: str) -> Problem:
        """Return what is wrong here."""
        return Problem(self.file, self.line, self.column, message)


class Mark(NamedTuple):
    """The places of one entry: its value, its key where it has one."""

    value: Place
    key: Place | None = None


class Source(NamedTuple):
    """What was put into a text, by their names: variables, files, credentials."""

    names: tuple[str, ...]
    empty: bool
    """Nothing else is in the text."""
    hint: str = ""
    """What may help where it is empty."""

    def __str__(self) -> str:
        return " and ".join(self.names)


@dataclass(slots=True)
class Document:
    """What a file says. Values may be shared between paths: nobody changes them in place."""

    file: str
    data: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """What is wrong although it could be read: a key that stands twice, a tag, …"""
    doubts: list[Problem] = field(default_factory=list)
    """What can be used, and is hardly meant."""
    sources: dict[Path, Source] = field(default_factory=dict)
    """Where texts come from that do not stand here."""
    variables: set[str] = field(default_factory=set)
    """Those of the environment that were asked for, whether they are there or not."""

    def at(self, path: Path) -> Place:
        """Return where a value stands; for one that is missing, where it should have stood."""
        mark = self.marks.get(path)
        return mark.value if mark else self._above(path[:-1])

    def at_key(self, path: Path) -> Place:
        """Return where a key stands."""
        mark = self.marks.get(path)
        return (mark.key or mark.value) if mark else self._above(path[:-1])

    def _above(self, path: Path) -> Place:
        while path and path not in self.marks:
            path = path[:-1]
        if not path:
            return Place(self.file, 1, 1)
        mark = self.marks[path]
        return mark.key or mark.value


_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


def split_lines(text: str) -> list[str]:
    """Split where YAML sees the end of a line."""
    return _BREAK.split(text)
