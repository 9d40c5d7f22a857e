"""What a stranger may publish ends no session: each such event is parked, and the others sent."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from acceptance.conftest import QUEUE, Shop
from support.hostile import Crafted, Raw, header, nested, publish_crafted, sized, text
from support.publishing import Publication, channel, order

GOOD = 50

HOSTILE = [
    pytest.param(b"\x01aS" + sized(43_660 * "語".encode()), "too_large", id="43,660 characters"),
    pytest.param(nested(1500), "invalid_value", id="tables nested 1,500 deep"),
    pytest.param(nested(700), "too_large", id="tables nested 700 deep"),
]


def parked(shop: Shop) -> list[Any]:
    """Take all that waits for a person."""
    found: list[Any] = []
    with channel(shop.url) as to:
        while True:
            method, properties, _ = to.basic_get(f"{QUEUE}.parked", auto_ack=True)
            if method is None:
                return found
            found.append(properties)


@pytest.mark.parametrize(("entries", "reason"), HOSTILE)
def test_a_header_that_cannot_be_read_or_written_again(
    shop: Shop, entries: bytes, reason: str
) -> None:
    shop.publish([order(number) for number in range(GOOD // 2)])
    with channel(shop.url) as to:
        to.confirm_delivery()
        body = order(1000).bytes
        to.basic_publish("events", "order.created", body, Raw(entries), mandatory=True)
    shop.publish([order(number) for number in range(GOOD // 2, GOOD)])
    shop.settled(GOOD + 1)

    assert shop.sandbox.count() == GOOD
    assert [copy.headers["x-smsherald-reason"] for copy in parked(shop)] == [reason]
    assert [line for line in shop.daemon.log_lines() if line["message"] == "broker_lost"] == []


@pytest.mark.parametrize(
    ("body", "reason"), [(b"no json", "not_json"), (order(1000).bytes, "unknown_flow")]
)
def test_a_copy_that_we_did_not_write(shop: Shop, body: bytes, reason: str) -> None:
    """Anybody may publish to the default exchange: what is kept of such a copy is bounded too."""
    forged = b"".join(
        header(b"x-smsherald-" + name, text(value))
        for name, value in {
            b"routing-key": b"a" * 20_000,
            b"exchange": b"a" * 20_000,
            b"flow": b"a" * 20_000,
            b"ledger": b"a" * 20_000,
            b"identity": json.dumps(["amqp", "é" * 25_000], ensure_ascii=False).encode(),
        }.items()
    )
    shop.publish([order(number) for number in range(GOOD // 2)])
    publish_crafted(shop.url, [Crafted(QUEUE.encode(), body, Raw(forged))], exchange="")
    shop.publish([order(number) for number in range(GOOD // 2, GOOD)])
    shop.settled(GOOD + 1)

    assert shop.sandbox.count() == GOOD
    assert [copy.headers["x-smsherald-reason"] for copy in parked(shop)] == [reason]
    assert [line for line in shop.daemon.log_lines() if line["message"] == "broker_lost"] == []


def test_events_without_a_body_are_parked_like_any_other(shop: Shop) -> None:
    empty = [Publication("order.created", b"")] * 200
    shop.publish([*empty, *(order(number) for number in range(GOOD))])
    shop.settled(len(empty) + GOOD)

    assert shop.sandbox.count() == GOOD
    reasons = [copy.headers["x-smsherald-reason"] for copy in parked(shop)]
    assert reasons == ["not_json"] * len(empty)


def test_a_date_that_is_none_costs_its_header_only(shop: Shop) -> None:
    milliseconds = b"\x02atT" + struct.pack(">Q", 1_700_000_000_000)
    with channel(shop.url) as to:
        to.confirm_delivery()
        for number in range(GOOD):
            to.basic_publish("events", "order.created", order(number).bytes, Raw(milliseconds))
    shop.settled(GOOD)

    assert shop.sandbox.count() == GOOD
