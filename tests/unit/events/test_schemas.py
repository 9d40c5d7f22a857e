"""What templates read of an event: one shape for a body bare, under its name or in an envelope."""

from __future__ import annotations

from typing import Any

import pytest

from smsherald.events.schemas import find_schema
from smsherald.events.schemas.shipped import SHIPPED
from support.shop import event

SMS = {"phone": "+15558675309", "message": "Hi"}


def load(schema: str, body: dict[str, Any]) -> dict[str, Any]:
    found = find_schema(schema)
    return dict(found.load(found.unwrapped(event(body).body)))


@pytest.mark.parametrize("name", ["order", "customer", "shipment"])
@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda _, body: body, id="bare"),
        pytest.param(lambda name, body: {name: body}, id="under its name"),
        pytest.param(
            lambda name, body: {"request_id": "r", "parameters": {}, name: body}, id="enveloped"
        ),
    ],
)
def test_the_body_may_come_in_three_ways(name: str, wrap: Any) -> None:
    loaded = load(name, wrap(name, {"id": "7", "extra": {"deep": [1, None]}}))

    assert loaded["id"] == "7"
    assert loaded["extra"] == {"deep": [1, None]}


@pytest.mark.parametrize("other", [None, "R12345", 5, []])
def test_a_member_of_that_name_that_is_no_object_is_no_wrapping(other: object) -> None:
    assert load("order", {"order": other, "number": "R1"})["number"] == "R1"


@pytest.mark.parametrize(
    ("schema", "body", "member", "value"),
    [
        pytest.param("order", {"number": "R1", "id": 5}, "number", "R1", id="its number"),
        pytest.param("order", {"id": "5"}, "number", "5", id="else its id"),
        pytest.param("order", {"number": None, "id": 5}, "number", "5", id="null is missing"),
        pytest.param("order", {"number": 12345}, "number", "12345", id="an integer prints"),
        pytest.param("customer", {"phone": "1"}, "phone", "1", id="a customer's phone"),
        pytest.param(
            "customer",
            {"phone": None, "billing_address": {"phone": "2"}},
            "phone",
            "2",
            id="else the billing address's",
        ),
        pytest.param(
            "customer",
            {"phone": "1", "billing_address": {"firstname": "Ann", "phone": "2"}},
            "firstname",
            "Ann",
            id="the name too, by itself",
        ),
        pytest.param("shipment", {"id": 438}, "number", "438", id="a shipment's number"),
        pytest.param("shipment", {"order_id": 7}, "order_number", "7", id="its order by the id"),
        pytest.param("shipment", {"order_number": "R1"}, "order_id", "R1", id="or by the number"),
        pytest.param(
            "shipment",
            {"order_id": "7", "order_number": "R1"},
            "order_id",
            "7",
            id="each is its own",
        ),
        pytest.param("sms", {**SMS, "from": 12345}, "from", "12345", id="a short code"),
    ],
)
def test_the_names_that_flows_use(
    schema: str, body: dict[str, Any], member: str, value: str
) -> None:
    assert load(schema, body)[member] == value


def test_an_address_prints_too() -> None:
    address = {"firstname": "Ann", "phone": 15558675309, "zip": 90210, "lastname": None}

    loaded = load("order", {"billing_address": address})["billing_address"]

    assert loaded == {"firstname": "Ann", "phone": "15558675309", "zip": 90210, "lastname": None}


def test_the_event_stays_as_it_was() -> None:
    body = event({"order": {"id": 5, "billing_address": {"phone": 1}}}).body
    schema = find_schema("order")

    schema.load(schema.unwrapped(body))

    assert body == {"order": {"id": 5, "billing_address": {"phone": 1}}}


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        pytest.param("order", {}, id="an order"),
        pytest.param("order", {"billing_address": None, "number": None}, id="nulls"),
        pytest.param("customer", {"billing_address": None}, id="a customer"),
        pytest.param("shipment", {"shipping_address": {}}, id="a shipment"),
    ],
)
def test_what_is_needed_is_for_templates_to_say(schema: str, body: dict[str, Any]) -> None:
    assert load(schema, body) == body


@pytest.mark.parametrize("value", [True, False, 1.5, [], {}, ["R1"]])
@pytest.mark.parametrize(
    ("schema", "member"),
    [
        ("order", "number"),
        ("order", "billing_address"),
        ("customer", "lastname"),
        ("customer", "billing_address"),
        ("shipment", "tracking"),
        ("sms", "message"),
    ],
)
def test_what_is_no_text_is_for_the_templates_that_read_it(
    schema: str, member: str, value: object
) -> None:
    assert load(schema, {member: value})[member] == value


@pytest.mark.parametrize(
    ("schema", "body", "member", "value"),
    [
        ("order", {"number": "", "id": "5"}, "number", "5"),
        ("shipment", {"order_number": "", "order_id": "7"}, "order_number", "7"),
        ("customer", {"phone": "", "billing_address": {"phone": "2"}}, "phone", "2"),
        ("order", {"number": "", "id": ""}, "number", ""),
    ],
)
def test_empty_text_is_missing(schema: str, body: dict[str, Any], member: str, value: str) -> None:
    assert load(schema, body)[member] == value


@pytest.mark.parametrize("name", SHIPPED)
def test_a_schema_is_made_once_and_has_its_own_name(name: str) -> None:
    assert find_schema(name) is find_schema(name)
    assert find_schema(name).name == name
