"""Colours, where somebody sees them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

_BOLD, _DIM, _RED, _YELLOW = "1", "2", "31", "33"


@dataclass(frozen=True, slots=True)
class Paint:
    """Paints a text for a terminal; elsewhere it stays as it is."""

    on: bool = False

    @classmethod
    def of_terminal(cls) -> Paint:
        """Paint on a terminal that has colours, unless NO_COLOR is set (no-color.org)."""
        dumb = os.environ.get("TERM") == "dumb"
        return cls(sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not dumb)

    def strong(self, text: str) -> str:
        """Paint a heading."""
        return self._in(_BOLD, text)

    def faint(self, text: str) -> str:
        """Paint what is beside the point."""
        return self._in(_DIM, text)

    def bad(self, text: str) -> str:
        """Paint what keeps a text from going out."""
        return self._in(_RED, text)

    def mark(self, text: str) -> str:
        """Paint what stands within a text and is not of it."""
        return self._in(_YELLOW, text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text
