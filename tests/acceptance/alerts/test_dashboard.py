"""The shipped dashboard beside a daemon that works: every panel has something to show."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from acceptance.alerts.conftest import configured
from support.dashboard import DASHBOARD, panels
from support.http import request
from support.prometheus import Prometheus, promtool
from support.publishing import Publication, order
from support.rabbit import Rabbit
from support.repeating import repeating
from support.waiting import eventually

PICTURE = DASHBOARD.with_name("picture.py")
SECONDS = 12.0
NO_MOBILE = "+15005550009"


@pytest.mark.takes(30)
@pytest.mark.long
def test_every_panel_shows_what_a_daemon_does(
    rabbit: Rabbit, prometheus: Prometheus, tmp_path: Path
) -> None:
    with configured(rabbit, tmp_path / "shop") as shop:
        shop.daemon.start()
        prometheus.targets({"smsherald": shop.daemon.url})
        shop.sandbox.fault("latency", seconds=0.1, times=None)
        shop.sandbox.fault("unavailable", times=None, probability=0.1)
        numbers = iter(range(1_000_000))

        def publish() -> None:
            every = [order(next(numbers)) for _ in range(8)]
            unknown = {"order": {"number": f"R{next(numbers)}", "billing_address": {}}}
            address = {"firstname": "Ann", "phone": NO_MOBILE}
            landline = unknown["order"] | {"billing_address": address}
            shop.publish(
                [
                    *every,
                    Publication("order.created", unknown),
                    Publication("order.created", {"order": landline}),
                ]
            )

        began = time.time()
        with repeating(publish, every=0.3):
            time.sleep(SECONDS / 2)
            shop.daemon.command("pause", "--flow", "order-cancelled", "--why", "a wrong text")
            time.sleep(SECONDS / 2)
        eventually(
            lambda: prometheus.query("smsherald_waiting_messages"), what="the queue is counted"
        )
        ended = time.time()
        empty = [
            (panel["title"], target["legendFormat"])
            for panel in panels()
            for target in panel["targets"]
            if not any(
                value != "NaN"
                for found in prometheus.series(in_hurry(target["expr"]), began, ended)
                for _, value in found["values"]
            )
        ]
        file = tmp_path / "dashboard.svg"
        minutes = str((ended - began) / 60)
        command = [sys.executable, "-P", str(PICTURE), prometheus.url, str(file)]
        subprocess.run([*command, "--minutes", minutes], check=True)
        metrics = promtool(
            "check", "metrics", stdin=request(shop.daemon.url + "/metrics").text.encode()
        )

    drawn = ET.parse(file)  # noqa: S314 - it is our own
    said = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert empty == []
    assert (metrics.returncode, metrics.stdout + metrics.stderr) == (0, "")
    assert {panel["title"] for panel in panels()} <= said
    assert "no data" not in said


def in_hurry(query: str) -> str:
    """Return a query of the dashboard for all there is."""
    query = query.replace("$__rate_interval", "2s")
    for variable in ("$namespace", "$job", "$instance"):
        query = query.replace(variable, ".*")
    return query
