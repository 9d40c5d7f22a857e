"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from support.daemon import Daemon
from support.postgres import Postgres
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess

pytest_plugins = ["smsherald.pytest_plugin"]

TESTS = Path(__file__).parent
SLOWEST_FIRST = ("system", "model", "acceptance", "integration", "contract", "unit")


def pytest_configure() -> None:
    """Let SIGTERM end a run as Ctrl-C does: fixtures end what they started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A shell's background has it ignored, also by all that the tests start and then interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _weight(item: pytest.Item) -> tuple[float, int]:
    folder = item.path.relative_to(TESTS).parts[0]
    takes = item.get_closest_marker("takes")
    seconds = takes.args[0] if takes else 0
    return -seconds, SLOWEST_FIRST.index(folder)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Read no file in which nothing is long, where that alone is asked for: most are none."""
    if config.option.markexpr != "long" or collection_path.suffix != ".py":
        return None
    folders = [folder for folder in collection_path.parents if folder.is_relative_to(TESTS)]
    says = (collection_path, *(folder / "conftest.py" for folder in folders if folder != TESTS))
    return None if any(file.exists() and "mark.long" in file.read_text() for file in says) else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each worker begin with what takes longest: then all end at the same time."""
    items.sort(key=_weight)
    # `worksteal` begins by giving each worker one piece of the list, the shorter pieces first.
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [item for first in reversed(range(workers)) for item in items[first::workers]]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a test that failed beside RabbitMQ have RabbitMQ's own complaints."""
    report = yield
    rabbit = getattr(item, "funcargs", {}).get("rabbit")
    if report.failed and isinstance(rabbit, Rabbit):
        report.sections.append(("RabbitMQ's log", rabbit.complaints()))
    return report


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Start one PostgreSQL for the whole run."""
    cluster = Postgres()
    atexit.register(cluster.remove)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()
        atexit.unregister(cluster.remove)


@pytest.fixture
def vhost(rabbit: Rabbit) -> Iterator[str]:
    """Make a virtual host of this test's own."""
    with rabbit.vhost() as name:
        yield name


@pytest.fixture
def amqp_url(rabbit: Rabbit, vhost: str) -> str:
    """Return the address of this test's virtual host."""
    return rabbit.url(vhost)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """Start a sandbox of this test's own: what another test asked of one may come late."""
    directory = tmp_path / "sandbox"
    directory.mkdir()
    process = SandboxProcess(directory)
    atexit.register(process.kill)
    with process:
        yield process
    atexit.unregister(process.kill)


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
