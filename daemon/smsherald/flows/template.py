"""Templates and conditions, from the configuration only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsherald.errors import SmsheraldError


class TemplateError(SmsheraldError):
    """A template cannot be used; `line` counts from 1 within its source."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Template:
    """Makes a text."""

    def __init__(
        self, source: str, *, lenient: bool = False, names: frozenset[str] | None = None
    ) -> None:
        self.source = source

    def render(self, context: Mapping[str, Any], what: str) -> str:
        """Raises UnusableError(MISSING_VALUE | INVALID_VALUE | TEXT_TOO_LONG)."""
        raise NotImplementedError


class Condition:
    """Says yes or no."""

    def __init__(self, source: str, *, names: frozenset[str] | None = None) -> None:
        self.source = source

    def holds(self, context: Mapping[str, Any]) -> bool:
        """Raises UnusableError(INVALID_VALUE)."""
        raise NotImplementedError
