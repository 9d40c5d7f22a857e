"""A command as a shell runs it: its exit code, and what it prints."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from support.process import COMMAND, OURS
from support.secrets import AUTH_TOKEN, require_none

REPOSITORY = Path(__file__).parents[2]
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": "AC" + 32 * "a",
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_FROM": "+15005550006",
}


def clean() -> dict[str, str]:
    """Return the environment without what would change what is tested."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def smsherald(
    *arguments: str,
    environment: Mapping[str, str] = ACCOUNT,
    stdin: bytes = b"",
    cwd: Path = REPOSITORY,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; what it printed shows no secret."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env={**clean(), "NO_COLOR": "1", "COLUMNS": "200", **environment},
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
    )
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    require_none(stdout + stderr, f"smsherald {arguments[0]}")
    return subprocess.CompletedProcess(done.args, done.returncode, stdout, stderr)
