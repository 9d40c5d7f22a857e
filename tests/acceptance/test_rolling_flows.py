"""Replicas on one queue may know different flows for a while: no event is lost or ignored."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from acceptance.conftest import QUEUE
from support.daemon import Daemon
from support.publishing import Publication, order, publish
from support.rabbit import Rabbit
from support.repeating import repeating
from support.sandbox import SandboxProcess
from support.waiting import eventually

AT_ONCE = 20
"""Events of each kind that a publisher has ready at a time."""


class Publisher:
    """Publishes again and again, mandatory and confirmed; what no queue takes raises.

    What is published is texted before more is: else events would still wait that only a daemon of
    before wants, however busy the machine is.
    """

    def __init__(self, url: str, sandbox: SandboxProcess) -> None:
        self.url = url
        self.sandbox = sandbox
        self.keys = {"order.created"}
        self.sent = 0

    def publish(self) -> None:
        if self.sandbox.count() < self.sent:
            return
        batch = [
            Publication(key, order(self.sent + number).body)
            for number, key in enumerate(sorted(self.keys) * AT_ONCE)
        ]
        self.sent += publish(self.url, batch)


def replica(directory: Path, url: str, sandbox: SandboxProcess, keys: set[str]) -> Daemon:
    """Return a replica whose one flow texts an order under these keys; all share a ledger."""
    daemon = Daemon(directory, url, sandbox.url)
    daemon.settings["ledger"]["url"] = f"sqlite:///{directory.parent}/ledger.db"
    daemon.settings["retry"] = {"tiers": ["200ms", "5s"]}
    for path in daemon.flows.iterdir():
        flow = yaml.safe_load(path.read_text())
        if path.stem == "order-created":
            flow["subscribe"] = sorted(keys)
            path.write_text(yaml.safe_dump(flow, sort_keys=False))
        else:
            path.unlink()
    return daemon


@pytest.mark.long
def test_a_rolling_change_of_flows_ten_times(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    publisher = Publisher(amqp_url, sandbox)
    keys = {"order.created"}
    old = replica(tmp_path / "0", amqp_url, sandbox, keys)
    old.start()
    ignored = parked = left = 0.0
    try:
        with repeating(publisher.publish, 0.02):
            for number in range(1, 11):
                keys = {"order.created", f"order.round{number}"}
                new = replica(tmp_path / str(number), amqp_url, sandbox, keys)
                new.start()
                publisher.keys = set(keys)
                before = publisher.sent
                eventually(lambda due=before + 200: publisher.sent > due, what="both are at work")  # type: ignore[misc]
                publisher.keys = {"order.created"}
                figures = old.metrics()
                ignored += figures.value("smsherald_events_total", outcome="ignored")
                parked += figures.value("smsherald_events_total", outcome="parked")
                left += figures.value("smsherald_retries_total", reason="not_mine")
                old.stop()
                old = new
        eventually(lambda: sandbox.count() >= publisher.sent, within=120, what="all are texted")
        rabbit.wait_until_settled(vhost, QUEUE, 30)
    finally:
        old.kill()

    assert (ignored, parked) == (0, 0)
    assert left > 0
    assert sandbox.count() == publisher.sent
