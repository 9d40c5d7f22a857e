"""Where a test and its parts stand in a flow file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from smsherald.settings.yaml.places import Document, Path, Place

_PARTS = ("file", "expect")
_DEEPEST = 3
"""`expect`, its index, and a key."""


class Places(NamedTuple):
    """The places of one test."""

    test: Place
    parts: Mapping[Path, Place]
    """Of `file`, and of all that stands in `expect`, by the path within the test."""

    def at(self, path: Path) -> Place:
        """Return where a part stands; one alone need not stand in a list."""
        while path:
            alone = tuple(part for part in path if not isinstance(part, int))
            if found := self.parts.get(path) or self.parts.get(alone):
                return found
            path = path[:-1]
        return self.test


def places(document: Document) -> list[Places]:
    """Return the places of all tests of a flow's file, in their order."""
    tests: list[tuple[Place, dict[Path, Place]]] = []
    for path, mark in document.marks.items():
        if path[0:1] != ("tests",) or len(path) == 1:
            continue
        part = path[2:]
        if not part:
            tests.append((mark.value, {}))
        elif part[0] in _PARTS and len(part) <= _DEEPEST:
            tests[-1][1][part] = mark.value
    return [Places(*each) for each in tests]
