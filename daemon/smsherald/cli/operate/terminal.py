"""What commands print on a terminal: lines that fit it, times, and strangers' texts."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from textwrap import wrap

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 200
_NARROWEST = 40
_COMMAND = re.compile("`(?:sudo (?:SMSHERALD_UNIT=[^ `]+ )?)?smsherald [^`]*`")
_UNDER = " " * 4
_NO_BREAK = "\0"
"""Stands for a blank within what is not broken: a text that can be printed has none."""


class Terminal(Console):
    """Standard output, of whose end `main` hears: rich would end the command by itself, with 1."""

    def on_broken_pipe(self) -> None:
        """Raise what the system has said."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """Return a terminal as wide as it is; what is none cuts nothing."""
    console = Terminal()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    return console


def wrapped(text: str, first: str = "", indent: str = "", *, err: bool = False) -> None:
    """Print it in lines that fit; no word is broken, no command, and nothing moves the cursor.

    Of what is longer than a line by itself, only a command is not broken: it is to be copied.
    """
    whole = _COMMAND.sub(lambda command: _unbroken(command[0]), printable(text))
    _print_wrapped(whole, first, indent, err=err)


def side_by_side(items: Iterable[object]) -> None:
    """Print them on a line, or more: each stays whole that is not longer than one."""
    room = _width() - len(_UNDER)
    said = [printable(item) for item in items]
    joined = "  ".join(_unbroken(it) if len(it) <= room else it for it in said)
    _print_wrapped(joined, "", _UNDER)


def beneath(text: str) -> None:
    """Print more of what stands there side by side."""
    wrapped(text, _UNDER, _UNDER)


def _print_wrapped(text: str, first: str, indent: str, *, err: bool = False) -> None:
    width = _width()
    for line in wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    ):
        step = len(line) if _NO_BREAK in line else width
        for begin in range(0, len(line), max(1, step)):
            typer.echo(line[begin : begin + step].replace(_NO_BREAK, " "), err=err)


def _width() -> int:
    return max(_NARROWEST, console().width)


def _unbroken(text: str) -> str:
    return text.replace(" ", _NO_BREAK)


def utc(at: float | None) -> str:
    """Write a time for a person, as pages and sentences do; nothing where there is none."""
    return "" if at is None else f"{time_of_day(at)} UTC"


def moment(at: float | None) -> str | None:
    """Write a time for a program, where there is one."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def time_of_day(at: float | None) -> str:
    """Write a time in UTC where its zone is said once for many; nothing where there is none."""
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
