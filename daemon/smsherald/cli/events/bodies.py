"""The bodies that `publish` is given: a file is one, or each of its lines is."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import typer

from smsherald.cli import say
from smsherald.cli.files import GIVE
from smsherald.unit import why

MOST_BYTES = 256 * 1024 * 1024
"""Of files with an event a line, together: all of them are read before one is published."""
_STDIN = "-"
_BY_LINES = {".jsonl", ".ndjson"}


class Body(NamedTuple):
    """A body, and where it stands: FILE or FILE:LINE."""

    place: str
    content: bytes


def read(files: Sequence[Path], *, lines: bool) -> list[Body]:
    """Read all of them; BadParameter for a file, or a line, that nobody can mean to publish.

    With `lines`, or by its name, each line of a file that is not blank is a body, and is JSON. Any
    other file is one body as it is; what a daemon would park is warned of, and refused where its
    lines are meant.
    """
    found: list[Body] = []
    room = MOST_BYTES
    for file in files:
        name = "<stdin>" if str(file) == _STDIN else str(file)
        by_lines = lines or file.suffix.lower() in _BY_LINES
        content = _content(file, name, room + 1 if by_lines else -1)
        if by_lines and (room := room - len(content)) < 0:
            raise _refused(
                f"{name}: with it, more than {MOST_BYTES >> 20} MiB are to be published line by "
                "line; split it"
            )
        before = len(found)
        found += _lines(name, content) if by_lines else _whole(name, content)
        if len(found) == before:
            raise _refused(f"{name}: is empty: an event has a body of JSON")
    return found


def _content(file: Path, name: str, most: int) -> bytes:
    try:
        if str(file) == _STDIN:
            if sys.stdin is None:
                raise _refused(f"{name}: is closed")
            return sys.stdin.buffer.read(most)
        with file.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise _refused(f"{name}: {why(error, GIVE)}") from error


def _whole(name: str, content: bytes) -> Iterator[Body]:
    from smsherald.errors import UnusableError
    from smsherald.events.strict_json import parse

    if not content.removeprefix(BOM_UTF8).strip():
        return
    try:
        parse(content)
    except UnusableError as error:
        if _begins_with_line(content):
            raise _refused(
                f"{name}: its first line alone is an event: with --lines each line is published "
                f"as one. As a whole, {error.detail}; nothing is published"
            ) from None
        say.warning(f"{name}: {error.detail}: a daemon parks it (`{error.reason}`)")
    yield Body(name, content)


def _begins_with_line(content: bytes) -> bool:
    """Say whether an event stands in the first line that is not blank."""
    from smsherald.errors import UnusableError
    from smsherald.events.strict_json import parse

    try:
        parse(content.removeprefix(BOM_UTF8).lstrip().partition(b"\n")[0])
    except UnusableError:
        return False
    return True


def _lines(name: str, content: bytes) -> Iterator[Body]:
    from smsherald.errors import UnusableError
    from smsherald.events.recorded import is_recorded
    from smsherald.events.strict_json import parse

    # It is the file's: an event is the same one in whatever line it stands.
    for number, line in enumerate(content.removeprefix(BOM_UTF8).split(b"\n"), 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            data = parse(line)
        except UnusableError as error:
            detail = error.detail.replace("at line 1 ", "at ")
            raise _refused(f"{place}: {detail}; nothing is published") from None
        if is_recorded(data):
            raise _refused(
                f"{place}: is a line of `smsherald tap`, which has the event in its `body`; "
                "nothing is published"
            )
        yield Body(place, line.removesuffix(b"\r"))


def _refused(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="FILE")
