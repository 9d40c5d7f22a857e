"""Nothing is green while an account cannot be asked; and once it can, its texts arrive once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from acceptance.conftest import QUEUE, Shop
from support.http import request
from support.publishing import order
from support.waiting import eventually

EVENTS = 5
PARKED = f"{QUEUE}.parked"
REFUSED = "twilio: Twilio refuses account default: 20003 (Permission Denied); "
UNREACHABLE = "twilio: account default: no connection to Twilio at "


def refuses(shop: Shop) -> Callable[[], None]:
    """Let Twilio refuse the password; return what mends that."""
    shop.sandbox.fault("not_authenticated", times=None)
    return shop.sandbox.heal


def is_away(shop: Shop) -> Callable[[], None]:
    """Let nobody listen at Twilio's address; return what mends that."""
    assert shop.sandbox.stop() in {0, -15}
    return shop.sandbox.start


@pytest.mark.parametrize(
    ("breaks", "ready", "failure", "words"),
    [
        (refuses, REFUSED, "http_4xx", ("paused", "resumed")),
        (is_away, UNREACHABLE, "no_connection", ("account_in_trouble", "account_answers")),
    ],
)
def test_it_is_seen_at_once_and_over_with_the_first_text_that_is_taken(
    shop: Shop,
    breaks: Callable[[Shop], Callable[[], None]],
    ready: str,
    failure: str,
    words: tuple[str, str],
) -> None:
    shop.daemon.settings["retry"] = {"tiers": ["1s"]}
    assert shop.daemon.stop() == 0
    shop.daemon.start()
    mend = breaks(shop)
    shop.publish([order(number) for number in range(EVENTS)])

    def said() -> str:
        answer = request(shop.daemon.url + "/readyz")
        return answer.text if answer.status == 503 else ""

    assert eventually(said, within=30, what="it is not ready").startswith(ready)
    assert request(shop.daemon.url + "/livez").status == 200
    failures = shop.daemon.metrics().value("smsherald_twilio_failures_total", failure=failure)
    assert failures >= 1

    mend()
    eventually(lambda: shop.sandbox.count() == EVENTS, within=30, what="every text arrives")
    eventually(
        lambda: request(shop.daemon.url + "/readyz").status == 200, within=30, what="it is ready"
    )
    assert len({text["body"] for text in shop.sandbox.texts()}) == EVENTS
    lines = [line["message"] for line in shop.daemon.log_lines()]
    assert [lines.count(word) for word in words] == [1, 1]


def test_a_queue_that_somebody_has_deleted_is_named_and_declared_again(shop: Shop) -> None:
    shop.rabbit.delete_queue(shop.vhost, PARKED)
    shop.publish([replace(order(0), body=b"no JSON")])
    shop.settled(1)

    (lost,) = (it["problem"] for it in shop.daemon.log_lines() if it["message"] == "broker_lost")
    assert f"a copy was returned: the queue {PARKED} is gone" in lost
