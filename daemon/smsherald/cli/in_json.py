"""What commands print for programs: JSON, in the letters that it is about."""

from __future__ import annotations

import json
import sys
from codecs import lookup
from collections.abc import Callable
from typing import Any

import typer


def echo(value: Any) -> None:
    """Print a value."""
    typer.echo(written(value))


def written(value: Any, default: Callable[[Any], str] | None = None) -> str:
    """Return a value as it is printed; `default` writes what JSON has no word for.

    A letter is escaped only where standard output may have none for it: what Python would put in
    its place is no JSON. What moves a cursor, or turns a line around, always is: strangers wrote
    it.
    """
    narrow = lookup(sys.stdout.encoding or "utf-8").name != "utf-8"
    text = json.dumps(value, indent=2, ensure_ascii=narrow, default=default)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        sign if sign == "\n" or sign.isprintable() else json.dumps(sign)[1:-1] for sign in text
    )
