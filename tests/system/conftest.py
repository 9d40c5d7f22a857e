"""A machine that is booted for a test."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.daemon import REPOSITORY
from support.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Boot a machine of this test's own."""
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine", REPOSITORY)
    atexit.register(machine.stop)
    try:
        machine.start()
        yield machine
    finally:
        machine.stop()
        atexit.unregister(machine.stop)
