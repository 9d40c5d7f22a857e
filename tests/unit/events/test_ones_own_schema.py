"""A marshmallow schema of the operator's, which may do anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, post_load, validate

from smsherald.errors import Reason, UnusableError
from smsherald.events.schemas import find_schema
from support.shop import event


def load(body: dict[str, Any], name: str = "Cart") -> dict[str, Any]:
    return dict(find_schema(f"my_package:{name}").load(event(body).body))


def refused(body: dict[str, Any], name: str = "Cart") -> UnusableError:
    with pytest.raises(UnusableError) as raised:
        load(body, name)
    return raised.value


@pytest.fixture(autouse=True)
def _module() -> Iterator[None]:
    class Item(Schema):
        sku = fields.Str(required=True)

    class Cart(Schema):
        phone = fields.Str(required=True, validate=validate.Length(min=3))
        items = fields.List(fields.Nested(Item))
        totals = fields.Dict(keys=fields.Str(), values=fields.Int())

    class Picky(Schema):
        @post_load
        def _refuse(self, data: Any, **_: Any) -> None:
            message = f"{data} is wrong"
            raise ValidationError(message)

    class Broken(Schema):
        @post_load
        def _fail(self, data: Any, **_: Any) -> None:
            raise KeyError(data["phone"])

    class Objects(Schema):
        @post_load
        def _make(self, data: Any, **_: Any) -> list[Any]:
            return [data]

    module = ModuleType("my_package")
    for schema in (Cart, Picky, Broken, Objects):
        setattr(module, schema.__name__, schema)
    module.Shop = object  # type: ignore[attr-defined] # A module of the test's own.
    sys.modules["my_package"] = module
    find_schema.cache_clear()
    yield
    del sys.modules["my_package"]
    find_schema.cache_clear()


def test_it_gets_the_body_as_it_is_and_is_called_data() -> None:
    assert find_schema("my_package:Cart").name == "data"
    assert load({"phone": "123", "data": {"a": 1}, "more": None}) == {
        "phone": "123",
        "data": {"a": 1},
        "more": None,
    }


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        ({}, Reason.MISSING_VALUE, "data.phone is missing"),
        ({"phone": None}, Reason.MISSING_VALUE, "data.phone is missing"),
        ({"phone": "1"}, Reason.INVALID_VALUE, "data.phone is not valid"),
        (
            {"phone": "123", "items": [{"sku": "a"}, {}]},
            Reason.MISSING_VALUE,
            "data.items[1].sku is missing",
        ),
        (
            {"phone": "123", "totals": {"+15558675309": "secret"}},
            Reason.INVALID_VALUE,
            "data.totals.*.value is not valid",
        ),
    ],
)
def test_its_errors_are_paths_too(body: dict[str, Any], reason: Reason, detail: str) -> None:
    error = refused(body)

    assert (error.reason, error.detail) == (reason, detail)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("Picky", "data is not valid"),
        ("Broken", "data: the schema raised KeyError"),
        ("Objects", "data: the schema makes no mapping of it"),
    ],
)
def test_whatever_it_does_parks_the_event_without_a_value(name: str, detail: str) -> None:
    error = refused({"phone": "+15558675309"}, name)

    assert (error.reason, error.detail) == (Reason.INVALID_VALUE, detail)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ordr", r"no schema `ordr`; did you mean `order`\?"),
        ("nothing-like-it", "there are order, customer, shipment, sms"),
        ("my_package:", "there is no schema"),
        ("my_package:Nothing", "`my_package` has no marshmallow schema `Nothing`"),
        ("my_package:Shop", "`my_package` has no marshmallow schema `Shop`"),
        ("not_there.at_all:Cart", "there is no module `not_there` where Python looks"),
    ],
)
def test_a_name_that_is_none_is_explained(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_schema(name)
