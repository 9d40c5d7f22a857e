"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import atexit
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.daemon import Daemon
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess


def pytest_configure() -> None:
    """Let SIGTERM end a run as Ctrl-C does: fixtures end what they started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """Start one RabbitMQ for the whole run."""
    node = Rabbit(tmp_path_factory.mktemp("rabbit"))
    atexit.register(node.stop)
    try:
        node.start()
        yield node
    finally:
        node.stop()


@pytest.fixture
def vhost(rabbit: Rabbit) -> Iterator[str]:
    """Make a virtual host of this test's own."""
    with rabbit.vhost() as name:
        yield name


@pytest.fixture
def amqp_url(rabbit: Rabbit, vhost: str) -> str:
    """Return the address of this test's virtual host."""
    return rabbit.url(vhost)


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Start one sandbox for the whole run."""
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        atexit.register(process.kill)
        yield process


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess) -> SandboxProcess:
    """Return the sandbox with nothing in it and no fault ordered."""
    shared_sandbox.reset()
    return shared_sandbox


@pytest.fixture
def daemon(tmp_path: Path, amqp_url: str, sandbox: SandboxProcess) -> Iterator[Daemon]:
    """Configure a daemon for this test's virtual host and the sandbox; the test starts it."""
    directory = tmp_path / "daemon"
    directory.mkdir()
    process = Daemon(directory, amqp_url, sandbox.url)
    atexit.register(process.kill)
    yield process
    process.kill()
    atexit.unregister(process.kill)
