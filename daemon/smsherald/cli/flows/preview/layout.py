"""Lines that fit: nothing in them moves the cursor, and no word is broken that has room."""

from __future__ import annotations

import textwrap

from smsherald.cli.flows.preview.bubble import shown

_NAME = 11
"""Columns of the names of what is said of a text."""


def wrap(text: str, columns: int, first: str = "", others: str = "") -> list[str]:
    """Break a text into lines."""
    clean = "".join(map(shown, text))
    return textwrap.wrap(
        clean,
        columns,
        initial_indent=first,
        subsequent_indent=others,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def indented(text: str, columns: int) -> list[str]:
    """Break what is said of a flow into lines."""
    return wrap(text, columns, "  ", "    ")


def items(name: str, text: str, columns: int) -> list[str]:
    """Break what stands beside a name into lines."""
    return wrap(text, columns, f"  {name:<{_NAME}}", " " * (2 + _NAME))
