"""The files of an open SQLite database, as far as they may vanish under it.

SQLite goes on writing into a file that has been deleted, or moved away: every commit succeeds, and
whoever opens the path next finds none of them.
"""

from __future__ import annotations

import os
from pathlib import Path

from smsherald.ledger.sql.database import AwayError

_PARTS = ("", "-wal", "-shm")
"""The file, what was committed since the last checkpoint, and how processes lock each other out."""


class Files:
    """Knows each from when it first saw it."""

    def __init__(self, path: Path) -> None:
        self._paths = tuple(f"{path.absolute()}{part}" for part in _PARTS)
        self._seen: dict[str, tuple[int, int]] = {}

    def check(self) -> None:
        """Raise AwayError if another file, or none, is where one of them was."""
        for path in self._paths:
            found = _found(path)
            seen = self._seen.get(path)
            if seen is None:
                if found is not None:
                    self._seen[path] = found
            elif found is None:
                message = f"{path} has been deleted or moved; {_UNTIL}"
                raise AwayError(message)
            elif found != seen:
                message = f"{path} is another file than the one that was opened; {_UNTIL}"
                raise AwayError(message)


_UNTIL = "nothing is sent until it is back"


def _found(path: str) -> tuple[int, int] | None:
    """Return what tells a file from any other; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - In every transaction: this takes half as long.
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise AwayError(message) from None
    return status.st_dev, status.st_ino
