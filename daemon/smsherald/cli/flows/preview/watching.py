"""Waits until somebody saves a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

EVERY = 0.25
"""Seconds between two looks."""
_SETTLED = 0.05

Look: TypeAlias = frozenset[tuple[str, int, int, int]]
"""Of every file its path, when it was written, how long it is and which one it is: an editor may
put another in its place."""


def files(event: str, config: Path) -> Iterator[Path]:
    """Go through what a preview is made of, as it is now."""
    yield Path(event)
    yield config
    try:
        yield from sorted((config.parent / "flows").iterdir())
    except OSError:
        return


def look(paths: Iterable[Path]) -> Look:
    """Return how the files are; one that is not there, or cannot be seen, is left out."""
    found = set()
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found.add((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return frozenset(found)


def changed(
    before: Look, now: Callable[[], Look], wait: Callable[[float], None] = time.sleep
) -> Look:
    """Return how the files are once they are otherwise, and stay so for a moment.

    Who saves may write a file in pieces.
    """
    while (after := now()) == before:
        wait(EVERY)
    while True:
        wait(_SETTLED)
        if (again := now()) == after:
            return again
        after = again
