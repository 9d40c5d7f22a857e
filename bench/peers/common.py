"""What all peers share: the schema, the text, the notification and the way they are started."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from marshmallow import EXCLUDE, Schema, fields, validate


class AddressSchema(Schema):
    """Whom the order goes to."""

    class Meta:
        """What the text does not need is left out."""

        unknown = EXCLUDE

    firstname = fields.String(required=True)
    phone = fields.String(required=True, validate=validate.Regexp(r"\A\+[1-9][0-9]{6,14}\Z"))


class OrderSchema(Schema):
    """The order, as far as the text needs it."""

    class Meta:
        """What the text does not need is left out."""

        unknown = EXCLUDE

    number = fields.String(required=True)
    status = fields.String()
    billing_address = fields.Nested(AddressSchema, required=True)


class BodySchema(Schema):
    """An event's body: the order under its name."""

    class Meta:
        """What the text does not need is left out."""

        unknown = EXCLUDE

    order = fields.Nested(OrderSchema, required=True)


# Both are made once: made anew for each event the schema alone would cost three times as much.
SCHEMA = BodySchema()
TEXT = Environment(autoescape=False).from_string(  # noqa: S701 (A text is no HTML.)
    "Hi {{ order.billing_address.firstname }}, we have your order {{ order.number }}."
)


def text_of(body: Any) -> tuple[str, str, str]:
    """Return an event's number, phone and text; raise marshmallow's ValidationError."""
    loaded = SCHEMA.load(body)
    order = loaded["order"]
    return order["number"], order["billing_address"]["phone"], TEXT.render(order=order)


def notification(number: str, phone: str, sid: str | None, status: str | None) -> dict[str, Any]:
    """Return what is told about a text that went out."""
    return {"order": number, "to": phone, "message_sid": sid, "status": status}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the broker and the stand-in are."""

    broker: str
    twilio: str


def addresses(description: str | None) -> Addresses:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--broker", required=True, help="amqp://…")
    parser.add_argument("--twilio", required=True, help="http://…, the stand-in")
    arguments = parser.parse_args()
    return Addresses(arguments.broker, arguments.twilio)
