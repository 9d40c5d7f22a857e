"""The files of an open SQLite database, as far as they may vanish under it.

SQLite goes on writing into a file that has been deleted, or moved away: every commit succeeds, and
whoever opens the path next finds none of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from smsherald.ledger.sql.database import AwayError, GoneError

_BESIDE = ("-wal", "-shm")
"""What was committed since the last checkpoint, and how processes lock each other out."""

Inode: TypeAlias = tuple[int, int]
"""What tells a file from any other, as long as somebody has it open."""


class Files:
    """Knows each from when it first saw it."""

    owner: os.stat_result
    """Whose the file was when it was opened, and who may read it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.place = path.resolve()
        """Where SQLite has the file, and puts beside it what belongs to it."""
        self._paths = (str(self.path), *(f"{self.place}{part}" for part in _BESIDE))
        self._seen: dict[str, Inode] = {}

    def check(self) -> None:
        """Raise GoneError if another file, or none, is where one of them was."""
        for path in self._paths:
            found = _found(path)
            seen = self._seen.get(path)
            if seen is None:
                if found is not None:
                    self._seen[path] = found
            elif found is None:
                message = f"{path} has been deleted or moved; {UNTIL}"
                raise GoneError(message)
            elif found != seen:
                message = f"{path} is another file than the one that was opened; {UNTIL}"
                raise GoneError(message)

    def standing(self) -> os.stat_result | None:
        """Return the state of the file that stands at the path; None where there is none."""
        return _status(self._paths[0])

    def is_opened(self, standing: os.stat_result) -> bool:
        """Say whether that is the file that was opened."""
        return _inode(standing) == self._seen.get(self._paths[0])

    def adopt(self, opened: os.stat_result) -> None:
        """Know this file from now on, and what is beside it from when it is first seen there."""
        self.owner = opened
        self._seen = {self._paths[0]: _inode(opened)}

    def clear_beside(self) -> None:
        """Delete what stands beside the path and was of the file that is gone.

        Whatever file is put there would be read together with it. Raises AwayError where it is
        another database's.
        """
        for path in self._paths[1:]:
            found = _found(path)
            if found is None:
                continue
            if found != self._seen.get(path):
                message = f"{path} is of another database, and must be moved away; {UNTIL}"
                raise AwayError(message)
            Path(path).unlink(missing_ok=True)


UNTIL = "nothing is sent until it is back"


def _found(path: str) -> Inode | None:
    status = _status(path)
    return None if status is None else _inode(status)


def _inode(status: os.stat_result) -> Inode:
    return status.st_dev, status.st_ino


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116 - In every transaction: this takes half as long.
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise AwayError(message) from None
