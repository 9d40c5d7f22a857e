"""What makes two deliveries the same event: the first rule that finds something."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.shop import delivery, read

STRUCTURED = "application/cloudevents+json; charset=utf-8"
CLOUDEVENT = {"specversion": "1.0", "type": "order.created", "source": "/shop", "id": "7"}
AMQP = {"app_id": "shop", "message_id": "m-1"}
ENVELOPE = {"request_id": "r-1", "parameters": {}}
UNIQUE = {
    "a UUID": "0d9c1f2a-6f0e-4f53-9c39-5f6ad8f7a1b2",
    "a UUID in capitals": "0D9C1F2A-6F0E-4F53-9C39-5F6AD8F7A1B2",
    "a UUID without dashes": "0d9c1f2a6f0e4f539c395f6ad8f7a1b2",
    "a ULID": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
}


@pytest.mark.parametrize(
    ("body", "properties", "identity"),
    [
        pytest.param(
            CLOUDEVENT,
            {"content_type": STRUCTURED, **AMQP},
            ("cloudevents", "/shop", "7"),
            id="a structured CloudEvent, before AMQP's own",
        ),
        pytest.param(
            CLOUDEVENT,
            {"content_type": "APPLICATION/CloudEvents"},
            ("cloudevents", "/shop", "7"),
            id="its content type in any case",
        ),
        pytest.param(
            CLOUDEVENT,
            {"content_type": "text/plain", **AMQP},
            ("cloudevents", "/shop", "7"),
            id="the same body under any content type",
        ),
        pytest.param(
            {"id": "7"},
            {"content_type": STRUCTURED, **AMQP},
            ("amqp", "shop", "m-1"),
            id="a structured one without a source has no identity of its own",
        ),
        pytest.param(
            {},
            {"headers": {"cloudEvents_id": "7", "cloudEvents_source": "/shop"}, **AMQP},
            ("cloudevents", "/shop", "7"),
            id="a binary CloudEvent",
        ),
        pytest.param(
            {},
            {"headers": {"cloudEvents:id": "7", "cloudEvents:source": "/shop"}},
            ("cloudevents", "/shop", "7"),
            id="with the other prefix",
        ),
        pytest.param(
            {},
            {
                "headers": {
                    "cloudEvents:id": "other",
                    "cloudEvents:source": "/other",
                    "cloudEvents_id": "7",
                    "cloudEvents_source": "/shop",
                }
            },
            ("cloudevents", "/shop", "7"),
            id="of both prefixes the underscore's",
        ),
        pytest.param(
            {}, {"headers": CLOUDEVENT}, ("cloudevents", "/shop", "7"), id="without a prefix"
        ),
        pytest.param(
            {},
            {"headers": {"id": "7", "source": "/shop"}, **AMQP},
            ("amqp", "shop", "m-1"),
            id="two headers that may mean anything are no CloudEvent",
        ),
        pytest.param(
            {},
            {"headers": {"cloudEvents_id": 7, "cloudEvents_source": b"/shop"}},
            ("cloudevents", "/shop", "7"),
            id="values of AMQP's own types",
        ),
        pytest.param(
            {"request_id": "r-1"}, AMQP, ("amqp", "shop", "m-1"), id="AMQP before the envelope"
        ),
        *(
            pytest.param(
                {},
                {"headers": {f"{prefix}id": "7", f"{prefix}source": "/shop"}},
                ("cloudevents", "/shop", "7"),
                id=f"with the prefix {prefix}",
            )
            for prefix in ("ce-", "ce_")
        ),
        *(
            pytest.param(ENVELOPE, {"message_id": unique}, ("message", unique), id=f"alone: {said}")
            for said, unique in UNIQUE.items()
        ),
        pytest.param(
            {},
            {"headers": {"id": UNIQUE["a UUID"]}},
            ("header", UNIQUE["a UUID"]),
            id="a header that holds a UUID",
        ),
        *(
            pytest.param(ENVELOPE, {"message_id": said}, ("request", "r-1"), id=f"not: {said}")
            for said in ("m-1", "12", UNIQUE["a UUID"][:-1], UNIQUE["a ULID"] + "0", "8" + 25 * "0")
        ),
        pytest.param(
            ENVELOPE,
            {"app_id": "shop", "message_id": ""},
            ("request", "r-1"),
            id="an empty message id is none",
        ),
        pytest.param(
            {**ENVELOPE, "request_id": 12},
            {},
            ("request", "12"),
            id="a request id that is a number",
        ),
    ],
)
def test_the_first_rule_that_finds_something_names_the_event(
    body: dict[str, Any], properties: dict[str, Any], identity: tuple[str, ...]
) -> None:
    assert read(delivery(body, **properties)).identity == identity


@pytest.mark.parametrize("request_id", [None, "", True, 1.5, [], {}])
def test_what_is_no_request_id_leaves_the_body(request_id: object) -> None:
    event = read(delivery({**ENVELOPE, "request_id": request_id}))

    assert event.identity == ("body", event.digest)


def test_a_request_id_outside_of_an_envelope_is_a_web_requests() -> None:
    event = read(delivery({"request_id": "r-1", "order": {}}))

    assert event.identity == ("body", event.digest)


def test_a_long_part_is_kept_as_its_digest() -> None:
    identities = {read(delivery({}, app_id="shop", message_id=501 * c)).identity for c in "ab"}

    assert {len(part) for identity in identities for part in identity} == {4, 64}
    assert len(identities) == 2


class TestDigest:
    """It tells an event from another, by routing key and body."""

    def test_equal_bodies_under_one_key_are_one_event(self) -> None:
        assert read(delivery({"a": 1})).identity == read(delivery({"a": 1}, type="x")).identity

    def test_another_body_is_another_event(self) -> None:
        assert read(delivery({"a": 1})).digest != read(delivery({"a": 2})).digest

    def test_another_routing_key_is_another_event(self) -> None:
        one, other = delivery({}, routing_key="a"), delivery({}, routing_key="b")

        assert read(one).digest != read(other).digest

    def test_what_moves_from_key_to_body_is_not_lost(self) -> None:
        one, other = delivery(b"  {}", routing_key="a"), delivery(b" {}", routing_key="a ")

        assert read(one).digest != read(other).digest

    def test_it_is_of_the_bytes_as_they_came(self) -> None:
        with_parameters = {"request_id": "r", "parameters": {"a": 1}}

        assert read(delivery(with_parameters)).digest != read(delivery({"request_id": "r"})).digest


class TestReadableId:
    """It can stand in a log line and in AMQP's short string."""

    @pytest.mark.parametrize(
        ("body", "properties", "readable"),
        [
            pytest.param(ENVELOPE, {}, "r-1", id="a request id as it is"),
            pytest.param({}, AMQP, "shop/m-1", id="application and message"),
            pytest.param({}, {"headers": CLOUDEVENT}, "/shop/7", id="source and id"),
            pytest.param(
                {**ENVELOPE, "request_id": "größe"}, {}, "größe", id="letters of any script"
            ),
        ],
    )
    def test_a_plain_one_stays_as_it_is(
        self, body: dict[str, Any], properties: dict[str, Any], readable: str
    ) -> None:
        assert read(delivery(body, **properties)).id == readable

    def test_of_a_body_it_is_the_digest(self) -> None:
        event = read(delivery({}))

        assert event.id == event.digest

    def test_what_does_not_print_is_escaped(self) -> None:
        event = read(delivery({**ENVELOPE, "request_id": "a\r\nINFO all is well\x1b[0m"}))

        assert event.id.startswith("a\\u000d\\u000aINFO all is well\\u001b[0m…")

    def test_a_long_one_is_cut_and_told_from_its_like(self) -> None:
        ids = {read(delivery({**ENVELOPE, "request_id": "r" * 300 + end})).id for end in "ab"}

        assert len(ids) == 2
        assert all(len(readable.encode()) <= 200 for readable in ids)

    @given(st.text(max_size=400), st.text(max_size=400))
    def test_it_is_one_printable_line_that_amqp_takes(self, app: str, message: str) -> None:
        readable = read(delivery({}, app_id=app, message_id=message)).id

        assert readable.isprintable()
        assert 0 < len(readable.encode()) <= 200
