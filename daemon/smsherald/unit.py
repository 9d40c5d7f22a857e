"""The systemd unit that this process is of or beside, as what tells an operator names it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

UNIT: Final = "SMSHERALD_UNIT"
"""Names it, as `smsherald@a`. The units set it, and so does the command that runs beside one."""
_ALONE = "smsherald"
_ENVIRONMENT = "/etc/smsherald/environment"
"""What all units read their variables from."""


def unit(environ: Mapping[str, str]) -> str:
    """Return its name without its suffix; where none is named, that of the only one."""
    return environ.get(UNIT, "").removesuffix(".service") or _ALONE


def editing(environ: Mapping[str, str]) -> str:
    """Return what adds a line to it."""
    name = unit(environ)
    every = "of instances" if name == _ALONE else "of all instances"
    return f"`systemctl edit {name}`, {every} `{_ALONE}@`"


def environment_file(environ: Mapping[str, str]) -> str | None:
    """Return where its variables stand; None where no unit is."""
    return _ENVIRONMENT if environ.get(UNIT) else None


def beside(environ: Mapping[str, str], instance: str, host: str | None = None) -> str | None:
    """Return the unit of a daemon on this host by the name that it has given itself.

    None where no unit is, or where it has another name than the units give: then it is elsewhere.
    """
    if not environ.get(UNIT):
        return None
    host = host or os.uname().nodename
    if instance == host:
        return _ALONE
    rest = instance.removeprefix(f"{host}-")
    return f"{_ALONE}@{rest}" if rest and rest != instance else None
