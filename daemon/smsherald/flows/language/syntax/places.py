"""Where something stands in a template's source."""

from __future__ import annotations

from typing import Self


class Spot(int):
    """A line, counted from 1, that knows its column: jinja2's nodes and errors have lines only."""

    column: int
    """Counted from 1."""

    def __new__(cls, line: int, column: int) -> Self:
        """Make one of a line and a column."""
        spot = super().__new__(cls, line)
        spot.column = column
        return spot

    @classmethod
    def of(cls, text: str, index: int) -> Self:
        """Return where a character of a text stands."""
        return cls(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))
