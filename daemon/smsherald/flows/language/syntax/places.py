"""Where something stands in a template's source, and what is wrong there."""

from __future__ import annotations

from typing import Self

from smsherald.errors import SmsheraldError


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


class TemplateError(SmsheraldError):
    """A template cannot be used; `line` counts from 1 within its source.

    `column` does, too; None where the whole of it is meant. `unknown` is the name that a path
    begins with and that is none.
    """

    def __init__(self, message: str, line: int, *, unknown: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = line.column if isinstance(line, Spot) else None
        self.unknown = unknown
