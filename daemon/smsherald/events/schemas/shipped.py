"""The schemas that a flow can name without code of its own.

They refuse nothing: unknown members stay, and so does what is no text. Null and empty text are
missing values, and what an SMS really needs is said by its flow's templates.
"""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, Schema, post_load

from smsherald.events.schemas.fields import Text, TextsOf

_PERSON = ("firstname", "lastname", "phone")


class _Lenient(Schema):
    class Meta:
        unknown = INCLUDE


class OrderSchema(_Lenient):
    """An order; `number` is its `number`, else its `id`."""

    number = Text(allow_none=True)
    id = Text(allow_none=True)
    status = Text(allow_none=True)
    locale = Text(allow_none=True)
    billing_address = TextsOf(*_PERSON)
    shipping_address = TextsOf(*_PERSON)

    @post_load
    def _fill(self, order: dict[str, Any], **_: Any) -> dict[str, Any]:
        _fall_back(order, "number", order.get("id"))
        return order


class CustomerSchema(_Lenient):
    """A customer; name and phone are the customer's own, else the billing address's."""

    id = Text(allow_none=True)
    firstname = Text(allow_none=True)
    lastname = Text(allow_none=True)
    phone = Text(allow_none=True)
    locale = Text(allow_none=True)
    billing_address = TextsOf(*_PERSON)
    shipping_address = TextsOf(*_PERSON)

    @post_load
    def _fill(self, customer: dict[str, Any], **_: Any) -> dict[str, Any]:
        address = customer.get("billing_address")
        for name in _PERSON:
            _fall_back(customer, name, address.get(name) if isinstance(address, dict) else None)
        return customer


class ShipmentSchema(_Lenient):
    """A shipment; `number` is its `number`, else its `id`.

    The order is known by `order_number` and by `order_id`: where only one is there, both are it.
    """

    number = Text(allow_none=True)
    id = Text(allow_none=True)
    order_number = Text(allow_none=True)
    order_id = Text(allow_none=True)
    status = Text(allow_none=True)
    tracking = Text(allow_none=True)
    locale = Text(allow_none=True)
    shipping_address = TextsOf(*_PERSON)

    @post_load
    def _fill(self, shipment: dict[str, Any], **_: Any) -> dict[str, Any]:
        _fall_back(shipment, "number", shipment.get("id"))
        _fall_back(shipment, "order_number", shipment.get("order_id"))
        _fall_back(shipment, "order_id", shipment.get("order_number"))
        return shipment


class SmsSchema(_Lenient):
    """An event that is an SMS already."""

    sender = Text(data_key="from", attribute="from", allow_none=True)
    phone = Text(allow_none=True)
    message = Text(allow_none=True)


def _fall_back(loaded: dict[str, Any], name: str, value: Any) -> None:
    """Fill in what is missing; empty text is."""
    if loaded.get(name) in (None, "") and value not in (None, ""):
        loaded[name] = value


SHIPPED: dict[str, type[Schema]] = {
    "order": OrderSchema,
    "customer": CustomerSchema,
    "shipment": ShipmentSchema,
    "sms": SmsSchema,
}
