"""A command as a shell runs it: its exit code, and what it prints."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.forking import OURS, forking, may_fork
from support.process import COMMAND
from support.secrets import AUTH_TOKEN, require_none

REPOSITORY = Path(__file__).parents[2]
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": "AC" + 32 * "a",
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_FROM": "+15005550006",
}

TIMEOUT = 60.0

_run_anew: set[str] = set()


def clean() -> dict[str, str]:
    """Return the environment without what would change what is tested."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def ended(
    arguments: Sequence[str], environment: Mapping[str, str], *, cwd: Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run it to its end and return what it printed.

    Each command runs once as a shell starts it, and as a fork (`support/forking.py`) from then on,
    unless it has something to read.
    """
    command = [str(COMMAND), *arguments]
    if not stdin and arguments[0] in _run_anew and may_fork(environment):
        return forking().run(command, cwd, environment, TIMEOUT)
    _run_anew.add(arguments[0])
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
    )


def smsherald(
    *arguments: str,
    environment: Mapping[str, str] = ACCOUNT,
    stdin: bytes = b"",
    cwd: Path = REPOSITORY,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; what it printed shows no secret."""
    everything = {**clean(), "NO_COLOR": "1", "COLUMNS": "200", **environment}
    done = ended(arguments, everything, cwd=cwd, stdin=stdin)
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    require_none(stdout + stderr, f"smsherald {arguments[0]}")
    return subprocess.CompletedProcess(done.args, done.returncode, stdout, stderr)
