"""Why a file that a person names is not to be had, and what to do instead."""

from __future__ import annotations

import errno
import os

from smsherald.unit import user

GIVE = "give it by `- < FILE`"
TAKE = "take it by `> FILE`"
PLACE = "name a place where that user may write, such as /tmp"
ONESELF = "run this one without sudo"
OWN = "name a folder of your own, which needs no sudo"
_DENIED = (errno.EACCES, errno.EPERM)


def why(error: OSError, instead: str) -> str:
    """Return why; with `sudo`, where that is the reason, also what to do `instead`."""
    reason = error.strerror or str(error)
    if not os.environ.get("SUDO_USER") or os.geteuid() == 0:
        return reason
    if error.errno in _DENIED:
        return f"{reason}; with sudo this runs as the user {user()}: {instead}"
    # It is there that systemd lets a command begin whose user may not come to where it was given.
    if error.errno == errno.ENOENT and os.getcwd() == "/" and not _is_absolute(error.filename):  # noqa: PTH109 - a text
        return f"{reason} in /; with sudo this runs as the user {user()}: {instead}"
    return reason


def _is_absolute(path: object) -> bool:
    return isinstance(path, str | os.PathLike) and os.fspath(path).startswith("/")
