"""Starts smsherald's commands as forks of itself: `python -P fork_process.py FD`.

It has imported what they import, so one starts in a twentieth of the time. Each request on the
socket FD is one byte, with four files: the command as JSON (`arguments`, `cwd`, `environment`),
its standard output, its standard error, and a socket that is told its process id and, once it has
ended, its exit code, negative where a signal ended it. It ends with its socket.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

IMPORTED = (
    "smsherald.cli.main",
    "smsherald.service",
    "smsherald.sandbox",
    # What these import when they need it.
    "smsherald.ledger.sql.sqlite",
    "kombu.transport.pyamqp",
    "phonenumbers",
    "pydantic.type_adapter",
    "twilio.rest.api",
)


@dataclass(frozen=True, slots=True)
class Command:
    """What a fork becomes; `output` and `errors` are open files."""

    arguments: list[str]
    cwd: str
    environment: dict[str, str]
    output: int
    errors: int


def serve(requests: socket.socket) -> Command | None:
    """Start what is asked for; return in the fork what it is to become, and None at the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody asks how a guard ended.
    while True:
        byte, files, _, _ = socket.recv_fds(requests, 1, 4)
        if not byte:
            return None
        asked, output, errors, teller = files
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            guard(socket.socket(fileno=teller))
            with os.fdopen(asked) as file:
                return Command(**json.load(file), output=output, errors=errors)
        for each in files:
            os.close(each)


def guard(teller: socket.socket) -> None:
    """Return in a fork; what stays waits for its end and tells it, and reaps it once that is read.

    Until then nobody else is given its process id.
    """
    if (pid := os.fork()) == 0:
        return
    try:
        teller.send(b"%d" % pid)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        code = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
        teller.send(b"%d" % code)
        teller.recv(1)
    finally:
        os._exit(0)  # Whoever asked may have gone.


def become(command: Command) -> None:
    """Run it as Python runs a script that a shell has started; ends as the script does."""
    os.setsid()
    os.dup2(command.output, 1)
    os.dup2(command.errors, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(command.cwd)
    os.environ.clear()
    os.environ.update(command.environment)
    time.tzset()
    sys.argv = command.arguments
    sys.path.insert(0, str(Path(command.arguments[0]).parent))
    runpy.run_path(command.arguments[0], run_name="__main__")


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    if asked := serve(socket.socket(fileno=int(sys.argv[1]))):
        become(asked)
