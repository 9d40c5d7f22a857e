"""Events of several SMSes, by two flows and a list of recipients, keep every promise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pika
import pytest

from acceptance.conftest import QUEUE, Shop
from support.daemon import Daemon
from support.http import request
from support.publishing import Notification, Publication, channel, listen
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

TIERS = ("1s", "3s")
WATCHERS = """\
subscribe: order.delayed
schema: order
to_each: order.watchers
to: "{{ item.phone }}"
message: "Order {{ order.number }} of {{ item.name }} will be late."
reference: "{{ order.number }}"
"""
BUYER = """\
subscribe: order.delayed
schema: order
to: "{{ order.billing_address.phone }}"
message: "Sorry, order {{ order.number }} will be late."
reference: "{{ order.number }}"
"""
EACH = 6
"""SMSes an event: five watchers, and the buyer, who is the first of them."""


@pytest.fixture(scope="module")
def shop(rabbit: Rabbit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Run one daemon for all tests here, each with orders of its own; it waits for little."""
    folder = tmp_path_factory.mktemp("several")
    (folder / "sandbox").mkdir()
    with rabbit.vhost() as vhost, SandboxProcess(folder / "sandbox") as sandbox:
        url = rabbit.url(vhost)
        daemon = Daemon(folder / "daemon", url, sandbox.url)
        daemon.settings["ledger"] |= {
            "fence": "500ms",
            "late_accept": "500ms",
            "listing_lag": "500ms",
            "quarantine": "3s",
        }
        daemon.settings["twilio"]["timeout"] = "1s"
        daemon.settings["retry"] = {"tiers": list(TIERS)}
        (daemon.flows / "buyer.yaml").write_text(BUYER)
        (daemon.flows / "watchers.yaml").write_text(WATCHERS)
        listening = listen(url)
        with daemon:
            yield Shop(rabbit, vhost, sandbox, daemon, listening)


def phone(order: int, watcher: int) -> str:
    return f"+1555{order:05}{watcher:02}"


def delayed(order: int, phones: Sequence[str] | None = None) -> Publication:
    """Return the event of an order with five watchers; the first is the buyer."""
    phones = phones or [phone(order, watcher) for watcher in range(EACH - 1)]
    watchers = [{"name": f"W{i}", "phone": number} for i, number in enumerate(phones)]
    body = {"number": f"R{order}", "billing_address": watchers[0], "watchers": watchers}
    return Publication("order.delayed", body, f"delayed-{order}", "shop")


def texts(shop: Shop, *orders: int) -> Counter[tuple[str, str]]:
    """Count the texts about these orders, by number and body."""
    return Counter(
        (text["to"], text["body"])
        for text in shop.sandbox.texts()
        if any(f"rder R{order} " in text["body"] for order in orders)
    )


def told(shop: Shop, *orders: int) -> list[Notification]:
    """Return what was told of these orders' SMSes, but for what was parked."""
    references = {f"R{order}" for order in orders}
    return [
        it
        for it in shop.heard()
        if it.event["data"]["reference"] in references and it.routing_key != "sms.parked"
    ]


def assert_each_once(shop: Shop, *orders: int) -> None:
    """Insist on one text for each recipient of each flow, and on one fact told of each."""
    counted = texts(shop, *orders)
    facts = {
        (it.event["data"]["flow"], it.event["data"]["to"], it.id) for it in told(shop, *orders)
    }

    assert len(counted) == EACH * len(orders)
    assert set(counted.values()) == {1}
    assert len(facts) == EACH * len(orders)
    assert len({(flow, to) for flow, to, _ in facts}) == EACH * len(orders)
    assert {it.routing_key for it in told(shop, *orders)} == {"sms.sent"}


def at_rest(shop: Shop) -> None:
    """Wait until nothing is on its way, nor waits to come again."""
    queues = [QUEUE, *(f"{QUEUE}.retry.{tier}" for tier in TIERS)]

    def empty() -> bool:
        depths = [shop.rabbit.depth(shop.vhost, queue) for queue in queues]
        return all((depth.ready, depth.unacked) == (0, 0) for depth in depths)

    eventually(empty, what="all queues are empty")


def some_sent(shop: Shop, orders: Sequence[int], wanted: int) -> None:
    """Wait until so many texts of these orders went out."""
    eventually(lambda: texts(shop, *orders).total() >= wanted, what=f"{wanted} texts went out")


def looked_up(shop: Shop) -> int:
    """Count the listings that Twilio was asked for."""
    stats = json.loads(request(shop.sandbox.url + "/sandbox/stats").text)
    return int(stats["requests"]["list"]["answered"])


def parked_again(shop: Shop) -> dict[str, Any]:
    """Move the one parked copy back to the queue, as a person would; return its headers."""
    with channel(shop.url) as to:
        to.confirm_delivery()
        method, properties, body = to.basic_get(f"{QUEUE}.parked", auto_ack=True)
        assert method is not None
        assert method.message_count == 0
        assert isinstance(properties, pika.BasicProperties)
        to.basic_publish("", QUEUE, body or b"", properties, mandatory=True)
    return dict(properties.headers or {})


def test_an_event_waits_as_a_whole_for_one_of_its_smses_and_the_others_are_not_told_again(
    shop: Shop,
) -> None:
    shop.sandbox.fault("rate_limited", retry_after=1)
    shop.publish([delayed(1)])
    eventually(lambda: len(told(shop, 1)) == EACH - 1, what="all but one are told")
    first = texts(shop, 1)
    eventually(lambda: len(told(shop, 1)) == EACH, what="the last is told")
    at_rest(shop)

    deferred, handled = [
        line for line in shop.daemon.log_lines() if line.get("event_id") == "shop/delayed-1"
    ]
    assert (deferred["outcome"], handled["outcome"]) == ("deferred", "handled")
    assert Counter(sms["sms"] for sms in deferred["smses"]) == {"sent": EACH - 1, "deferred": 1}
    assert Counter(sms["sms"] for sms in handled["smses"]) == {"duplicate": EACH - 1, "sent": 1}
    assert sum(first.values()) == EACH - 1
    assert len(told(shop, 1)) == EACH, "each once"
    assert_each_once(shop, 1)


def test_a_bad_recipient_parks_the_event_once_and_a_replay_texts_that_one_alone(
    shop: Shop,
) -> None:
    british = "020 7946 0018"
    event = delayed(2, [phone(2, 0), phone(2, 1), british, phone(2, 3), phone(2, 4)])
    shop.publish([event])
    eventually(lambda: shop.parked() == 1, what="the event is parked")
    at_rest(shop)
    assert texts(shop, 2).total() == EACH - 1
    headers = parked_again(shop)
    eventually(lambda: shop.parked() == 1, what="the copy is parked again")
    assert shop.daemon.stop() == 0
    flow = shop.daemon.flows / "watchers.yaml"
    flow.write_text(WATCHERS + "region: GB\n")
    shop.daemon.start()
    parked_again(shop)
    eventually(lambda: len(told(shop, 2)) == EACH, what="the mended one is told")
    shop.publish([event])
    shop.settled(2)

    assert headers["x-smsherald-flow"] == "watchers"
    assert headers["x-smsherald-reason"] == "bad_number"
    assert headers["x-smsherald-detail"].startswith("to_each[2]: to: ")
    assert british not in str(headers)
    assert shop.parked() == 0
    assert [it.routing_key for it in shop.heard()].count("sms.parked") == 2
    assert len(told(shop, 2)) == EACH, "each once"
    assert_each_once(shop, 2)


@pytest.mark.long
def test_no_kill_and_no_fault_of_twilio_loses_or_doubles_a_text_of_several(shop: Shop) -> None:
    orders = range(100, 140)
    events = [delayed(order) for order in orders]
    for kind in ("accept_then_reset", "truncated", "unavailable", "rate_limited"):
        shop.sandbox.fault(kind, times=10, probability=0.2)
    shop.sandbox.fault("latency", seconds=0.3, times=None, probability=0.5)
    shop.publish(events)
    for share in (0.2, 0.5):
        some_sent(shop, orders, round(share * EACH * len(orders)))
        shop.daemon.kill()
        shop.daemon.start()
    shop.publish(events)  # Who is not sure publishes again.
    at_rest(shop)
    shop.sandbox.heal()

    assert looked_up(shop) > 0, "some were of unknown fate"
    assert shop.parked() == 0
    assert_each_once(shop, *orders)
