"""A process that starts smsherald's commands as its forks: most of a start is what it imports."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

PROGRAM = Path(__file__).with_name("fork_process.py")
OURS = (
    "SMSHERALD_",
    "TWILIO_",
    "BROKER_URL",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
)
"""Variables of whoever runs the tests that would change what they test."""
READ_LATE = (
    *OURS,
    "COLUMNS",
    "NO_COLOR",
    "SUDO_USER",
    "JOURNAL_STREAM",
    "NOTIFY_SOCKET",
    "PYTEST_",
)
"""Those that nobody reads before a command asks. Others may be read as Python starts, or by what is
imported (`SSL_CERT_FILE` by aiohttp): a fork would not see them."""
LONGEST = 32
"""Bytes: more than a process id or an exit code has."""


def may_fork(environment: Mapping[str, str]) -> bool:
    """Say whether a command that is forked sees its environment as one that is started does."""
    return all(
        environment.get(name) == os.environ.get(name)
        for name in environment.keys() | os.environ.keys()
        if not name.startswith(READ_LATE)
    )


class Forked:
    """One that was started; of `subprocess.Popen`, what the tests use of it."""

    def __init__(self, arguments: Sequence[str], teller: socket.socket) -> None:
        self._arguments = arguments
        self._teller = teller
        self.pid = int(teller.recv(LONGEST))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, negative where a signal ended it, or None while it runs."""
        return self._read(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the same once it has ended; TimeoutExpired after so many seconds."""
        code = self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(list(self._arguments), timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _read(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._teller.settimeout(timeout)
            try:
                self.returncode = int(self._teller.recv(LONGEST))
            except (BlockingIOError, TimeoutError):
                return None
            self._teller.close()
        return self.returncode


class Forking:
    """The process itself; it ends with this one."""

    def __init__(self) -> None:
        self._requests, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", PROGRAM, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C at the tests is not for it.
            )

    def start(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        outputs: tuple[IO[bytes], IO[bytes]],
    ) -> Forked:
        """Start a script of Python's, `arguments[0]`, in a session of its own.

        `outputs` are its standard output and its standard error.
        """
        command = {"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)}
        ours, teller = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with tempfile.TemporaryFile() as asked, teller:
            asked.write(json.dumps(command).encode())
            asked.seek(0)
            files = [file.fileno() for file in (asked, *outputs, teller)]
            socket.send_fds(self._requests, [b"\0"], files)
        return Forked(arguments, ours)

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """Run one to its end, as `subprocess.run` does, with nothing on its standard input."""
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            forked = self.start(arguments, cwd, environment, (output, errors))
            try:
                code = forked.wait(timeout)
            except BaseException:
                forked.kill()
                forked.wait()
                raise
            output.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(arguments, code, output.read(), errors.read())

    def end(self) -> None:
        """End it; what it has started goes on."""
        self._requests.close()
        self._process.wait()


@cache
def forking() -> Forking:
    """Return the one of this process, which is started at the first use."""
    made = Forking()
    atexit.register(made.end)
    return made
