"""Two ledgers on one queue: neither knows what the other has sent, and both daemons say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import QUEUE, Shop
from support.daemon import Daemon
from support.http import request
from support.publishing import order
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

EVENTS = 40


def queue_problem(daemon: Daemon) -> str:
    """Return what `/readyz` says of the queue."""
    lines = request(daemon.url + "/readyz").text.splitlines()
    said = (
        line
        for line in lines
        if line.startswith("queue: ") and not line.startswith("queue: starting")
    )
    return next(said, "")


def warnings(daemon: Daemon) -> list[str]:
    return [line["why"] for line in daemon.log_lines() if line["message"] == "another_ledger"]


@contextmanager
def beside(shop: Shop, directory: Path, **settings: dict[str, Any]) -> Iterator[Daemon]:
    """Run a second daemon on the shop's queue; what is deferred comes back to either at once."""
    second = Daemon(directory, shop.url, shop.sandbox.url)
    second.settings |= settings
    for daemon in (shop.daemon, second):
        daemon.settings["retry"] = {"tiers": ["200ms"]}
    shop.daemon.stop()
    shop.daemon.start()
    with second:
        yield second


def test_two_daemons_that_share_a_queue_and_not_a_ledger_both_say_so(
    shop: Shop, tmp_path: Path
) -> None:
    with beside(shop, tmp_path / "second") as second:
        both = (shop.daemon, second)
        assert [queue_problem(daemon) for daemon in both] == ["", ""]

        shop.sandbox.fault("rate_limited", times=None)
        shop.publish([order(number) for number in range(EVENTS)])
        said = [
            eventually(lambda one=daemon: queue_problem(one), what="it is said")  # type: ignore[misc]
            for daemon in both
        ]
        shop.sandbox.heal()
        shop.empty()

        assert all("daemons with two ledgers share this queue" in each for each in said)
        assert [len(warnings(daemon)) for daemon in both] == [1, 1]


@pytest.mark.long
def test_two_daemons_that_share_both_say_nothing(shop: Shop, tmp_path: Path) -> None:
    ledger = shop.daemon.settings["ledger"]
    with beside(shop, tmp_path / "second", ledger=ledger) as second:
        shop.sandbox.fault("rate_limited", times=EVENTS)
        shop.publish([order(number) for number in range(EVENTS)])
        eventually(lambda: shop.sandbox.count() == EVENTS, what="all texts have gone out")
        shop.empty()

        assert [warnings(daemon) for daemon in (shop.daemon, second)] == [[], []]
        assert [queue_problem(daemon) for daemon in (shop.daemon, second)] == ["", ""]


def test_a_ledger_that_is_made_anew_does_not_know_what_was_begun(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    with Daemon(tmp_path / "daemon", amqp_url, sandbox.url) as daemon:
        shop = Shop(rabbit, vhost, sandbox, daemon, QUEUE)
        sandbox.fault("latency", seconds=20.0, times=None)
        shop.publish([order(number) for number in range(EVENTS)])
        eventually(lambda: rabbit.depth(vhost, QUEUE).unacked == EVENTS, what="all are in flight")
        daemon.kill()
        for path in (tmp_path / "daemon").glob("ledger.db*"):
            path.unlink()
        sandbox.heal()
        daemon.start(ready=False)

        said = eventually(lambda: queue_problem(daemon), what="it is said")

        assert "the ledger is new, and the queue brings events again" in said
        assert len(warnings(daemon)) == 1
