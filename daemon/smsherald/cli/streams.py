"""What a command reads and prints by, where a shell has closed it or nobody reads any more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from smsherald.cli.exits import UNREAD


def open_closed() -> None:
    """Let what a shell has closed (`>&-`) lead nowhere.

    Python has nothing in its place then, and the first file that is opened takes its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open to the end


def forget(stream: TextIO) -> None:
    """Let what is left go nowhere: Python would try to write it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class EndsUnread(TyperGroup):
    """Commands that end as by SIGPIPE where nobody reads on: `smsherald backtest … | head`.

    typer would end them with 1, which says of many that something differs or fails.
    """

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the command line; `--help` is said here."""
        with _unread():
            return super().make_context(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run one of them."""
        with _unread():
            return super().invoke(ctx)


@contextmanager
def _unread() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        forget(sys.stdout)
        forget(sys.stderr)
        raise typer.Exit(UNREAD) from None
