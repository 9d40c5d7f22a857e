"""A Twilio that answers nothing any more is left in peace until it does; no text is lost by it."""

from __future__ import annotations

import pytest

from acceptance.conftest import Shop
from support.http import request
from support.publishing import order
from support.waiting import eventually

UNKNOWN, WAITING = 10, 20
ARRIVES_WITHIN = 40.0
"""Seconds: a quarantine, its look-up, a retry, and as much again for a busy machine."""


def paused(shop: Shop) -> float:
    return shop.daemon.metrics().value("smsherald_pauses", scope="account", cause="unanswered")


def said(shop: Shop, message: str) -> int:
    return sum(line["message"] == message for line in shop.daemon.log_lines())


@pytest.mark.takes(12)
def test_a_pause_is_seen_and_ends_by_itself_and_every_text_arrives_once(shop: Shop) -> None:
    shop.hurry()
    shop.sandbox.fault("unavailable", times=None)
    shop.publish([order(number) for number in range(UNKNOWN)])
    eventually(lambda: paused(shop) == 1, what="the account is paused")
    ready = request(shop.daemon.url + "/readyz")
    shop.publish([order(number) for number in range(UNKNOWN, UNKNOWN + WAITING)])
    figures = shop.daemon.metrics()
    shop.sandbox.heal()
    events = UNKNOWN + WAITING
    eventually(
        lambda: shop.sandbox.count() >= events, within=ARRIVES_WITHIN, what="every text arrives"
    )
    eventually(lambda: len(shop.heard()) >= events, what="every text is told")

    assert ready.status == 503
    assert ready.text.startswith(
        "twilio: Twilio does not answer account default: "
        "10 requests in a row came to nothing (the last: http_5xx); next probe in "
    )
    # A probe may have gone out meanwhile, on a slow machine.
    asked = figures.value("smsherald_twilio_request_duration_seconds_count", operation="create")
    assert UNKNOWN <= asked <= UNKNOWN + 1
    assert paused(shop) == 0
    assert request(shop.daemon.url + "/readyz").status == 200
    assert (said(shop, "paused"), said(shop, "resumed")) == (1, 1)
    assert len({text["body"] for text in shop.sandbox.texts()}) == shop.sandbox.count() == events
    assert {it.routing_key for it in shop.heard()} == {"sms.sent"}
