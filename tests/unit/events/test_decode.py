"""A delivery becomes an event, and nothing of it is believed before it was looked at."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from smsherald.errors import Reason, UnusableError
from smsherald.model import Delivery
from support.shop import MAX_BODY, NOW, ORDER, delivery, read

ENVELOPE = {
    "request_id": "5519811a43454e16463a0100",
    "parameters": {"twilio_account_sid": "AC1", "twilio_auth_token": "hush"},
    "sms": {"phone": "+15558675309", "message": "Hi"},
}


def copy(**headers: Any) -> Delivery:
    """Return a copy that came back from a retry queue."""
    said = {"exchange": "events"} | headers
    ours = {f"x-smsherald-{name.replace('_', '-')}": value for name, value in said.items()}
    return delivery(ORDER, exchange="", routing_key="smsherald", headers=ours)


def test_a_delivery_becomes_an_event() -> None:
    event = read(
        delivery(
            ORDER,
            headers={"tenant": "a"},
            message_id="m-1",
            app_id="shop",
            timestamp=int(NOW) - 60,
        )
    )

    assert event.id == "shop/m-1"
    assert event.routing_key == "order.created"
    assert event.body == ORDER
    assert event.headers == {"tenant": "a"}
    assert event.time == NOW - 60
    assert event.attempt == 0
    assert event.only_flow is None


class TestBody:
    """It is bounded, and read as it came or not at all."""

    def test_the_largest_that_is_allowed_is_read(self) -> None:
        body = b'{"a": "' + b"x" * (MAX_BODY - 9) + b'"}'

        assert len(body) == MAX_BODY
        assert read(delivery(body))

    def test_one_byte_more_is_too_large_before_anything_else(self) -> None:
        with pytest.raises(UnusableError) as raised:
            read(delivery(b"{" * (MAX_BODY + 1), content_encoding="gzip"))

        assert raised.value.reason is Reason.TOO_LARGE

    @pytest.mark.parametrize(
        "encoding",
        [
            None, "", "utf-8", "UTF-8", "utf8", "UTF_8", "utf-8-sig", "identity", "binary",
            "ascii", "us-ascii", "US-ASCII", "7bit", "8bit",
        ],
    )  # fmt: skip
    def test_a_plain_encoding_is_read(self, encoding: str | None) -> None:
        assert read(delivery(ORDER, content_encoding=encoding)).body == ORDER

    @pytest.mark.parametrize(
        "properties",
        [
            pytest.param({"content_encoding": "gzip"}, id="by the property"),
            pytest.param({"content_encoding": "utf-16"}, id="as another character set"),
            pytest.param({"content_encoding": 1}, id="by something that is no text"),
            pytest.param(
                {"headers": {"compression": "application/x-gzip"}}, id="by kombu's header"
            ),
            pytest.param(
                {"headers": {"compression": "application/x-bz2"}}, id="by any compression"
            ),
        ],
    )
    def test_what_says_it_is_encoded_is_never_expanded(self, properties: dict[str, Any]) -> None:
        for body in (gzip.compress(b'{"a": 1}'), b'{"a": 1}'):
            with pytest.raises(UnusableError, match="compressed or encoded") as raised:
                read(delivery(body, **properties))

            assert raised.value.reason is Reason.NOT_JSON

    def test_what_does_not_say_it_is_compressed_is_not_json(self) -> None:
        with pytest.raises(UnusableError, match="not UTF-8"):
            read(delivery(gzip.compress(b'{"a": 1}')))

    @pytest.mark.parametrize("body", [b"[]", b'[{"a": 1}]', b'[[], {"a": 1}, {}]'])
    def test_a_list_is_a_body_too(self, body: bytes) -> None:
        event = read(delivery(body))

        assert event.body == json.loads(body)
        assert event.identity == ("body", event.digest)

    @pytest.mark.parametrize("body", [b'"text"', b"7", b"1.5", b"true", b"null"])
    def test_what_is_neither_object_nor_list_is_refused(self, body: bytes) -> None:
        with pytest.raises(UnusableError) as raised:
            read(delivery(body))

        assert raised.value.reason is Reason.NOT_AN_OBJECT


class TestParameters:
    """An envelope's credentials go no further than here."""

    @pytest.mark.parametrize("beside", ["request_id", "order", "customer", "shipment", "sms"])
    def test_an_envelope_loses_them(self, beside: str) -> None:
        delivered = delivery({"parameters": {"twilio_auth_token": "hush"}, beside: {"a": 1}})

        assert read(delivered).body == {beside: {"a": 1}}
        assert read(delivered).had_parameters

    def test_the_rest_of_the_envelope_stays(self) -> None:
        body = read(delivery(ENVELOPE)).body

        assert body == {"request_id": ENVELOPE["request_id"], "sms": ENVELOPE["sms"]}

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"parameters": {"a": 1}, "phone": "1"}, id="another publisher's word"),
            pytest.param({"order": {"parameters": {"a": 1}}}, id="a member of the order"),
        ],
    )
    def test_what_is_no_envelope_keeps_them(self, body: dict[str, Any]) -> None:
        assert read(delivery(body)).body == body
        assert not read(delivery(body)).had_parameters

    def test_a_body_without_them_had_none(self) -> None:
        assert not read(delivery(ORDER)).had_parameters


class TestOurHeaders:
    """They are believed only where only our copies come from, and bounded even there."""

    def test_a_copy_brings_back_what_it_was(self) -> None:
        event = read(
            copy(routing_key="order.created", attempt=3, first_seen=NOW - 60, flow="order-created")
        )

        assert event.routing_key == "order.created"
        assert event.attempt == 3
        assert event.time == NOW - 60
        assert event.only_flow == "order-created"
        assert event.headers == {}

    def test_a_copy_is_the_same_event(self) -> None:
        original, again = read(delivery(ORDER)), read(copy(routing_key="order.created", attempt=1))

        assert (again.identity, again.digest) == (original.identity, original.digest)

    def test_by_another_exchange_they_are_forged(self) -> None:
        forged = copy(routing_key="sms.requested", attempt=19, first_seen=1.0, flow="other")
        event = read(
            Delivery(
                forged.body, forged.properties, "events", "order.created", redelivered=False, tag=1
            )
        )

        assert event.routing_key == "order.created"
        assert event.attempt == 0
        assert event.time == NOW
        assert event.only_flow is None
        assert event.headers == {}

    @pytest.mark.parametrize(
        ("said", "believed"),
        [
            (0, 0),
            (21, 21),
            (2**63, 1_000_000),
            (-1, 0),
            (True, 0),
            ("3", 0),
            (3.0, 0),
            (None, 0),
            ([], 0),
        ],
    )
    def test_attempts_are_bounded(self, said: object, believed: int) -> None:
        event = read(copy(routing_key="order.created", attempt=said, defects=said))

        assert (event.attempt, event.defects) == (believed, believed)

    @pytest.mark.parametrize(
        ("said", "believed"),
        [
            pytest.param(NOW - 5, NOW - 5, id="a moment that has been"),
            pytest.param(int(NOW) - 5, NOW - 5, id="a whole second"),
            pytest.param(NOW + 5, NOW, id="the future is now"),
            pytest.param(math.inf, NOW, id="and so is its end"),
            pytest.param(math.nan, NOW, id="no number"),
            pytest.param(-math.inf, NOW, id="before all time"),
            pytest.param(-5, NOW, id="before the epoch"),
            pytest.param(True, NOW, id="a boolean"),
            pytest.param(str(NOW - 5), NOW, id="a text"),
        ],
    )
    def test_the_first_sight_is_bounded(self, said: object, believed: float) -> None:
        assert read(copy(routing_key="order.created", first_seen=said)).time == believed

    @pytest.mark.parametrize("said", [7, None, ["order-created"]])
    def test_without_a_routing_key_that_is_a_text_it_is_no_copy_of_ours(self, said: object) -> None:
        event = read(copy(routing_key=said, attempt=3, flow="order-created"))

        assert (event.exchange, event.routing_key) == ("", "smsherald")
        assert (event.attempt, event.only_flow) == (0, None)

    def test_an_empty_routing_key_is_one(self) -> None:
        original = read(delivery(ORDER, exchange="fanned", routing_key=""))
        again = read(copy(routing_key="", exchange="fanned"))

        assert (again.exchange, again.routing_key) == ("fanned", "")
        assert (again.identity, again.digest) == (original.identity, original.digest)

    @pytest.mark.parametrize("said", ["", 7, None, ["order-created"]])
    def test_a_flow_that_is_no_text_is_none(self, said: object) -> None:
        assert read(copy(routing_key="order.created", flow=said)).only_flow is None

    def test_it_is_the_event_that_was_first_found_whatever_its_properties_say_by_now(self) -> None:
        again = read(copy(routing_key="order.created", identity='["cloudevents", "/shop", "7"]'))

        assert again.identity == ("cloudevents", "/shop", "7")

    @pytest.mark.parametrize(
        "said",
        [
            *(7, "", "{}", "[]", '["body"]', '["a", "b", "c", "d"]', '["a", 1]', "[" * 9000),
            json.dumps(["amqp", "é" * 501]),
        ],
    )
    def test_an_identity_that_is_none_is_found_anew(self, said: object) -> None:
        again = read(copy(routing_key="order.created", identity=said))

        assert again.identity == read(delivery(ORDER)).identity

    @pytest.mark.parametrize(
        "name", ["routing_key", "exchange", "flow"], ids=lambda name: f"a long {name}"
    )
    def test_what_anybody_may_have_written_is_cut(self, name: str) -> None:
        event = read(copy(**{"routing_key": "order.created", name: 60_000 * "x"}))

        assert max(map(len, (event.routing_key, event.exchange, event.only_flow or ""))) == 255


@pytest.mark.parametrize(
    "name",
    [
        "x-smsherald-reason",
        "x-smsherald-anything",
        "X-Smsherald-Attempt",
        "x-death",
        "x-first-death-queue",
        "x-last-death-reason",
        "x-delivery-count",
    ],
)
def test_what_the_broker_or_we_wrote_is_no_header_of_the_publishers(name: str) -> None:
    for exchange in ("events", ""):
        delivered = delivery(ORDER, exchange=exchange, headers={name: 1, "x-tenant": "a"})

        assert read(delivered).headers == {"x-tenant": "a"}


class TestTime:
    """When it happened is the publisher's to say, as far as it can be."""

    @pytest.mark.parametrize(
        ("timestamp", "time"),
        [
            pytest.param(int(NOW) - 60, NOW - 60, id="seconds since the epoch"),
            pytest.param(
                datetime.fromtimestamp(NOW - 60, UTC).replace(tzinfo=None),
                NOW - 60,
                id="a datetime without a zone is in UTC",
            ),
            pytest.param(
                datetime.fromtimestamp(NOW - 60, timezone(timedelta(hours=9))),
                NOW - 60,
                id="a datetime with a zone",
            ),
            pytest.param(int(NOW) + 3600, NOW, id="the future is now"),
            pytest.param(int(NOW) * 1000, NOW, id="milliseconds are the future too"),
            pytest.param(2**64 - 1, NOW, id="the largest that AMQP has"),
            pytest.param(10**400, NOW, id="larger than any float"),
            pytest.param(datetime.max.replace(tzinfo=UTC), NOW, id="the last datetime"),
            pytest.param(0, NOW, id="zero is what clockless publishers send"),
            pytest.param(-1, NOW, id="before the epoch"),
            pytest.param("yesterday", NOW, id="a text"),
            pytest.param(None, NOW, id="nothing"),
        ],
    )
    def test_the_timestamp_counts(self, timestamp: object, time: float) -> None:
        assert read(delivery(ORDER, timestamp=timestamp)).time == time

    @pytest.mark.parametrize("stamp", [-90, 3600])
    def test_of_a_copy_only_what_was_first_found_counts(self, stamp: int) -> None:
        delivered = copy(routing_key="order.created", first_seen=NOW - 60)
        properties = {**delivered.properties, "timestamp": int(NOW) + stamp}

        assert read(replace(delivered, properties=properties)).time == NOW - 60


def test_a_routing_key_that_is_no_text_can_still_be_written_down() -> None:
    event = read(delivery(ORDER, routing_key="order.\ud800"))

    assert event.routing_key == "order.?"


@pytest.mark.parametrize(
    "bad",
    [delivery(ORDER, routing_key="order\0created"), copy(routing_key="order\0created")],
)
def test_a_routing_key_with_nul_is_refused_at_once(bad: Delivery) -> None:
    with pytest.raises(UnusableError, match="NUL") as raised:
        read(bad)

    assert raised.value.reason is Reason.INVALID_VALUE


def nested(depth: int) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for _ in range(depth):
        table = {"a": table}
    return table


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"a": 64_000 * "x"}, id="a long text"),
        pytest.param({"a": 22_000 * "語"}, id="measured in bytes, not characters"),
        pytest.param({"a": 64_000 * b"x"}, id="bytes"),
        pytest.param({str(number): 1 for number in range(9000)}, id="many"),
        pytest.param({"a": [[] for _ in range(14_000)]}, id="a long list"),
        pytest.param(nested(40), id="deep"),
        pytest.param({"a": nested(1500)}, id="very deep"),
    ],
)
def test_headers_that_no_copy_can_carry_are_refused(headers: dict[str, Any]) -> None:
    with pytest.raises(UnusableError, match="headers") as raised:
        read(delivery(ORDER, headers=headers))

    assert raised.value.reason is Reason.TOO_LARGE


def test_headers_that_a_copy_can_carry_are_taken() -> None:
    headers = {"a": 60_000 * "x", "b": nested(20)}

    assert read(delivery(ORDER, headers=headers)).headers == headers


def test_headers_may_be_null() -> None:
    assert read(delivery(ORDER, headers=None)).headers == {}
