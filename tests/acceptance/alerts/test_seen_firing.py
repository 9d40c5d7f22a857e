"""Every shipped alert fires, each for what a real daemon does.

In the copy of the rules that Prometheus has here, every `for` and every window is shorter
(`support/rules.py`); the limits are as they are shipped.
"""

from __future__ import annotations

import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from acceptance.alerts.conftest import configured
from acceptance.conftest import Shop
from support import defective
from support.ledgers import LedgerDatabase
from support.prometheus import Prometheus
from support.publishing import Publication, order
from support.rabbit import Rabbit
from support.repeating import repeating
from support.rules import alerts
from support.waiting import eventually

SHOP, UNHEARD, PLANTED = "smsherald-shop", "smsherald-unheard", "smsherald-planted"
WITHIN = 60.0
NO_MOBILE, NOT_REACHABLE = "+15005550009", "+15005550002"
QUEUE_FULL = "+15005550008"
LOCKED = 0.7
"""Seconds for which somebody else writes to the ledger, again and again."""


@dataclass
class Stage:
    """Three daemons and the Prometheus that watches them.

    `shop` is as it is shipped; nobody listens to `unheard`, and its Twilio cannot be asked what
    became of a text; `planted` has defects (`support/defective.py`).
    """

    prometheus: Prometheus
    rabbit: Rabbit
    shop: Shop
    unheard: Shop
    planted: Shop
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def look(self) -> None:
        """Remember what fires."""
        self.seen |= self.prometheus.firing()

    def until(self, alert: str, job: str = SHOP, within: float = WITHIN) -> None:
        """Wait until an alert has fired."""
        eventually(
            lambda: (f"Smsherald{alert}", job) in self.seen,
            within=within,
            what=f"{alert} of {job} fires; so far {sorted(self.seen)}",
        )

    def orders(self, events: int, phone: str | None = None) -> list[Publication]:
        """Return so many new orders, of customers of their own or of this one."""
        made = [order(next(self.numbers)) for _ in range(events)]
        if phone is None:
            return made
        return [with_phone(each, phone) for each in made]

    def by_and_by(self, alert: str, events: int, phone: str | None = None) -> None:
        """Publish again and again until an alert has fired."""
        with repeating(lambda: self.shop.publish(self.orders(events, phone)), every=0.3):
            self.until(alert)


def with_phone(event: Publication, phone: str) -> Publication:
    """Return the same order of a customer with another number."""
    assert not isinstance(event.body, bytes)
    address = {"firstname": "Ann", "phone": phone}
    return Publication(
        event.routing_key, {"order": event.body["order"] | {"billing_address": address}}
    )


def nobody_scrapes(stage: Stage) -> None:
    stage.until("Absent", job="")
    shops = {SHOP: stage.shop, UNHEARD: stage.unheard, PLANTED: stage.planted}
    stage.prometheus.targets({job: shop.daemon.url for job, shop in shops.items()})
    eventually(lambda: len(stage.prometheus.query("up == 1")) == len(shops), what="all are scraped")


def a_flow_is_still_tried_out(stage: Stage) -> None:
    address = {"firstname": "Ann", "phone": "+15558675309"}
    shipments = [
        {"number": f"H{number}", "order_number": f"R{number}", "shipping_address": address}
        for number in range(60)
    ]
    stage.shop.publish(
        [Publication("shipment.created", {"shipment": shipment}) for shipment in shipments]
    )
    stage.until("NobodyTexted")


def a_person_is_waited_for(stage: Stage) -> None:
    """Begin some of what takes long: it goes on beside the rest."""
    stage.shop.daemon.settings["broker"]["heartbeat"] = "20s"
    stage.shop.daemon.write()
    stage.shop.daemon.running.send_signal(signal.SIGHUP)
    stage.shop.daemon.command("pause", "--flow", "shipment-created", "--why", "a wrong link")
    stage.shop.publish([with_phone(each, "") for each in stage.orders(12)])
    stage.until("ParkedGrows")
    stage.until("FlowFails")


def the_consumer_is_lost(stage: Stage) -> None:
    stage.planted.publish([Publication(defective.DEFECT, {"order": {}})])
    stage.until("Defect", PLANTED)
    stage.rabbit.lose_consumers(stage.planted.vhost, "smsherald")
    stage.planted.publish(stage.orders(3))
    stage.until("SessionRemade", PLANTED)


def twilio_takes_a_text_and_does_not_say_so(stage: Stage) -> None:
    """Begin what waits for a person, of which nobody hears."""
    (held,) = stage.orders(1)
    stage.unheard.sandbox.fault("accept_then_reset", times=1)
    stage.unheard.publish([replace(held, routing_key="order.cancelled")])
    eventually(lambda: stage.unheard.sandbox.count() == 1, what="Twilio has it")


def nor_can_it_be_asked(stage: Stage) -> None:
    """Let a text be looked up in vain.

    Only now: an account that cannot be asked may be paused, and what is paused comes to no person.
    """
    stage.until("Held", UNHEARD)
    stage.unheard.sandbox.fault("unavailable", operation="list", times=None)
    stage.unheard.sandbox.fault("accept_then_reset", times=1)
    stage.unheard.publish(stage.orders(1))
    eventually(lambda: stage.unheard.sandbox.count() == 2, what="Twilio has it")


def twilio_refuses(stage: Stage) -> None:
    stage.shop.sandbox.fault("not_authenticated", times=None)
    stage.shop.publish(stage.orders(600))
    for alert in ("AccountPaused", "NotReady", "NothingSent", "Waiting"):
        stage.until(alert)
    stage.shop.sandbox.heal()
    stage.shop.empty()


def a_sender_is_full(stage: Stage) -> None:
    body = {"customer": {"id": "C1", "firstname": "Ann", "phone": "+15558675309"}}
    stage.shop.publish([Publication("customer.created", body)])
    stage.until("SenderOrFlowPaused")


def numbers_are_no_mobiles(stage: Stage) -> None:
    stage.by_and_by("Failing", 6, NO_MOBILE)


def a_sender_reaches_nobody(stage: Stage) -> None:
    stage.by_and_by("FailedForReason", 3, NOT_REACHABLE)


def twilio_has_trouble(stage: Stage) -> None:
    stage.shop.sandbox.fault("unavailable", times=None, probability=0.4)
    with repeating(lambda: stage.shop.publish(stage.orders(15)), every=0.3):
        stage.until("TwilioFailures")
        stage.until("Retries")
    stage.shop.sandbox.heal()


def events_come_late(stage: Stage) -> None:
    hour_ago = int(time.time()) - 3600
    late = [
        Publication(each.routing_key, each.body, timestamp=hour_ago) for each in stage.orders(5)
    ]
    stage.shop.publish(late)
    stage.until("EventsOld")


def another_replica_has_sent_it_too(stage: Stage) -> None:
    """Let the ledger know one SID of a text for which Twilio then gives another."""
    ledger = LedgerDatabase(stage.shop.daemon.settings["ledger"]["url"])
    stage.shop.sandbox.fault("latency", seconds=1.5, times=1)
    stage.shop.publish(stage.orders(1))

    def sending() -> str:
        with ledger.connect() as connection:
            rows = connection.exec_driver_sql("SELECT key FROM sms WHERE state = 'sending'")
            return str(rows.scalars().first() or "")

    key = eventually(sending, what="it is being sent")
    ledger.change(key, state="sent", sid="SM" + 32 * "e")
    stage.until("SentTwice")


def the_disk_is_slow(stage: Stage) -> None:
    file = Path(stage.shop.daemon.settings["ledger"]["url"].removeprefix("sqlite:///"))

    def write() -> None:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED)
            connection.execute("COMMIT")

    with repeating(write, every=0.05):
        stage.by_and_by("LedgerSlow", 3)


def a_flow_is_broken(stage: Stage) -> None:
    (stage.shop.daemon.flows / "broken.yaml").write_text("subscribe: order.created\n")
    stage.shop.daemon.running.send_signal(signal.SIGHUP)
    stage.until("ReloadFailed")


def what_takes_long_has_come(stage: Stage) -> None:
    stage.until("Unresolved", UNHEARD)
    stage.until("OutboxWaits", UNHEARD)
    stage.until("Stalled", PLANTED)
    stage.until("Doubts", PLANTED)
    stage.until("PausedByOperator")
    stage.until("ParkedWaits")


def rabbitmq_goes(stage: Stage) -> None:
    stage.rabbit.stop_app()
    try:
        stage.until("BrokerDisconnected")
    finally:
        stage.rabbit.start_app()


def it_ends_again_and_again(stage: Stage) -> None:
    daemon = stage.unheard.daemon

    def started_at() -> list[str]:
        query = f'process_start_time_seconds{{job="{UNHEARD}"}}'
        return [found["value"][1] for found in stage.prometheus.query(query)]

    def start_anew() -> None:
        before = started_at()
        daemon.kill()
        daemon.start(ready=False)
        eventually(lambda: started_at() not in ([], before), what="the new one is scraped")

    with repeating(start_anew, every=0):
        stage.until("Restarting", UNHEARD)


def it_ends(stage: Stage) -> None:
    stage.shop.daemon.kill()
    stage.until("Down")


def one_of_the_jobs_is_forgotten(stage: Stage) -> None:
    stage.prometheus.targets({SHOP: stage.shop.daemon.url})
    stage.until("Absent", UNHEARD)


TABLE: dict[Callable[[Stage], None], set[str]] = {
    nobody_scrapes: {"Absent"},
    a_flow_is_still_tried_out: {"NobodyTexted"},
    a_person_is_waited_for: {
        "FlowFails",
        "ParkedGrows",
        "ParkedWaits",
        "PausedByOperator",
    },
    twilio_takes_a_text_and_does_not_say_so: {"Held", "OutboxWaits"},
    the_consumer_is_lost: {"Defect", "Doubts", "SessionRemade", "Stalled"},
    twilio_refuses: {"AccountPaused", "NotReady", "NothingSent", "Waiting"},
    nor_can_it_be_asked: {"Unresolved"},
    a_sender_is_full: {"SenderOrFlowPaused"},
    another_replica_has_sent_it_too: {"SentTwice"},
    numbers_are_no_mobiles: {"Failing"},
    a_sender_reaches_nobody: {"FailedForReason"},
    twilio_has_trouble: {"TwilioFailures", "Retries"},
    events_come_late: {"EventsOld"},
    the_disk_is_slow: {"LedgerSlow"},
    a_flow_is_broken: {"ReloadFailed"},
    what_takes_long_has_come: set(),
    rabbitmq_goes: {"BrokerDisconnected"},
    it_ends_again_and_again: {"Restarting"},
    it_ends: {"Down"},
    one_of_the_jobs_is_forgotten: set(),
}
"""What is done, in this order, and what fires for it."""


def test_the_table_has_every_alert() -> None:
    named = [f"Smsherald{alert}" for fired in TABLE.values() for alert in fired]

    assert sorted(named) == sorted(alert.name for alert in alerts())


@pytest.fixture
def stage(rabbit: Rabbit, prometheus: Prometheus, tmp_path: Path) -> Iterator[Stage]:
    """Start the daemons; Prometheus does not know of them yet."""
    with ExitStack() as entered:
        shop, unheard, planted = (
            entered.enter_context(configured(rabbit, tmp_path / name))
            for name in ("shop", "unheard", "planted")
        )
        account = shop.daemon.settings["twilio"]["accounts"]["default"]
        account["senders"] = [QUEUE_FULL]
        customers = shop.daemon.flows / "customer-created.yaml"
        customers.write_text(customers.read_text() + f'from: "{QUEUE_FULL}"\n')
        shipments = shop.daemon.flows / "shipment-created.yaml"
        shipments.write_text(shipments.read_text() + "mode: shadow\n")
        unheard.daemon.settings["notifications"] = {"exchange": "unheard", "mandatory": True}
        cancelled = unheard.daemon.flows / "order-cancelled.yaml"
        cancelled.write_text(cancelled.read_text() + "on_unknown: hold\n")
        planted.daemon.settings["policy"] = {"allow": ["US"]}
        planted.daemon.program = (sys.executable, "-P", defective.__file__)
        for started in (shop, unheard, planted):
            started.daemon.start()
        yield Stage(prometheus, rabbit, shop, unheard, planted)


@pytest.mark.takes(75)
@pytest.mark.long
def test_each_alert_is_seen_firing(stage: Stage) -> None:
    with repeating(stage.look, every=0.2):
        for act in TABLE:
            act(stage)

    assert {name for name, _ in stage.seen} == {alert.name for alert in alerts()}
    assert [text for text in stage.seen.values() if "{{" in text or "NaN" in text] == []
