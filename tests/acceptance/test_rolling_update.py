"""A rolling update as Kubernetes does it: two replicas on PostgreSQL, new flows, under load."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml

from support.daemon import REPOSITORY, Daemon
from support.kubernetes.checks import CONNECTIONS
from support.postgres import Postgres
from support.publishing import Publication, order, publish
from support.repeating import repeating
from support.sandbox import SandboxProcess
from support.waiting import eventually

ROUNDS = 2
REPLICAS = 2
WITHIN = 30.0
"""Seconds without a text that even a machine with much else to do must not see."""


class Load:
    """Publishes at a steady rate, mandatory and confirmed, and watches what is texted."""

    def __init__(self, url: str, sandbox: SandboxProcess) -> None:
        self.keys = ["order.created"]
        self.sent = 0
        self.gap = 0.0
        """The longest time without a text so far, in seconds."""
        self._url = url
        self._sandbox = sandbox
        self._seen = (0, 0.0)

    def begin(self) -> None:
        """Begin to wait for the first text."""
        self._seen = (0, time.monotonic())

    def publish(self) -> None:
        """Publish one event of each key."""
        batch = [Publication(key, order(self.sent + n).body) for n, key in enumerate(self.keys)]
        self.sent += publish(self._url, batch)

    def watch(self) -> None:
        """Look whether there is another text."""
        count, now = self._sandbox.count(), time.monotonic()
        texts, since = self._seen
        self.gap = max(self.gap, now - since)
        if count > texts:
            self._seen = count, now


def a_pod(
    directory: Path, url: str, sandbox: SandboxProcess, ledger: str, keys: list[str]
) -> Daemon:
    """Return a replica with the settings of the cluster, whose one flow texts these keys."""
    daemon = Daemon(directory, url, sandbox.url, "--watch")
    daemon.environment["SMSHERALD_INSTANCE"] = directory.name
    daemon.settings["ledger"]["url"] = ledger
    daemon.settings["broker"]["drain"] = "25s"
    for path in daemon.flows.iterdir():
        flow = yaml.safe_load(path.read_text())
        if path.stem == "order-created":
            flow["subscribe"] = keys
            path.write_text(yaml.safe_dump(flow, sort_keys=False))
        else:
            path.unlink()
    return daemon


def as_in_the_cluster() -> tuple[float, float]:
    """Return the seconds of `preStop` and until SIGKILL, as `kubernetes/` has them."""
    workload = yaml.safe_load((REPOSITORY / "kubernetes" / "base" / "workload.yaml").read_text())
    pod = workload["spec"]["template"]["spec"]
    hook = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    return float(hook), float(pod["terminationGracePeriodSeconds"])


@pytest.mark.long
@pytest.mark.takes(45)
def test_a_rolling_update_loses_doubles_and_ignores_nothing(
    amqp_url: str,
    sandbox: SandboxProcess,
    postgres: Postgres,
    tmp_path: Path,
) -> None:
    load, connections = Load(amqp_url, sandbox), 0
    hook, grace = as_in_the_cluster()
    ignored = parked = left = 0.0
    running: list[Daemon] = []

    def new() -> Daemon:
        number = len(list(tmp_path.glob("pod-*")))
        made = a_pod(tmp_path / f"pod-{number}", amqp_url, sandbox, ledger, keys)
        running.append(made)
        made.start()  # It returns once /readyz says yes.
        return made

    try:
        with postgres.database() as name:
            ledger, keys = postgres.url(name), list(load.keys)
            for _ in range(REPLICAS):
                new()
            load.begin()
            with repeating(load.publish, 0.02), repeating(load.watch, 0.05):
                for number in range(1, ROUNDS + 1):
                    keys = [*load.keys, f"order.round{number}"]
                    ending: list[Daemon] = []
                    for old in list(running):
                        new()
                        load.keys = keys
                        here = postgres.execute("SELECT datname FROM pg_stat_activity")
                        connections = max(connections, here.count((name,)))
                        time.sleep(hook)
                        figures = old.metrics()
                        ignored += figures.value("smsherald_events_total", outcome="ignored")
                        parked += figures.value("smsherald_events_total", outcome="parked")
                        left += figures.value("smsherald_retries_total", reason="not_mine")
                        # Kubernetes waits for the end of none before it starts the next.
                        old.running.terminate()
                        ending.append(old)
                        running.remove(old)
                    for old in ending:
                        assert old.wait(grace) == 0
            eventually(lambda: sandbox.count() >= load.sent, within=120, what="all are texted")
            for each in running:
                figures = each.metrics()
                ignored += figures.value("smsherald_events_total", outcome="ignored")
                parked += figures.value("smsherald_events_total", outcome="parked")
                assert each.stop() == 0
            running.clear()
    finally:
        for each in running:
            each.kill()

    assert (ignored, parked) == (0, 0)
    assert left > 0
    references = [text["body"] for text in sandbox.texts()]
    assert len(references) == len(set(references)) == load.sent
    assert connections <= (REPLICAS + 1 + REPLICAS) * CONNECTIONS
    assert load.gap < WITHIN
