"""What `tap --mask` replaces, and what flows still see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsherald.cli.events.tap.masking import SECRET, Mask
from smsherald.sms import e164


def masked(body: Any, **more: Any) -> dict[str, Any]:
    line = {"at": 1.5, "exchange": "events", "routing_key": "order.created"}
    return Mask().line(line | {"properties": {}, "headers": {}, "body": body} | more)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("firstname", "Ann", "Xxx"),
        ("first_name", "Änne-Lou", "Xxxx-Xxx"),
        ("lastName", "", ""),
        ("name", "#1001", "#1001"),
        ("address1", "1 Main St", "1 Xxxx Xx"),
        ("city", "Bonn", "Xxxx"),
        ("auth_token", "abc", SECRET),
        ("X-Shopify-Hmac-SHA256", "abc=", SECRET),
        ("pin", "4471", SECRET),
        ("pickup_code", "A-77", SECRET),
        ("doorCode", 4471, 0),
        ("shipping", "express", "express"),
        ("latitude", 45.42, 0),
        ("latitude", "45.42", "11.11"),
        ("zip", "90210", "11111"),
        ("birthdate", "1980-02-03", "1111-11-11"),
        ("browser_ip", "192.168.1.77", "111.111.1.11"),
        ("message", "Hi Ann, R12345", "Xx Xxx, X11111"),
        ("iban", "DE89370400440532013000", SECRET),
        ("number", "R12345", "R12345"),
        ("total", "12.50", "12.50"),
        ("created_at", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("id", 820982911946154508, 820982911946154508),
        ("paid", True, True),
        ("customer", None, None),
    ],
)
def test_by_the_name_of_a_field(name: str, value: Any, shown: Any) -> None:
    assert masked({name: value})["body"] == {name: shown}
    assert masked({"in": [{name: value}]})["body"] == {"in": [{name: shown}]}


@pytest.mark.parametrize(
    ("name", "text", "begins"),
    [
        ("phone", "+15558675309", "+15558"),
        ("shipping_phone", "555-867-5309", "555-8"),
        ("note", "call +44 7700 900123 today", "xxxx +44 770"),
        ("anything", "call +44 7700 900123 today", "call +44 770"),
    ],
)
def test_a_number_stays_one_of_its_country(name: str, text: str, begins: str) -> None:
    shown = masked({name: text})["body"][name]
    assert shown.startswith(begins)
    assert len(shown) == len(text)
    assert shown != text


def test_a_number_that_is_one_to_json_stays_one_too() -> None:
    shown = masked({"phone": 15558675309})["body"]["phone"]
    assert isinstance(shown, int)
    assert shown != 15558675309


def test_an_email_wherever_it_stands() -> None:
    shown = masked({"note_attributes": ["write to ann@shop.example.org"]})["body"]
    assert "ann@" not in json.dumps(shown)
    assert "@example.com" in shown["note_attributes"][0]


@pytest.mark.parametrize("name", ["phone", "email", "Email-Address"])
@pytest.mark.parametrize("text", ["ann@shop.example.org", "ann@localhost"])
def test_an_email_where_it_is_expected(name: str, text: str) -> None:
    shown = masked({name: text})["body"][name]
    assert "ann" not in shown
    assert shown.endswith("@example.com")


@pytest.mark.parametrize(
    "body",
    [
        {"name": {"first": "Ann"}},
        {"customer_name": ["Ann", {"short": "Ann"}]},
        {"token": {"value": "Ann", "name": "Ann"}},
        {"phones": {"home": "0151 2345678"}},
        {"to": [{"name": "Ann", "phone": "0151 2345678", "email": "Ann@localhost"}]},
        {"mobile": 1512345678.0},
        {"by": {"+1512345678": 1, "Ann@shop.example": 2}},
        {"url": "https://shop.example/orders/1?key=Ann"},
    ],
)
def test_within_what_is_named(body: Any) -> None:
    shown = json.dumps(masked(body)["body"])
    assert not [each for each in ("Ann", "2345678", "12345678") if each in shown]


def test_an_address_keeps_its_country() -> None:
    body = {"address": {"country_code": "US", "city": "Bonn"}}
    assert masked(body)["body"] == {"address": {"country_code": "US", "city": "Xxxx"}}


def test_bytes_of_a_header_are_left_out() -> None:
    line = masked({}, headers={"raw": {"$bytes": "QW5u"}})
    assert line["headers"] == {"raw": {"$bytes": ""}}


@given(st.integers(2_000_000, 9_999_999))
def test_what_was_one_number_still_is(number: int) -> None:
    spellings = [f"+1555{number}", f"+1 (555) {number}", f"+1-555-{number}"]
    shown = masked({"phone": spellings})["body"]["phone"]
    assert len({e164(each, "US") for each in shown}) == 1


def test_nothing_can_be_found_again_by_another_run() -> None:
    shown = {masked({"phone": "+15558675309"})["body"]["phone"] for _ in range(20)}
    assert len(shown) > 1


def test_headers_are_masked_and_where_it_came_from_is_not() -> None:
    line = masked({}, headers={"Authorization": "Basic x", "type": "order"})
    assert line["headers"] == {"Authorization": SECRET, "type": "order"}
    assert (line["at"], line["exchange"], line["routing_key"]) == (1.5, "events", "order.created")


def test_a_body_that_nobody_can_read_is_left_out() -> None:
    line = Mask().line({"at": 1, "exchange": "e", "routing_key": "k", "body_base64": "QW5u"})
    assert line["body_base64"] == ""
