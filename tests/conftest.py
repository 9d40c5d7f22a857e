"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import atexit
import signal
from collections.abc import Iterator

import pytest

from support.rabbit import Rabbit


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
