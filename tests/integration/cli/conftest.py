"""A configuration for the commands, on a broker and a sandbox of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.daemon import Daemon
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess


@pytest.fixture
def config(rabbit: Rabbit, vhost: str, sandbox: SandboxProcess, tmp_path: Path) -> Daemon:
    """Write a configuration on this test's broker and sandbox; no daemon runs."""
    daemon = Daemon(tmp_path / "daemon", rabbit.url(vhost), sandbox.url)
    daemon.write()
    return daemon
