"""From a daemon in trouble to whoever is on call: Prometheus, Alertmanager and a webhook."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.conftest import Shop
from support.prometheus import Alertmanager, Prometheus
from support.publishing import order
from support.waiting import eventually
from support.webhook import Webhook

JOB = "smsherald"
EVENTS = 20
ALERTS = ("SmsheraldAccountPaused", "SmsheraldNothingSent")


@pytest.mark.takes(25)
@pytest.mark.long
def test_who_is_on_call_hears_that_nothing_is_sent_and_that_it_is_over(
    shop: Shop, hurried_rules: Path, tmp_path: Path
) -> None:
    with (
        Webhook() as webhook,
        Alertmanager(tmp_path / "alertmanager", webhook.url) as alertmanager,
        Prometheus(tmp_path / "prometheus", hurried_rules, alertmanager.url) as prometheus,
    ):
        prometheus.targets({JOB: shop.daemon.url})
        eventually(lambda: prometheus.query("up == 1"), what="the daemon is scraped")
        shop.sandbox.fault("not_authenticated", times=None)
        shop.publish([order(number) for number in range(EVENTS)])
        eventually(
            lambda: all(webhook.states(alert) == ["firing"] for alert in ALERTS),
            what="both are told",
        )
        assert shop.sandbox.count() == 0

        shop.sandbox.heal()
        eventually(lambda: shop.sandbox.count() == EVENTS, what="every text goes out")
        # So fast does the rules' time run that one may fire again before all have gone.
        eventually(
            lambda: all(webhook.states(alert)[-1] == "resolved" for alert in ALERTS),
            within=60,
            what="the end of both is told",
        )

    assert shop.sandbox.count() == EVENTS
    paused, nothing = (webhook.told(alert)[0] for alert in ALERTS)
    netloc = shop.daemon.url.removeprefix("http://")
    assert paused["annotations"]["description"] == (
        f"Accounts of {netloc} ({JOB}) that are paused (refused): 1."
    )
    assert nothing["labels"]["severity"] == paused["labels"]["severity"] == "critical"
    assert nothing["annotations"]["runbook_url"] == "docs/runbook.md#smsheraldnothingsent"
