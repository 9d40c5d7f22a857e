"""What stands at a path: asked in one place, for pathlib raises where nobody lets us look."""

from __future__ import annotations

import os
import stat
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """What a path leads to, through links."""

    MISSING = "nothing"
    FILE = "a file"
    FOLDER = "a folder"
    OTHER = "a device, a pipe or a socket"
    UNSEEN = "whatever it is: nobody lets us look, and whoever opens it says why"


def kind_of(path: Path) -> Kind:
    """Return it; raises nothing."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        # A path with a NUL byte leads nowhere.
        return Kind.MISSING
    except OSError:
        return Kind.UNSEEN
    if stat.S_ISREG(mode):
        return Kind.FILE
    return Kind.FOLDER if stat.S_ISDIR(mode) else Kind.OTHER


def has_no_room(file: Path) -> bool:
    """Say whether its file system is full, of which SQLite at times says just that it failed.

    Root may have some room that nobody else has. Raises nothing.
    """
    try:
        return os.statvfs(file.resolve().parent).f_bavail == 0
    except OSError:
        return False
