"""While nothing may be sent, the backlog waits in the queue, and Twilio is hardly asked."""

from __future__ import annotations

import time

import pytest

from acceptance.conftest import QUEUE, Shop
from support.http import request
from support.publishing import order
from support.waiting import eventually

IN_FLIGHT = 200
"""By default."""
MOST_PROBES = 30


def asked(shop: Shop, operation: str) -> float:
    return shop.daemon.metrics().value(
        "smsherald_twilio_request_duration_seconds_count", operation=operation
    )


def sent_once(shop: Shop, events: int, within: float) -> None:
    """Wait until every text has arrived, and see that none has twice."""
    eventually(lambda: shop.sandbox.count() >= events, within=within, what="every text arrives")
    shop.empty()
    assert shop.sandbox.count() == events
    assert len({text["body"] for text in shop.sandbox.texts()}) == events


@pytest.mark.parametrize(
    ("events", "within"),
    [
        pytest.param(1_500, 60.0, marks=pytest.mark.takes(15), id="some"),
        pytest.param(10_000, 120.0, marks=pytest.mark.long, id="many"),
    ],
)
def test_of_an_account_that_is_refused(shop: Shop, events: int, within: float) -> None:
    shop.sandbox.fault("not_authenticated", times=None)
    shop.publish([order(number) for number in range(events)])
    eventually(lambda: request(shop.daemon.url + "/readyz").status == 503, what="it is said")
    before = asked(shop, "create")

    def rests() -> bool:
        depth = shop.rabbit.depth(shop.vhost, QUEUE)
        return (depth.ready, depth.unacked) == (events, 0)

    # What had come already goes round by the shortest tier once, then waits as well.
    eventually(rests, within=60, what="the backlog rests in the queue")
    wait = f"; {events:,} events wait; smsherald explain 20003 says what to do\n"
    eventually(lambda: request(shop.daemon.url + "/readyz").text.endswith(wait), what="it is said")
    said = request(shop.daemon.url + "/readyz")
    assert said.text.startswith("twilio: Twilio refuses account default: 20003 (Permission Denied)")
    assert request(shop.daemon.url + "/livez").status == 200
    assert before <= IN_FLIGHT
    assert asked(shop, "create") - before <= MOST_PROBES
    assert shop.sandbox.count() == 0

    shop.sandbox.heal()
    sent_once(shop, events, within)
    assert request(shop.daemon.url + "/readyz").text == "ready\n"


@pytest.mark.takes(30)
@pytest.mark.long
def test_of_an_account_that_does_not_answer(shop: Shop) -> None:
    events = 1_000
    shop.hurry()
    shop.sandbox.fault("unavailable", times=None)
    shop.publish([order(number) for number in range(events)])
    eventually(lambda: request(shop.daemon.url + "/readyz").status == 503, what="it is said")

    def rests() -> bool:
        return shop.rabbit.depth(shop.vhost, QUEUE).ready > events - 2 * IN_FLIGHT

    eventually(rests, within=60, what="the backlog rests in the queue")
    assert asked(shop, "create") <= IN_FLIGHT + MOST_PROBES
    assert asked(shop, "list") <= IN_FLIGHT

    shop.sandbox.heal()
    sent_once(shop, events, 120.0)


@pytest.mark.long
def test_of_an_outage_that_lasts(shop: Shop) -> None:
    events, minute = 20_000, 60.0
    shop.daemon.settings["ledger"] |= {
        "fence": "2s",
        "late_accept": "1s",
        "listing_lag": "1s",
        "quarantine": "10s",
    }
    shop.daemon.settings["twilio"]["timeout"] = "2s"
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    shop.publish([order(number) for number in range(1_000)])
    eventually(lambda: shop.sandbox.count() == 1_000, within=60, what="the first are sent")
    before = {operation: asked(shop, operation) for operation in ("create", "list")}

    shop.sandbox.fault("unavailable", times=None)
    shop.publish([order(number) for number in range(1_000, events)])
    time.sleep(minute)
    assert shop.sandbox.count() == 1_000
    shop.sandbox.stop()
    time.sleep(minute)
    depth = shop.rabbit.depth(shop.vhost, QUEUE)
    assert depth.unacked == 0
    # What is of unknown fate turns in the retry queues, and is not looked up before a probe is due.
    assert depth.ready >= events - 1_000 - 2 * IN_FLIGHT
    assert asked(shop, "create") - before["create"] <= IN_FLIGHT + MOST_PROBES
    assert asked(shop, "list") - before["list"] <= MOST_PROBES

    shop.sandbox.start()
    began = time.monotonic()
    left = events - 1_000
    eventually(lambda: shop.sandbox.count() >= left, within=300.0, what="every text arrives")
    print(f"{left} texts in {time.monotonic() - began:.1f} s")  # noqa: T201 - for who measures.
    shop.empty()
    assert shop.sandbox.count() == left
    assert len({text["body"] for text in shop.sandbox.texts()}) == left
