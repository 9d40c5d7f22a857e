"""Each event's text goes out exactly once, as far as anyone outside can observe."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from pika.exceptions import AMQPError

from acceptance.conftest import Shop
from support.publishing import Publication, order
from support.waiting import eventually

EVENTS = 5_000


def identified(number: int) -> Publication:
    """Return an order as a shop publishes it that names its messages."""
    plain = order(number)
    return Publication(plain.routing_key, plain.body, f"m{number}", "shop")


def assert_each_once(shop: Shop, events: int) -> None:
    texts = shop.sandbox.texts()
    told = [it for it in shop.heard() if it.routing_key == "sms.sent"]

    assert len(texts) == events
    assert len({text["body"] for text in texts}) == events
    assert len({it.id for it in told}) == events
    assert {it.event["data"]["message_sid"] for it in told} == {text["sid"] for text in texts}


def test_five_thousand_orders_are_five_thousand_texts_and_notifications(shop: Shop) -> None:
    shop.publish([order(number) for number in range(EVENTS)])
    shop.settled(EVENTS)

    figures = shop.daemon.metrics()
    assert figures.value("smsherald_events_total", outcome="handled") == EVENTS
    assert figures.value("smsherald_sms_total", flow="order-created", outcome="sent") == EVENTS
    assert figures.value("smsherald_notifications_total", type="sms.sent") == EVENTS
    assert_each_once(shop, EVENTS)


@pytest.mark.takes(35)
def test_no_fault_of_the_broker_and_no_restart_loses_or_doubles_a_text(any_shop: Shop) -> None:
    shop = any_shop
    before = shop.daemon.fds()
    faults: list[Callable[[], None]] = [
        lambda: _restart_broker(shop),
        *[lambda: shop.rabbit.close_all_connections("a test")] * 5,
        lambda: _freeze_broker(shop, 12),
        lambda: _restart_daemon(shop),
    ]
    share = EVENTS // (len(faults) + 1)
    numbers = iter(range(EVENTS))
    with ThreadPoolExecutor(1) as publisher:
        for fault in faults:
            # Published before and while it happens: some are in flight, some wait.
            some = [identified(next(numbers)) for _ in range(share)]
            shop.publish(some[: share // 2])
            fault()
            sent = shop.sandbox.count()
            publishing = publisher.submit(publish_surely, shop, some[share // 2 :])
            more_than(sent, shop, publishing)
            publishing.result()
    shop.publish([identified(number) for number in numbers])
    eventually(lambda: shop.sandbox.count() >= EVENTS, within=60, what="all texts went out")
    shop.empty(within=60)

    assert_each_once(shop, EVENTS)
    eventually(lambda: shop.daemon.fds() <= before, what="no descriptor leaked")


def _restart_broker(shop: Shop) -> None:
    shop.rabbit.stop_app()
    shop.rabbit.start_app()


def _freeze_broker(shop: Shop, seconds: float) -> None:
    shop.rabbit.pause()
    time.sleep(seconds)
    shop.rabbit.resume()


def _restart_daemon(shop: Shop) -> None:
    assert shop.daemon.stop() == 0
    shop.daemon.start()


def test_the_same_events_again_are_duplicates(shop: Shop) -> None:
    events = [identified(number) for number in range(100)]
    shop.publish(events)
    shop.settled(100)
    shop.publish(events)
    shop.settled(200)

    figures = shop.daemon.metrics()
    assert figures.value("smsherald_sms_total", flow="order-created", outcome="sent") == 100
    assert figures.value("smsherald_sms_total", flow="order-created", outcome="duplicate") == 100
    assert_each_once(shop, 100)


def test_the_same_events_at_the_same_time_are_one_text_each(shop: Shop) -> None:
    shop.publish([identified(number % 100) for number in range(300)])
    shop.settled(300)

    # One that finds its twin sent but not told yet tells it too: the same fact, the same id.
    assert shop.daemon.metrics().value("smsherald_events_total", outcome="handled") == 300
    assert_each_once(shop, 100)


@pytest.mark.takes(17)
@pytest.mark.long
def test_a_killed_daemon_goes_on_where_it_was(shop: Shop) -> None:
    shop.daemon.settings["ledger"] |= {
        "fence": "1s",
        "late_accept": "1s",
        "listing_lag": "500ms",
        "quarantine": "8s",
    }
    shop.daemon.settings["retry"] = {"tiers": ["1s", "5s"]}
    shop.daemon.settings["twilio"]["timeout"] = "2s"
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    shop.sandbox.fault("latency", seconds=0.2, times=None)
    for start in range(0, 600, 200):
        sent = shop.sandbox.count()
        shop.publish([identified(start + number) for number in range(200)])
        more_than(sent, shop)
        shop.daemon.kill()
        shop.daemon.start()

    def all_told() -> bool:
        return len({it.id for it in shop.heard()}) >= 600

    eventually(all_told, within=60, what="every text is told")
    shop.empty()

    assert_each_once(shop, 600)


def more_than(sent: int, shop: Shop, publishing: Future[None] | None = None) -> None:
    """Wait until more texts have gone out than had before the last were published.

    Counted after that, all of them may have gone out already, and none would ever come. Nor would
    any where they cannot be published: that is what fails then.
    """

    def is_more() -> bool:
        if publishing is not None and publishing.done():
            publishing.result()
        return shop.sandbox.count() > sent

    try:
        eventually(is_more, what="another text goes out")
    except AssertionError as error:
        lines = [it for it in shop.daemon.log_lines() if it["message"].startswith("broker_")]
        error.add_note("\n".join(map(str, lines[-10:])))
        raise


def publish_surely(shop: Shop, some: list[Publication]) -> None:
    """Publish as a shop does that is not sure: again, until the broker has confirmed all.

    A broker that has just come back may end a publisher's connection once more.
    """

    def confirmed() -> bool:
        try:
            shop.publish(some)
        except AMQPError as error:
            raise OSError(repr(error)) from error
        return True

    eventually(confirmed, what="the broker confirms what is published", every=0.5)


def test_a_second_signal_ends_it_at_once(shop: Shop) -> None:
    shop.sandbox.fault("latency", seconds=8.0, times=None)
    shop.publish([order(1)])
    eventually(
        lambda: shop.daemon.metrics().value("smsherald_sms_in_flight") == 1,
        what="a text is in flight",
    )
    os.kill(shop.daemon.running.pid, signal.SIGTERM)
    time.sleep(0.5)
    os.kill(shop.daemon.running.pid, signal.SIGTERM)

    assert shop.daemon.running.wait(timeout=30) == 128 + signal.SIGTERM
