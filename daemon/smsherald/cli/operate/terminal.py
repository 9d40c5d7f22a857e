"""What stands in the ledger on a terminal: tables that fit, times, and strangers' texts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from textwrap import wrap

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

_WIDE = 200
_NARROWEST = 40
_COMMAND = re.compile("`smsherald [^`]*`")
_NO_BREAK = "\0"
"""Stands for a blank within a command: a text that can be printed has none."""


def console() -> Console:
    """Return a terminal as wide as it is; what is none cuts nothing."""
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    return console


def wrapped(text: str, first: str = "", indent: str = "") -> None:
    """Print it in lines that fit; no word is broken, no command, and nothing moves the cursor.

    Of what is longer than a line by itself, only a command is not broken: it is to be copied.
    """
    width = max(_NARROWEST, console().width)
    whole = _COMMAND.sub(lambda command: command[0].replace(" ", _NO_BREAK), printable(text))
    for line in wrap(
        whole,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    ):
        step = len(line) if _NO_BREAK in line else width
        for begin in range(0, len(line), max(1, step)):
            typer.echo(line[begin : begin + step].replace(_NO_BREAK, " "))


def moment(at: float | None) -> str | None:
    """Write a time, where there is one."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def of_times(column: Column) -> None:
    """Let a narrow table break its times after the day, and never elsewhere."""
    column.overflow = "fold"
    column.min_width = len("2026-01-01")
    column.max_width = len("2026-01-01 00:00:00")


def time_of_day(at: float | None) -> str:
    """Write a time in UTC for such a column; nothing where there is none."""
    return (moment(at) or "").replace("T", " ").removesuffix("+00:00")


def print_fields(fields: Mapping[str, object]) -> None:
    """Print a name and its value a line; on a narrow terminal a value is broken, never cut."""
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        table.add_row(name, plain(value))
    console().print(table)


def plain(value: object) -> Text:
    """Show a stranger's text as it is: no markup, nothing that moves the cursor."""
    return Text(printable(value))


def printable(value: object) -> str:
    """Return a stranger's text without what moves the cursor."""
    text = "" if value is None else str(value)
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
