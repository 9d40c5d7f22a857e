"""Writes values as YAML that our reader and an editor's read alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z][\w./-]*(?: [\w./-]+)*", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""What is no text to some reader of YAML."""


def quoted(text: str) -> str:
    """Write a text in double quotes."""
    written = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in written)


def scalar(value: Any) -> str:
    """Write a value on one line; a text without quotes where nobody takes it for anything else."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain else quoted(value)


def block(value: Any, indent: int) -> Iterator[str]:
    """Write an object or a list, a line a value; each line begins with so many spaces."""
    space = " " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _entry(f"{space}{_key(key)}:", inner, indent)
    else:
        for inner in value:
            yield from _entry(f"{space}-", inner, indent)


def _entry(head: str, value: Any, indent: int) -> Iterator[str]:
    if not isinstance(value, dict | list) or not value:
        yield f"{head} {scalar(value)}"
    elif head.endswith("-"):
        first, *others = block(value, indent + 2)
        yield f"{head} {first.lstrip()}"
        yield from others
    else:
        yield head
        yield from block(value, indent + 2)


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) and key.lower() not in _WORDS else quoted(key)


def _escaped(sign: str) -> str:
    number = ord(sign)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004
