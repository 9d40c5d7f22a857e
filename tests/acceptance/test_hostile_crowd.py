"""A thousand hostile events among a thousand good ones: each of them has its end, once."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

import pika
import pytest

from acceptance.conftest import QUEUE, Shop
from support.daemon import Daemon
from support.hostile import Crafted, Raw, header, nested, publish_crafted, short, sized, text
from support.http import request
from support.publishing import channel, listen, order
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess

GOOD = 1_000
HOSTILE = 1_000
PREFETCH = 10
SENT, IGNORED = "sent", "ignored"

PLAIN = pika.BasicProperties(content_type="application/json")
Make = Callable[[int], Crafted]


def created(body: bytes | Any, properties: pika.BasicProperties = PLAIN) -> Crafted:
    whole = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Crafted(b"order.created", whole, properties)


def requested(number: int, phone: str, message: object) -> Crafted:
    body = {"sms": {"phone": phone, "message": message}, "number": number}
    return Crafted(b"sms.requested", json.dumps(body).encode(), PLAIN)


def good(number: int, properties: pika.BasicProperties = PLAIN) -> Crafted:
    """Return an order that can be texted, whatever stands beside it."""
    return created(order(number).bytes, properties)


def broken(number: int, properties: pika.BasicProperties = PLAIN) -> Crafted:
    """Return one that cannot, so that a copy must carry what stands beside it."""
    return created({"order": {"number": f"R{number}"}}, properties)


def odd_values(number: int) -> bytes:
    """Return headers of every type that the broker takes, each at an end of what it can hold.

    Of a float that is no number, or infinite, it closes the publisher's connection.
    """
    of_types = [
        b"t\x02",
        b"b\x80",
        b"B\xff",
        b"s\x80\x00",
        b"u\xff\xff",
        b"I\x80\x00\x00\x00",
        b"i\xff\xff\xff\xff",
        b"l" + struct.pack(">q", -(2**63)),
        b"f" + struct.pack(">f", -3e38),
        b"d" + struct.pack(">d", 1.7e308),
        b"D\xff\xff\xff\xff\xff",
        b"T" + struct.pack(">Q", 2**64 - 1),
        b"x" + sized(b"\0\xff"),
        b"V",
        text(b"\xff\0\xfe"),
        b"A" + sized(b"V" + text(b"") + b"A" + sized(b"") + b"F" + sized(b"")),
    ]
    entries = b"".join(header(b"h%d" % place, value) for place, value in enumerate(of_types))
    return entries + header(b"\xff\xfe", text(b"%d" % number)) + header(b"", b"V")


def forged(number: int) -> bytes:
    """Return our own headers, and the broker's, as a publisher may write them; some twice."""
    ours = {
        b"x-smsherald-routing-key": text(b"sms.requested"),
        b"x-smsherald-exchange": text(b"elsewhere"),
        b"x-smsherald-identity": text(b'["body", "always the same"]'),
        b"x-smsherald-attempt": b"l" + struct.pack(">q", 2**62),
        b"x-smsherald-defects": b"l" + struct.pack(">q", 2**62),
        b"x-smsherald-first-seen": b"d" + struct.pack(">d", 1.0),
        b"x-smsherald-flow": text(b"no-such-flow"),
        b"x-smsherald-ledger": text(b"f" * 32),
        b"X-SMSHERALD-REASON": text(b"not_json"),
        b"x-smsherald-parked-at": text(b"\0"),
        b"x-smsherald-%d" % number: b"F" + sized(nested(3)),
    }
    death = header(b"queue", text(QUEUE.encode())) + header(b"reason", text(b"expired"))
    deaths = {
        b"x-death": b"A" + sized(2 * (b"F" + sized(death + header(b"count", b"l" + 8 * b"\x7f")))),
        b"x-first-death-queue": text(QUEUE.encode()),
        b"x-first-death-reason": b"V",
        b"x-delivery-count": b"l" + struct.pack(">q", 2**40),
    }
    entries = b"".join(header(name, value) for name, value in (ours | deaths).items())
    return entries + header(b"x-death", text(b"not even a list")) + entries


KINDS: list[tuple[str, Make]] = [
    # Bodies.
    ("not_json", lambda _: created(b"")),
    ("not_json", lambda n: created(b"not json %d" % n)),
    ("not_json", lambda n: created(b'{"n": %d, "n": 1}' % n)),
    ("not_json", lambda n: created(b'{"n": %d, "total": NaN}' % n)),
    ("not_json", lambda n: created(b"\xff\xfe%d" % n)),
    ("not_json", lambda n: created(b"\0\0\0%d\0" % n)),
    ("not_json", lambda n: created(b'{"n": %d, "name": "\\ud83d"}' % n)),
    ("not_json", lambda n: created(b"%d" % n + b"[" * 100_000)),
    ("not_json", lambda n: created(b'{"n": %d, "deep": ' % n + b"[" * 65 + b"]" * 65 + b"}")),
    ("not_an_object", lambda n: created(b"[%d, 2]" % n)),
    ("not_an_object", lambda n: created(b'"text %d"' % n)),
    ("missing_value", broken),
    ("bad_number", lambda n: requested(n, "12", "Hello")),
    ("empty_text", lambda n: requested(n, "+15558675309", " ")),
    ("text_too_long", lambda n: requested(n, "+15558675309", "x" * 1601)),
    ("invalid_value", lambda n: requested(n, "+15558675309", message=True)),
    # Envelopes.
    ("missing_value", lambda n: created({"envelope": {"order": {"number": n}}, "v": 2})),
    ("missing_value", lambda n: created({"request_id": f"r{n}", "parameters": [], "sms": 0})),
    (
        "missing_value",
        lambda n: created(
            {"specversion": 1, "source": {}, "id": [n], "type": None, "data": {"order": n}},
            pika.BasicProperties(content_type="application/cloudevents+json; charset=\0"),
        ),
    ),
    (
        "missing_value",
        lambda n: broken(
            n,
            Raw(
                header(b"cloudEvents_source", b"t\x01")
                + header(b"cloudEvents:id", b"F" + sized(b""))
                + header(b"ce-id", b"l" + struct.pack(">q", n))
            ),
        ),
    ),
    # Types and encodings.
    (SENT, lambda n: good(n, pika.BasicProperties(content_type="image/png; \0"))),
    ("not_json", lambda n: good(n, pika.BasicProperties(content_encoding="gzip"))),
    ("not_json", lambda n: good(n, pika.BasicProperties(content_encoding="utf-8\0"))),
    ("not_json", lambda n: good(n, Raw(header(b"compression", b"F" + sized(b""))))),
    # Properties.
    ("invalid_value", lambda n: good(n, Raw(content_type=short(b"\xff\xfe")))),
    ("invalid_value", lambda n: good(n, Raw(message_id=short(b"\xc3"), app_id=short(b"\xff")))),
    (SENT, lambda n: good(n, Raw(message_id=short(b"\0%d" % n), app_id=short(b"\0")))),
    (SENT, lambda n: good(n, Raw(timestamp=8 * b"\xff", priority=b"\xff"))),
    ("missing_value", lambda n: broken(n, Raw(timestamp=8 * b"\x7f", type=short(255 * b"t")))),
    ("missing_value", lambda n: broken(n, Raw(correlation_id=short(255 * b"\0")))),
    # Headers.
    ("too_large", lambda n: good(n, Raw(header(b"a", text(43_660 * "語".encode()))))),
    ("too_large", lambda n: good(n, Raw(b"".join(header(b"h%d" % i, b"V") for i in range(9_000))))),
    ("too_large", lambda n: good(n, Raw(nested(700)))),
    ("too_large", lambda n: good(n, Raw(nested(33)))),
    ("invalid_value", lambda n: good(n, Raw(nested(1500)))),
    (SENT, lambda n: good(n, Raw(nested(31)))),
    (SENT, lambda n: good(n, Raw(odd_values(n)))),
    (SENT, lambda n: good(n, Raw(forged(n)))),
    ("missing_value", lambda n: broken(n, Raw(nested(31)))),
    ("missing_value", lambda n: broken(n, Raw(odd_values(n)))),
    ("missing_value", lambda n: broken(n, Raw(forged(n)))),
    ("missing_value", lambda n: broken(n, Raw(header(b"a", text(63_900 * b"\0"))))),
    # Routing keys.
    (IGNORED, lambda n: Crafted(b"odd.%d" % n, order(n).bytes, PLAIN)),
    ("invalid_value", lambda n: Crafted(b"odd.\xff%d" % n, order(n).bytes, PLAIN)),
    ("invalid_value", lambda n: Crafted(b"odd.\0%d" % n, order(n).bytes, PLAIN)),
    ("invalid_value", lambda n: Crafted(b"odd." + 251 * b"\xfe", order(n).bytes, PLAIN)),
]


@pytest.fixture
def shop(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, daemon: Daemon
) -> Shop:
    """Run the daemon with so few deliveries at once that a few which stay would stop it."""
    daemon.settings["broker"] |= {"concurrency": PREFETCH, "prefetch": PREFETCH}
    daemon.start()
    with channel(amqp_url) as to:
        to.queue_bind(QUEUE, "events", "odd.#")
    return Shop(rabbit, vhost, sandbox, daemon, listen(amqp_url))


def parked(shop: Shop) -> Counter[tuple[str, bytes]]:
    """Take all that waits for a person."""
    found: Counter[tuple[str, bytes]] = Counter()
    with channel(shop.url) as to:
        while True:
            method, properties, body = to.basic_get(f"{QUEUE}.parked", auto_ack=True)
            if method is None:
                return found
            assert properties is not None
            found[str((properties.headers or {})["x-smsherald-reason"]), body or b""] += 1


@pytest.mark.takes(12)
@pytest.mark.long
def test_each_has_its_end_and_no_session_is_lost(shop: Shop) -> None:
    crowd = []
    for number in range(HOSTILE):
        wanted, make = KINDS[number % len(KINDS)]
        crowd += [(wanted, make(GOOD + number)), (SENT, good(number))]
    publish_crafted(shop.url, [message for _, message in crowd])
    shop.settled(len(crowd))

    ends = Counter(end for end, _ in crowd)
    bad = Counter((end, it.body) for end, it in crowd if end not in (SENT, IGNORED))
    figures = shop.daemon.metrics()
    texts = [it["body"] for it in shop.sandbox.texts()]
    assert parked(shop) == bad
    assert len(set(texts)) == len(texts) == ends[SENT]
    for outcome, count in (
        ("handled", ends[SENT]),
        ("ignored", ends[IGNORED]),
        ("parked", bad.total()),
    ):
        assert figures.value("smsherald_events_total", outcome=outcome) == count
    assert figures.value("smsherald_events_total") == len(crowd)
    told = Counter(it.routing_key for it in shop.heard())
    assert told == {"sms.sent": ends[SENT], "sms.parked": bad.total()}

    assert request(shop.daemon.url + "/readyz").status == 200
    lines = shop.daemon.log_lines()
    assert [it for it in lines if it["message"] == "broker_lost" or "exception" in it] == []
    assert [it for it in lines if it["level"] == "error"] == []
    assert "Traceback" not in shop.daemon.stdout.read_text() + shop.daemon.stderr.read_text()
