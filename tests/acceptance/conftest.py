"""The daemon, a RabbitMQ and the sandbox, as processes of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.daemon import Daemon
from support.publishing import Notification, Publication, heard, listen, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import PATIENCE, eventually

QUEUE = "smsherald"


@dataclass
class Shop:
    """All of it: what the shop publishes, what is sent, and what the shop hears of it."""

    rabbit: Rabbit
    vhost: str
    sandbox: SandboxProcess
    daemon: Daemon
    listening: str
    _told: list[Notification] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The broker, as the shop's own code reaches it."""
        return self.rabbit.url(self.vhost)

    def hurry(self) -> None:
        """Restart the daemon; from now on it waits for no longer than a test can."""
        self.daemon.settings["ledger"] |= {
            "fence": "1s",
            "late_accept": "500ms",
            "listing_lag": "500ms",
            "quarantine": "5s",
        }
        self.daemon.settings["retry"] = {"tiers": ["1s", "5s"]}
        self.daemon.settings["twilio"]["timeout"] = "2s"
        assert self.daemon.stop() == 0
        self.daemon.start()

    def publish(self, publications: list[Publication]) -> None:
        """Publish, each confirmed."""
        publish(self.url, publications)

    def heard(self) -> list[Notification]:
        """Return all that was notified so far."""
        self._told += heard(self.url, self.listening)
        return list(self._told)

    def settled(self, events: int, within: float = 60) -> None:
        """Wait until the daemon has counted so many deliveries, and its queue is empty."""
        eventually(
            lambda: self.daemon.metrics().value("smsherald_events_total") >= events,
            within=within,
            what=f"{events} deliveries are settled",
        )
        self.empty()

    def empty(self, within: float = PATIENCE) -> None:
        """Wait until nothing is in the queue, and nobody holds a delivery."""

        def is_empty() -> bool:
            depth = self.rabbit.depth(self.vhost, QUEUE)
            return (depth.ready, depth.unacked) == (0, 0)

        eventually(is_empty, within=within, what="the queue is empty")

    def parked(self) -> int:
        """Count what waits for a person."""
        return self.rabbit.depth(self.vhost, f"{QUEUE}.parked").ready


@pytest.fixture
def shop(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> Iterator[Shop]:
    """Run the daemon on the plain broker; it is ready."""
    with Daemon(tmp_path / "daemon", amqp_url, sandbox.url) as daemon:
        yield Shop(rabbit, vhost, sandbox, daemon, listen(amqp_url))


@pytest.fixture(params=["plain", pytest.param("tls", marks=pytest.mark.long)])
def any_shop(
    request: pytest.FixtureRequest,
    rabbit: Rabbit,
    vhost: str,
    sandbox: SandboxProcess,
    tmp_path: Path,
) -> Iterator[Shop]:
    """Run the daemon on the plain broker, and on one by TLS."""
    url = rabbit.url(vhost) if request.param == "plain" else rabbit.tls_url(vhost)
    with Daemon(tmp_path / "daemon", url, sandbox.url) as daemon:
        yield Shop(rabbit, vhost, sandbox, daemon, listen(rabbit.url(vhost)))
