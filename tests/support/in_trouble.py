"""A daemon in all the trouble that a person on call may find it in, brought about for real."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from typing import Any

from support.daemon import Daemon
from support.http import request
from support.ledgers import LedgerDatabase
from support.publishing import Publication, listen, publish
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.waiting import eventually

DEFAULT, LOYALTY = "AC" + 32 * "a", "AC" + 32 * "b"
ACCOUNTS = (f"{DEFAULT}:{AUTH_TOKEN}", f"{LOYALTY}:the-token-of-today")
"""Whom the sandbox lets in; the daemon has another token of the second."""
HELD = "R4711"
RETIRED = "review-request"
WHY = "the link in its text is wrong"
SETTLED = {
    "in_queue": 0,
    "in_retry_queues": 7,
    "parked": 5,
    "deferred": {"paused": 5, "unknown": 2},
    "unfinished": {
        "held": 2,
        "parked": {"bad_number": 1, "missing_value": 2, "not_json": 1, "unknown_flow": 1},
        "outbox": 0,
    },
}
PHONE = "+15558675309"

_RETIRED_FLOW = """
subscribe: order.completed
schema: order
to: "{{ order.billing_address.phone }}"
message: "How was order {{ order.number }}?"
reference: "{{ order.number }}"
"""


def order(number: str, key: str = "order.created", phone: str | None = PHONE) -> Publication:
    """Return an event of an order whose customer has this number, or none."""
    address = {"firstname": "Ann"} | ({} if phone is None else {"phone": phone})
    body = {"order": {"number": number, "billing_address": address}}
    return Publication(key, body, message_id=f"{key}-{number}", app_id="shop")


def customer(number: int) -> Publication:
    """Return an event of a customer, whom the refused account would text."""
    body = {"customer": {"id": f"C{number}", "firstname": "Ann", "phone": PHONE}}
    return Publication("customer.created", body, message_id=f"c{number}", app_id="shop")


def shipment(number: str) -> Publication:
    """Return an event of a shipment, of which an operator has paused the texts."""
    address = {"firstname": "Ann", "phone": PHONE}
    body = {"shipment": {"number": "H1", "order_number": number, "shipping_address": address}}
    return Publication("shipment.created", body, message_id=f"s{number}", app_id="shop")


def configure(daemon: Daemon, management: str) -> None:
    """Give it two accounts, of which Twilio refuses one, and a flow that is going to be retired."""
    daemon.environment |= {"SMSHERALD_INSTANCE": "shop-1", "SUDO_USER": "ann"}
    daemon.settings["broker"]["management"] = management
    accounts = daemon.settings["twilio"]["accounts"]
    accounts["loyalty"] = accounts["default"] | {
        "account_sid": LOYALTY,
        "auth_token": AUTH_TOKEN,
        "from": "+12125550123",
    }
    daemon.settings["twilio"]["timeout"] = "2s"
    daemon.settings["ledger"] |= {
        "on_unknown": "hold",
        "fence": "1s",
        "late_accept": "500ms",
        "listing_lag": "500ms",
        "quarantine": "5s",
    }
    daemon.settings["retry"] = {"tiers": ["10m", "1h"]}
    flow = daemon.flows / "customer-created.yaml"
    flow.write_text(flow.read_text() + "account: loyalty\n")
    (daemon.flows / f"{RETIRED}.yaml").write_text(_RETIRED_FLOW)


def bring_about(daemon: Daemon, sandbox: SandboxProcess, url: str) -> None:
    """Let it all happen to a daemon that is ready, and wait until all of it has."""
    listen(url)
    _retire(daemon, url)
    sandbox.fault("accept_then_hang", times=2)
    for event in (order(HELD), order("R4712", phone="+15558675310")):
        publish(url, [event])
    ledger = LedgerDatabase(daemon.settings["ledger"]["url"])
    eventually(lambda: _held(ledger) == 2, what="two are held")
    publish(url, [order("R4713")])
    for number in ("R4698", "R4699"):
        cancelled = order(number, "order.cancelled")
        publish(url, [Publication(cancelled.routing_key, cancelled.body)])
    no_json = Publication("order.created", b"no", "m1", "shop")
    wrong = (order("R4714", phone=None), order("R4715", phone=None), order("R4716", phone="12"))
    for parked, event in enumerate((*wrong, no_json), start=1):
        publish(url, [event])
        eventually(lambda: _parked(ledger) > parked, what=f"{parked} are parked, and the first")  # noqa: B023 - it is called here
    daemon.command("pause", "--flow", "shipment-created", "--why", WHY)
    eventually(lambda: status(daemon)["pauses"], what="it knows of the operator's pause")
    publish(url, [customer(1), customer(2), customer(3), shipment("R4701"), shipment("R4702")])
    eventually(
        lambda: SETTLED.items() <= status(daemon).items() or _not_yet(daemon),
        what="all waits where it will",
    )


def _retire(daemon: Daemon, url: str) -> None:
    """Park an event for a flow, take the flow away, and bring the event again."""
    publish(url, [order("R4700", key="order.completed", phone=None)])
    eventually(lambda: status(daemon)["parked"] == 1, what="it is parked for the flow")
    (daemon.flows / f"{RETIRED}.yaml").unlink()
    daemon.running.send_signal(signal.SIGHUP)
    eventually(lambda: RETIRED not in status(daemon)["flows"], what="the flow is gone")
    daemon.command("parked", "replay", "--flow", RETIRED)
    eventually(
        lambda: "unknown_flow" in daemon.command("parked", "list"), what="it is parked again"
    )


def status(daemon: Daemon) -> Mapping[str, Any]:
    """Return what the daemon says of itself."""
    said: dict[str, Any] = json.loads(request(f"{daemon.url}/status.json").text)
    return said


def _held(ledger: LedgerDatabase) -> int:
    with ledger.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM sms WHERE state = 'held'")
        return int(found.scalar_one())


def _parked(ledger: LedgerDatabase) -> int:
    with ledger.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM parked").scalar_one())


def _not_yet(daemon: Daemon) -> bool:
    raise LookupError(str(status(daemon)))
