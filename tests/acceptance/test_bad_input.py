"""Bad input never stops the daemon, never blocks the queue, and never disappears."""

from __future__ import annotations

import json
from typing import Any, cast

from acceptance.conftest import QUEUE, Shop
from support.publishing import Publication, channel, order

LONG = "x" * 1601


def sms(phone: object, message: object) -> dict[str, object]:
    return {"sms": {"phone": phone, "message": message}}


BAD = [
    (Publication("order.created", b"not json"), "not_json"),
    (Publication("order.created", b'{"number": 1, "number": 2}'), "not_json"),
    (Publication("order.created", b'{"total": NaN}'), "not_json"),
    (Publication("order.created", b"\xff\xfe"), "not_json"),
    (Publication("order.created", b"[" * 100_000), "not_json"),
    (Publication("order.created", b'{"n": 1}', headers={"compression": "gzip"}), "not_json"),
    (Publication("order.created", b"[1, 2]"), "not_an_object"),
    (Publication("order.created", b'"text"'), "not_an_object"),
    (Publication("order.created", {"order": {"number": "R1"}}), "missing_value"),
    (Publication("order.created", {"order": "none"}), "missing_value"),
    (Publication("sms.requested", sms("12", "Hello")), "bad_number"),
    (Publication("sms.requested", sms("+1555867530٩", "Hello")), "bad_number"),
    (Publication("sms.requested", sms("+15558675309", " ")), "empty_text"),
    (Publication("sms.requested", sms("+15558675309", LONG)), "text_too_long"),
    (Publication("sms.requested", sms("+15558675309", message=True)), "invalid_value"),
    (Publication("order.created", b'{"padding": "' + 1_000_001 * b"x" + b'"}'), "too_large"),
]


def test_each_bad_event_is_parked_with_its_reason_and_every_good_one_is_sent(shop: Shop) -> None:
    mixed = []
    for number, (bad, _) in enumerate(BAD):
        mixed += [bad, *(order(100 * number + i) for i in range(10))]
    good = len(mixed) - len(BAD)
    shop.publish(mixed)
    shop.settled(len(mixed))

    figures = shop.daemon.metrics()
    told = [it for it in shop.heard() if it.routing_key == "sms.parked"]
    reasons = sorted(reason for _, reason in BAD)
    assert figures.value("smsherald_events_total", outcome="parked") == len(BAD)
    assert figures.value("smsherald_events_total", outcome="handled") == good
    assert shop.sandbox.count() == good
    assert sorted(it.event["data"]["reason"] for it in told) == reasons
    assert sorted(line["reason"] for line in _event_lines(shop, "parked")) == reasons
    assert sorted(headers["x-smsherald-reason"] for headers in _parked(shop)) == reasons
    for reason in set(reasons):
        assert figures.value("smsherald_parked_total", reason=reason) == reasons.count(reason)


def test_a_parked_copy_has_the_body_as_it_came_and_says_no_value(shop: Shop) -> None:
    bad = Publication(
        "sms.requested", sms("0800 SECRET", "a private text"), "m1", "shop", {"tenant": "a"}
    )
    shop.publish([bad])
    shop.settled(1)
    with channel(shop.url) as to:
        _, properties, body = to.basic_get(f"{QUEUE}.parked")
    assert properties is not None
    assert properties.headers is not None

    assert body == bad.bytes
    assert (properties.message_id, properties.app_id) == ("m1", "shop")
    assert properties.headers["tenant"] == "a"
    assert properties.headers["x-smsherald-flow"] == "sms"
    assert "SECRET" not in json.dumps(properties.headers)
    assert "SECRET" not in shop.daemon.stdout.read_text()
    assert "private" not in shop.daemon.stdout.read_text()


def test_an_event_that_no_flow_wants_is_ignored(shop: Shop) -> None:
    with channel(shop.url) as to:
        to.queue_bind(QUEUE, "events", "stock.#")
    shop.publish([Publication("stock.low", {"item": 1})])
    shop.settled(1)

    assert shop.daemon.metrics().value("smsherald_events_total", outcome="ignored") == 1
    assert shop.parked() == 0
    assert len(_event_lines(shop, "ignored")) == 1


def test_a_routing_key_that_is_no_text_is_parked_and_stops_nothing(shop: Shop) -> None:
    with channel(shop.url) as to:
        to.queue_bind(QUEUE, "events", "#")
        # The client passes bytes on, whatever its type hints say.
        to.basic_publish("events", cast("str", b"order.\xff"), b"{}")
    shop.publish([order(1)])
    shop.settled(2)

    (headers,) = _parked(shop)
    assert headers["x-smsherald-reason"] == "invalid_value"
    assert headers["x-smsherald-routing-key"] == r"order.\xff"
    assert shop.sandbox.count() == 1
    assert [it["level"] for it in shop.daemon.log_lines() if it["level"] == "error"] == []


def test_credentials_in_an_envelope_are_used_for_nothing_and_shown_nowhere(shop: Shop) -> None:
    envelope = {
        "request_id": "5519811a43454e16463a0100",
        "parameters": {"twilio_account_sid": "AC-not-ours", "twilio_auth_token": "their-secret"},
        "sms": {"from": "+155555555", "message": "Welcome Joe!", "phone": "+157845847548"},
    }
    shop.publish([Publication("sms.requested", envelope)])
    shop.publish([Publication("sms.requested", envelope | {"request_id": "another"})])
    shop.settled(2)

    (text, again) = shop.sandbox.texts()
    warnings = [line for line in shop.daemon.log_lines() if line["message"] == "parameters_ignored"]
    assert (text["to"], text["body"]) == ("+157845847548", "Welcome Joe!")
    assert text["from"] == again["from"] == "+15005550006"
    assert len(warnings) == 1
    assert "their-secret" not in shop.daemon.stdout.read_text()
    assert "their-secret" not in json.dumps([it.event for it in shop.heard()])


def _event_lines(shop: Shop, outcome: str) -> list[dict[str, Any]]:
    lines = shop.daemon.log_lines()
    return [it for it in lines if it["message"] == "event" and it["outcome"] == outcome]


def _parked(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with channel(shop.url) as to:
        while True:
            method, properties, _ = to.basic_get(f"{QUEUE}.parked", auto_ack=True)
            if method is None:
                return found
            assert properties is not None
            found.append(dict(properties.headers or {}))
