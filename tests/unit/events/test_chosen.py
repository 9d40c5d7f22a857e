"""The setting `identity`: what an entry may say, and what it finds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from smsherald.events import as_chosen
from support.shop import delivery, read

BODY = {"data": {"id": "d-1", "items": [{"id": 7}, {"id": "i-2"}]}, "zero": 0, "@id": "x"}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("header X-Id", "h-1"),
        ("header Number", "12"),
        ("header Bytes", "b-1"),
        ("property message_id", "m-1"),
        ("property correlation_id", "c-1"),
        ("body data.id", "d-1"),
        ("body data.items[0].id", "7"),
        ("body data.items[1].id", "i-2"),
        ("body zero", "0"),
        ("body @id", "x"),
    ],
)
def test_what_stands_there_is_the_identity(entry: str, found: str) -> None:
    headers = {"X-Id": "h-1", "Number": 12, "Bytes": b"b-1"}
    delivered = delivery(
        BODY, app_id="shop", message_id="m-1", correlation_id="c-1", headers=headers
    )

    event = read(delivered, entry)

    assert event.identity == ("setting", entry, found)
    assert event.id == found


@pytest.mark.parametrize(
    ("body", "found"),
    [([{"id": "a"}], "a"), ([[{"id": "a"}]], None), ([], None), ({"0": {"id": "a"}}, None)],
)
def test_a_list_is_read_by_an_index(body: Any, found: str | None) -> None:
    rule, *said = read(delivery(body), "body [0].id").identity

    assert (said[1] if rule == "setting" else None) == found


@pytest.mark.parametrize(
    "nothing", [None, "", True, False, 1.5, 77.0, [], ["a"], {}, {"id": "a"}], ids=repr
)
def test_what_is_neither_text_nor_a_whole_number_leaves_the_next(nothing: object) -> None:
    event = read(
        delivery({"id": nothing, "number": 9}, headers={"id": nothing}),
        "header id",
        "body id",
        "body number",
    )

    assert event.identity == ("setting", "body number", "9")


def test_the_first_that_is_there_counts_before_all_other_rules() -> None:
    cloudevent = {"specversion": "1.0", "source": "/shop", "id": "7", "key": "k"}
    delivered = delivery(cloudevent, app_id="shop", message_id="m-1")

    assert read(delivered, "body key", "body id").identity == ("setting", "body key", "k")
    assert read(delivered, "body none", "body id").identity == ("setting", "body id", "7")
    assert read(delivered, "body none").identity == ("cloudevents", "/shop", "7")


def test_the_same_value_in_two_places_is_two_events() -> None:
    entries = ("header id", "body id")
    by_header = read(delivery({}, headers={"id": "7"}), *entries)
    by_body = read(delivery({"id": "7"}), *entries)

    assert by_header.identity != by_body.identity


def test_a_long_value_is_kept_as_its_digest() -> None:
    identities = {read(delivery({"id": 501 * sign}), "body id").identity for sign in "ab"}

    assert {len(identity[2]) for identity in identities} == {64}
    assert len(identities) == 2


def test_the_credentials_of_an_envelope_are_nobodys_identity() -> None:
    body = {"order": {}, "parameters": {"twilio_auth_token": "hush"}}

    event = read(delivery(body), "body parameters.twilio_auth_token")

    assert event.identity == ("body", event.digest)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("header  X-Id", "header X-Id"),
        (" body data.id ", "body data.id"),
        ("body items[00].id", "body items[0].id"),
    ],
)
def test_an_entry_has_one_spelling(entry: str, said: str) -> None:
    assert as_chosen(entry).said == said


DUE = "must be `header NAME`, `property NAME` or `body PATH`"
PATH = "must be a path such as `body data.id` or `body items[0].id`"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("", DUE),
        ("X-Shopify-Webhook-Id", DUE),
        ("header", f"{DUE}: `header` stands alone"),
        ("headers X-Id", f"{DUE}; did you mean `header`?"),
        ("Header X-Id", f"{DUE}; did you mean `header`?"),
        ("header: X-Id", f"{DUE}; did you mean `header`?"),
        ("properties message_id", f"{DUE}; did you mean `property`?"),
        ("header X-Id or Y", "the name after `header` must be at most 255 letters, without spaces"),
        (
            f"header {256 * 'x'}",
            "the name after `header` must be at most 255 letters, without spaces",
        ),
        (
            "header x-smsherald-identity",
            "is a header that we or the broker write, never the publisher",
        ),
        ("header x-death", "is a header that we or the broker write, never the publisher"),
        ("property messageId", "is no property of AMQP's; did you mean `message_id`?"),
        ("property message-id", "is no property of AMQP's; did you mean `message_id`?"),
        ("property correlationId", "is no property of AMQP's; did you mean `correlation_id`?"),
        ("property colour", "`message_id` or `correlation_id` is due"),
        (
            "property type",
            "that property is the same for many events: `message_id` or `correlation_id` is due",
        ),
        (
            "property timestamp",
            (
                "the timestamp tells no events apart: a publisher that repeats a publish "
                "stamps it anew"
            ),
        ),
        ("property headers", "must be one of the headers by its name: `header NAME`"),
        ("body event.body.id", "the path begins in the body: `body data.id`"),
        ("body $.id", "the path begins in the body: `body data.id`"),
        ("body data..id", PATH),
        ("body .id", PATH),
        ("body data.", PATH),
        ("body items[-1]", PATH),
        ("body items[*].id", PATH),
        ("body items[0]id", PATH),
        (
            "body items.0.id",
            "an element of a list is in brackets, the first is [0]: `body items[0].id`",
        ),
    ],
)
def test_what_says_no_place_is_refused_with_what_would_do(entry: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        as_chosen(entry)
