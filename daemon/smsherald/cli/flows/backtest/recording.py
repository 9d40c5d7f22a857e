"""The lines of a file of recorded events, one at a time."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from smsherald.events.recorded import Recorded, is_recorded, recorded

STDIN = "-"
_GZIP = b"\x1f\x8b"
_NO_LINE = "is no recorded event: exchange, routing_key and body, as `smsherald tap` writes it"
_BARE = '; of a body alone make {"exchange": …, "routing_key": …, "body": …}, on one line'
NOT_WHOLE = (
    "is no whole event: a line has one, with its exchange, routing_key and body, as `smsherald tap "
    "--output FILE` writes it; `smsherald preview` shows an event in a file of its own"
)
"""Of an event over several lines: what is said of the first goes for those after it."""


class Line(NamedTuple):
    """A line of the file, and its number from 1."""

    number: int
    text: bytes


class Recording:
    """A file that is open. `name` is what messages call it."""

    def __init__(self, name: str, lines: IO[bytes], size: int, position: Callable[[], int]) -> None:
        self.name = name
        self.size = size
        """Bytes on disk; 0 where nobody knows."""
        self.position = position
        """How many of them are read."""
        self._lines = lines

    def __iter__(self) -> Iterator[Line]:
        """Return the lines that are not blank. Raises OSError, EOFError and zlib's error."""
        for number, text in enumerate(self._lines, 1):
            if not text.isspace():
                yield Line(number, text)


@contextmanager
def opened(path: str) -> Iterator[Recording]:
    """Open a file, packed by gzip or not, or standard input; raises OSError."""
    if path == STDIN:
        stdin = sys.stdin.buffer
        if not isinstance(stdin, io.BufferedReader):
            stdin = io.BufferedReader(io.BytesIO(stdin.read()))
        yield Recording("<stdin>", _unpacked(stdin), 0, lambda: 0)
        return
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        yield Recording(path, _unpacked(file), size, file.tell if size else lambda: 0)


def _unpacked(file: io.BufferedReader) -> IO[bytes]:
    if file.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    return file


def read(text: bytes) -> Recorded:
    """Read a line; raises ValueError with a sentence that has no value of the event."""
    if text.strip() in (b"{", b"["):
        raise ValueError(NOT_WHOLE)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is no JSON: {error.msg} at column {error.colno}"
        raise ValueError(message) from None
    except UnicodeDecodeError:
        raise ValueError("is no JSON: it is not UTF-8") from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    if not is_recorded(data):
        raise ValueError(_NO_LINE + _unfit(data))
    return recorded(data)


def _unfit(data: object) -> str:
    """Name what keeps it from being one, where it is nearly one or a body."""
    if not isinstance(data, dict | list):
        return ""
    if isinstance(data, list) or not data.keys() & {"exchange", "routing_key"}:
        return _BARE
    missing = [name for name in ("exchange", "routing_key") if name not in data]
    if not data.keys() & {"body", "body_base64"}:
        missing.append("body")
    return f"; missing: {', '.join(missing)}" if missing else ""
