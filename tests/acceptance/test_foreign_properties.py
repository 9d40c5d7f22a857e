"""What a publisher writes beside the body is for the first publish: no copy of ours repeats it.

A copied `x-death` looks like a cycle to the broker, which never gives such a message back: some
thirty of them stop a retry tier for good. A copied `CC` delivers elsewhere, an `expiration` ends
what is parked, and a foreign `user_id` closes the channel.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pika
import pytest

from acceptance.conftest import QUEUE, Shop
from support.daemon import Daemon
from support.publishing import Publication, channel, listen, order
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess

EVENTS = 60
"""More than the broker lets a tier give back at a time: so many that do not return stop it."""
ROUNDS = 2
TIER = "500ms"
EXPIRATION = 4.0
"""Seconds: long enough for an event to be taken from the queue, and over before the test is."""
BYSTANDER = "bystander"


@pytest.fixture
def shop(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, daemon: Daemon
) -> Iterator[Shop]:
    """Run the daemon with one short tier, beside a queue that nothing is meant for."""
    daemon.settings["retry"] = {"tiers": [TIER]}
    # The publisher is another user than the daemon.
    rabbit.eval(
        'rabbit_auth_backend_internal:add_user(<<"shop">>, <<"shop">>, <<"tests">>), '
        "rabbit_auth_backend_internal:set_permissions("
        f'<<"shop">>, <<"{vhost}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>)'
    )
    try:
        with channel(amqp_url) as to:
            to.queue_declare(BYSTANDER, durable=True)
        daemon.start()
        yield Shop(rabbit, vhost, sandbox, daemon, listen(amqp_url))
    finally:
        rabbit.eval('rabbit_auth_backend_internal:delete_user(<<"shop">>, <<"tests">>)')


def properties(number: int) -> pika.BasicProperties:
    """Return all that could go wrong with one event."""
    return pika.BasicProperties(
        delivery_mode=pika.DeliveryMode.Persistent,
        app_id="shop",
        message_id=f"m{number}",
        user_id="shop",
        expiration=f"{EXPIRATION * 1000:.0f}",
        reply_to=BYSTANDER,
        headers={
            "x-death": [
                {"queue": queue, "reason": "expired", "count": 1, "exchange": ""}
                for queue in (QUEUE, f"{QUEUE}.retry.{TIER}")
            ],
            "x-first-death-queue": QUEUE,
            "x-first-death-reason": "expired",
            "x-first-death-exchange": "",
            "CC": [BYSTANDER],
            "BCC": [BYSTANDER],
            "tenant": "a",
        },
    )


def publish_as_shop(shop: Shop, publications: list[Publication]) -> None:
    """Publish with everything foreign, each confirmed."""
    with channel(re.sub("//.*@", "//shop:shop@", shop.url)) as to:
        to.confirm_delivery()
        for number, it in enumerate(publications):
            to.basic_publish("events", it.routing_key, it.bytes, properties(number), mandatory=True)


def parked(shop: Shop) -> list[pika.BasicProperties]:
    found: list[pika.BasicProperties] = []
    with channel(shop.url) as to:
        while True:
            method, of, _ = to.basic_get(f"{QUEUE}.parked", auto_ack=True)
            if method is None:
                return found
            assert of is not None
            found.append(of)


def test_events_that_carry_them_are_retried_and_parked_like_any_other(shop: Shop) -> None:
    shop.sandbox.fault("rate_limited", times=ROUNDS * EVENTS)
    bad = [Publication("order.created", {"order": {"number": f"B{n}"}}) for n in range(EVENTS)]
    published = time.monotonic()
    publish_as_shop(shop, [order(number) for number in range(EVENTS)] + bad)
    deliveries = (ROUNDS + 1) * EVENTS + len(bad)
    shop.settled(deliveries)
    # The tier still gives back what comes after them.
    shop.sandbox.fault("rate_limited", times=5)
    shop.publish([order(number) for number in range(EVENTS, EVENTS + 5)])
    shop.settled(deliveries + 10)
    time.sleep(max(0.0, published + EXPIRATION + 0.5 - time.monotonic()))

    figures = shop.daemon.metrics()
    assert figures.value("smsherald_retries_total", reason="rate_limited") == ROUNDS * EVENTS + 5
    assert figures.value("smsherald_events_total", outcome="handled") == EVENTS + 5
    assert len({text["body"] for text in shop.sandbox.texts()}) == EVENTS + 5
    assert shop.sandbox.count() == EVENTS + 5
    copies = parked(shop)
    assert len(copies) == len(bad)
    for copy in copies:
        assert (copy.user_id, copy.expiration, copy.reply_to) == (None, None, None)
        names = {name for name in copy.headers or {} if not name.startswith("x-smsherald-")}
        assert names - {"x-delivery-count"} == {"tenant"}  # That one is the parked queue's own.
    assert shop.rabbit.depth(shop.vhost, BYSTANDER).ready == 0
    assert [line for line in shop.daemon.log_lines() if line["message"] == "broker_lost"] == []
