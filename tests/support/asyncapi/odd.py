"""A configuration that has some of all that a document must say, the oddest of it among that."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from marshmallow import EXCLUDE, Schema, fields, validate

from support.configuration import SETTINGS


class Kind(Enum):
    """Of a seat."""

    STALLS = "stalls"
    BALCONY = "balcony"


class Seat(Schema):
    """A seat."""

    class Meta:
        """Members that it does not know are left out."""

        unknown = EXCLUDE

    kind = fields.Enum(Kind, by_value=True, required=True)
    row = fields.Integer(validate=validate.Range(min=1))


class Guest(Schema):
    """Who comes, and whom they bring."""

    name = fields.String(required=True, validate=validate.Length(min=1))
    phone = fields.String(data_key="mobile", allow_none=True)
    brings = fields.List(fields.Nested("Guest"))


class Booking(Schema):
    """A booking of seats."""

    guest = fields.Nested(Guest, required=True)
    seats = fields.Nested(Seat, many=True, required=True)
    at = fields.AwareDateTime(required=True)
    notes = fields.Raw(allow_none=True)
    tags = fields.Dict(keys=fields.String(), values=fields.Integer())


PASSWORD = "h%2Fush"
FILES = {
    "smsherald.yaml": SETTINGS
    + f"""\
broker:
  url: amqps://shop:{PASSWORD}@one.example/texts;amqps://shop:{PASSWORD}@two.example:5675/texts
  exchange: told
  queue: odd
notifications:
  exchange: told
  type_prefix: ""
identity: [header X-Id, body meta.id, property message_id]
""",
    # Its notifications and its events share an exchange, and a key.
    "flows/again.yaml": """\
subscribe: [sms.sent, "*.*.#.x", { exchange: told, key: sms.sent }]
to: "{{ event.body.data.to }}"
message: "{{ event.headers.greeting or 'Hello' }}"
publish: of.again
when: event.routing_key == "sms.sent"
tests:
  - event: { data: { to: "+15558675309" } }
    headers: { greeting: Hi }
    expect: { to: "+15558675309", message: Hi, published: of.again }
""",
    "flows/booked.yaml": """\
id: sms.sent
subscribe:
  - { exchange: seats, key: "booked.{town}" }
  - { exchange: seats, key: "" }
  - { exchange: others, type: "Shop.Contracts:Booked" }
  - { exchange: others, type: "Shop.Contracts:Moved" }
schema: support.asyncapi.odd:Booking
to: "{{ data.guest.phone }}"
message: "{{ data.guest.name }}: {{ data.seats[0].row }}"
tests:
  - event:
      guest: { name: Ann, mobile: "+15558675309", brings: [{ name: Bo }] }
      seats: [{ kind: stalls, row: 3, worn: true }]
      at: "2026-01-01T00:00:00Z"
    expect: { message: "Ann: 3" }
""",
    "flows/several.yaml": """\
subscribe: { key: lists.# }
unwrap: event.body[1]
to_each: data.watchers
to: ["{{ item.phones[0] }}", "{{ item.phones[-1] }}"]
message:
  en: >-
    {% for line in data.lines %}{{ line.name }} {% for each in line.sizes %}{{ each }}
    {%- else %}-{% endfor %}{% endfor %} {{ data.number }}
  de: "{{ data.number }}{{ data.total | money(data.currency) if data.total else '' }}"
locale: "{{ data.locale }}"
tests:
  - event:
      - null
      - number: 7
        watchers: [null, { phones: ["+15558675309"] }]
        lines: [{ name: A, sizes: [1] }, { name: B, sizes: [] }]
    expect: { message: "A 1B - 7" }
""",
    "flows/numbers.yaml": """\
subscribe: numbers
schema: order
to_each: order.phones
message: "Order {{ order.number }}, {{ order.billing_address.city }}"
tests:
  - event:
      order: { id: 5, phones: ["+15558675309"], billing_address: { city: Ulm } }
      request_id: 7
      parameters: {}
    expect: { message: "Order 5, Ulm" }
  - event: { order: "R7", number: R7, phones: ["+15558675309"], billing_address: { city: Ulm } }
    expect: { message: "Order R7, Ulm" }
""",
    "flows/found.yaml": """\
subscribe: found
unwrap: event.body.a or event.body.b
schema: customer
to: "{{ customer.phone }}"
message: Found
tests:
  - event: { b: { phone: "+15558675309" } }
    expect: { message: Found }
""",
    "flows/fixed.yaml": """\
subscribe: fixed
to: "+15558675309"
message: Somebody is at the door
tests:
  - event: [1]
    expect: { message: Somebody is at the door }
""",
}


def odd(folder: Path) -> Path:
    """Write it into a folder; return its settings' file."""
    (folder / "flows").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    return folder / "smsherald.yaml"
