"""What systemd is told: ready, reloading, status, stopping, and that we live (`sd_notify(3)`).

The protocol is one datagram; the libraries for it either need systemd's C headers to install
or hide every error.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from smsherald.errors import in_one_line

FOLLOWS_EVERY = 2.0
"""Seconds between two looks at what is to be shown."""
UNITS = Path("/run/systemd/units")
"""Where systemd has a link for each unit that runs; anybody may look, in a sandbox too."""
_LINK, _SUFFIX = "invocation:", ".service"
_OURS = re.compile(r"smsherald(@.+)?")
LONGEST = 900
"""Characters of a status. systemd takes no datagram over 4,096 bytes; a character has up to 4."""


class Systemd:
    """Talks to the service manager; does nothing where there is none.

    `environment` is the process's own (`sd_notify(3)`, `sd_watchdog_enabled(3)`).
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the null byte of Linux's abstract sockets.
        self._address = f"\0{path[1:]}" if path.startswith("@") else path
        self._interval = _watchdog_interval(environment) if path else None
        self._log = structlog.get_logger()

    def ready(self, status: str) -> None:
        """Say that the start is over, or a reload; `status` is what `systemctl status` shows."""
        self._send("READY=1", f"STATUS={_one_line(status)}")

    def reloading(self, status: str) -> None:
        """Say that a reload has begun; `ready` says that it is over."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}", f"STATUS={_one_line(status)}")

    def status(self, status: str) -> None:
        """Replace what `systemctl status` shows, of a process that failed until the next start."""
        self._send(f"STATUS={_one_line(status)}")

    async def follow(self, state: Callable[[], str]) -> None:
        """Show what `state` says whenever that is another; runs until cancelled."""
        shown = state()
        while self._address:
            await asyncio.sleep(FOLLOWS_EVERY)
            now = state()
            if now != shown:
                shown = now
                self.status(now)

    def stopping(self, status: str) -> None:
        """Say that the stop has begun."""
        self._send("STOPPING=1", f"STATUS={_one_line(status)}")

    async def watch(self, alive: Callable[[], bool]) -> None:
        """Tell the watchdog twice per period, but only while `alive`; runs until cancelled.

        It returns at once where the unit sets no `WatchdogSec=`. A loop that stalls tells
        nothing, and is restarted for it.
        """
        while self._interval is not None:
            if alive():
                self._send("WATCHDOG=1")
            await asyncio.sleep(self._interval)

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.settimeout(0)  # A service manager that hangs must not hang us.
                notify.connect(self._address)
                # A file's name may be no UTF-8, and systemd takes nothing else.
                notify.send("\n".join(lines).encode(errors="replace"))
        except OSError as error:
            self._log.warning("systemd_not_told", told=lines[0], error=str(error))


def running(folder: Path = UNITS) -> frozenset[str]:
    """Return which units of ours run on this host, by their names without a suffix."""
    try:
        links = [link.name for link in folder.iterdir()]
    except OSError:
        return frozenset()
    names = {
        link.removeprefix(_LINK).removesuffix(_SUFFIX)
        for link in links
        if link.startswith(_LINK) and link.endswith(_SUFFIX)
    }
    return frozenset(name for name in names if _OURS.fullmatch(name))


def invocation(unit: str, folder: Path = UNITS) -> str | None:
    """Return what systemd calls the start by which a unit runs; None where it does not run.

    The unit's processes have it as `INVOCATION_ID`.
    """
    try:
        return str((folder / f"{_LINK}{unit}{_SUFFIX}").readlink())
    except OSError:
        return None


def _watchdog_interval(environment: Mapping[str, str]) -> float | None:
    """Return half the watchdog's period in seconds, None where it is not meant for us."""
    period = environment.get("WATCHDOG_USEC", "")
    if not period.isdecimal() or int(period) == 0:
        return None
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(period) / 2_000_000


def _one_line(status: str) -> str:
    """Keep a status from passing for another assignment, and from being too long to be taken."""
    line = in_one_line(status)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
