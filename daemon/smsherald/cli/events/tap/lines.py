"""Where the lines go: a file that its owner alone may read, or standard output."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import typer

from smsherald.cli.events.tap.masking import Mask
from smsherald.cli.files import TAKE
from smsherald.unit import why

Write: TypeAlias = Callable[[Sequence[dict[str, Any]]], object]
"""Writes some lines; blocks for as long as who reads them takes. Raises BrokenPipeError."""

_OWNER = 0o600


@contextmanager
def lines_to(path: Path | None, *, masked: bool) -> Iterator[Write]:
    """Give what writes lines, and close it at the end.

    Raises BadParameter where the file cannot be made, or is there already.
    """
    mask = Mask() if masked else None
    number = sys.stdout.fileno() if path is None else _made(path)

    def write(lines: Sequence[dict[str, Any]]) -> None:
        told = lines if mask is None else [mask.line(line) for line in lines]
        text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in told)
        # Past Python's buffer, which it would wait for at its end.
        left = memoryview(text.encode(errors="backslashreplace"))
        while left:
            left = left[os.write(number, left) :]

    try:
        if path is None:
            _keep_to_owner(number)
        yield write
    finally:
        if path is not None:
            os.close(number)


def _made(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER)
    except OSError as error:
        message = f"{path}: {why(error, TAKE)}"
        raise typer.BadParameter(message, param_hint="--output") from error


def _keep_to_owner(number: int) -> None:
    """Let nobody else read a file that a shell has made for standard output."""
    if stat.S_ISREG(os.fstat(number).st_mode):
        with suppress(PermissionError):
            os.fchmod(number, _OWNER)
