"""The systemd unit and the user that this process is of, as what tells an operator names them."""

from __future__ import annotations

import errno
import os
import pwd
import re
import shlex
import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

UNIT: Final = "SMSHERALD_UNIT"
"""Names it, as `smsherald@a`. The units set it, and so does the command that runs beside one."""
_ALONE = "smsherald"
_ENVIRONMENT = "/etc/smsherald/environment"
"""What all units read their variables from."""
_COMMAND = re.compile(r"`smsherald (\w+)")
_FOR_ANYBODY = frozenset(
    {"asyncapi", "backtest", "demo", "explain", "init", "preview", "sandbox", "test"}
)
"""Commands that need nothing of a unit's but its configuration, and read files of one's own."""
_DENIED = (errno.EACCES, errno.EPERM)


def unit(environ: Mapping[str, str]) -> str:
    """Return its name without its suffix; where none is named, that of the only one."""
    return environ.get(UNIT, "").removesuffix(".service") or _ALONE


def editing(environ: Mapping[str, str]) -> str:
    """Return what adds a line to it."""
    name = unit(environ)
    every = "of instances" if name == _ALONE else "of all instances"
    return f"`systemctl edit {name}`, {every} `{_ALONE}@`"


def environment_files(environ: Mapping[str, str]) -> list[str]:
    """Return where its variables stand, an instance's own last; nothing where no unit is."""
    if not environ.get(UNIT):
        return []
    _, at, instance = unit(environ).partition("@")
    return [_ENVIRONMENT, f"{_ENVIRONMENT}.{instance}"] if at else [_ENVIRONMENT]


def ours(environ: Mapping[str, str], *words: str) -> str:
    """Write a command of ours: beside a unit it needs sudo, if it looks at what that one has."""
    return _before(environ, words[0]) + shlex.join(("smsherald", *words))


def advised(environ: Mapping[str, str], text: str) -> str:
    """Write the commands of ours that a text has between backquotes as `ours` does."""
    return _COMMAND.sub(lambda match: f"`{_before(environ, match[1])}smsherald {match[1]}", text)


def _before(environ: Mapping[str, str], command: str) -> str:
    name = environ.get(UNIT, "").removesuffix(".service")
    if not name or command in _FOR_ANYBODY:
        return ""
    return "sudo " if name == _ALONE else f"sudo {shlex.quote(f'{UNIT}={name}')} "


def meant(environ: Mapping[str, str], running: Collection[str]) -> list[str]:
    """Return which units somebody means who asks a daemon: where only instances run, those."""
    name = unit(environ)
    return sorted(running) if name == _ALONE and running and name not in running else [name]


def beside(
    environ: Mapping[str, str],
    instance: str,
    running: Collection[str],
    host: str | None = None,
) -> str | None:
    """Return the unit of a daemon on this host by the name that it has given itself.

    None where no unit is, or none that is `running` here gives that name: then it is elsewhere.
    Another host's name may begin with this one's.
    """
    if not environ.get(UNIT):
        return None
    host = host or os.uname().nodename
    rest = instance.removeprefix(f"{host}-")
    name = _ALONE if instance == host else f"{_ALONE}@{rest}"
    return name if name in running and rest else None


def whom(environ: Mapping[str, str]) -> str:
    """Say whose rights this process has; where no unit is, by the number too.

    In a container the name may be the image's own: on the host the number alone is known.
    """
    name, number = user(), str(os.geteuid())
    return f"user {name}" if environ.get(UNIT) or name == number else f"user {name} (uid {number})"


_BITS = {"r": stat.S_IRUSR, "w": stat.S_IWUSR, "x": stat.S_IXUSR}


def giving(environ: Mapping[str, str], file: Path, needs: str) -> str:
    """Say by which command that user may do there what it `needs` to: `rw`, or `rwx`."""
    status, name = file.stat(), shlex.quote(str(file))
    owner = user() if environ.get(UNIT) else str(os.geteuid())
    commands = [] if status.st_uid == os.geteuid() else [f"chown {owner} {name}"]
    if any(not status.st_mode & _BITS[each] for each in needs):
        commands.append(f"chmod u+{needs} {name}")
    if not commands:
        return "it is that user's, so look for what else forbids it (lsattr, getfacl)"
    return f"give it to that user (`{' && '.join(commands)}`)"


def user() -> str:
    """Return whose rights this process has: a name, or the number of who has none."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def why(error: OSError, instead: str) -> str:
    """Return why a file cannot be had; with sudo, where that is why, also what to do `instead`."""
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
