"""How much waits is a figure, and in the sentence of who looks after a pause."""

from __future__ import annotations

import math

import pytest

from acceptance.conftest import Shop
from support.http import request
from support.publishing import order
from support.waiting import eventually

EVENTS = 60
SAID_WITHIN = 8.0
"""Seconds: the pause is read, the events are counted, and as much again for a busy machine."""


def figure(shop: Shop, name: str) -> float:
    return shop.daemon.metrics().value(f"smsherald_{name}_messages")


@pytest.mark.takes(12)
def test_what_waits_for_the_end_of_a_pause_is_said_within_seconds(shop: Shop) -> None:
    shop.daemon.command("pause", "--all")
    eventually(
        lambda: "everything is paused" in request(shop.daemon.url + "/readyz").text,
        what="it is paused",
    )
    shop.publish([order(number) for number in range(EVENTS)])
    wait = f"; {EVENTS} events wait\n"
    eventually(
        lambda: request(shop.daemon.url + "/readyz").text.endswith(wait),
        within=SAID_WITHIN,
        what="how many wait is said",
    )

    assert (figure(shop, "waiting"), figure(shop, "parked")) == (EVENTS, 0)
    shop.daemon.command("resume", "--all")
    shop.settled(EVENTS)
    assert shop.sandbox.count() == EVENTS


@pytest.mark.takes(12)
@pytest.mark.long
def test_nothing_is_known_while_the_broker_is_away(shop: Shop) -> None:
    eventually(lambda: figure(shop, "waiting") == 0, what="it is known")
    shop.rabbit.stop_app()
    try:
        eventually(lambda: math.isnan(figure(shop, "waiting")), what="it is known no more")
    finally:
        shop.rabbit.start_app()
    shop.daemon.wait_ready()
