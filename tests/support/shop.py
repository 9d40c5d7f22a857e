"""Deliveries, events and flows of a shop, whole but for what a test says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smsherald.events import Reading, as_chosen
from smsherald.events.schemas import find_schema
from smsherald.flows import Flow, FlowBook, Route, Template, Way, make
from smsherald.model import Account, Delivery, Event, OnUnknown, Sms

NOW = 1_700_000_000.0
MAX_BODY = 100_000
READING = Reading("events", MAX_BODY, ())
ATTEMPTS = 20

ORDER = {
    "number": "R12345",
    "status": "complete",
    "billing_address": {"firstname": "Ann", "phone": "+15558675309"},
}
ACCOUNT = Account(
    name="default",
    sid="AC" + "1" * 32,
    sender="+15005550006",
    senders=frozenset({"+15005550006", "+15005550007", "Shop"}),
)


def delivery(
    body: bytes | Mapping[str, Any] | list[Any],
    *,
    exchange: str = "events",
    routing_key: str = "order.created",
    **properties: Any,
) -> Delivery:
    """Return a delivery; what is no parameter of its own is an AMQP property."""
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery(encoded, properties, exchange, routing_key, redelivered=False, tag=1)


def read(delivered: Delivery, *identity: str) -> Event:
    """Decode within this module's bounds; `identity` is as the setting has it."""
    return READING._replace(identity=tuple(map(as_chosen, identity))).of(delivered, NOW)


def event(
    body: Mapping[str, Any] | list[Any], routing_key: str = "order.created", **properties: Any
) -> Event:
    """Return the event that a body makes."""
    return read(delivery(body, routing_key=routing_key, **properties))


def ways(*sources: str) -> tuple[Way, ...]:
    """Return ways to a number, as templates."""
    roots = frozenset({"order", "item"})
    return tuple(Way.of(Template(source), roots) for source in sources)


def flow(**said: Any) -> Flow:
    """Return a flow that texts the order's number to the billing address.

    What it subscribes to may be said by keys alone.
    """
    if "subscribe" in said:
        said["subscribe"] = tuple(
            Route(key=each) if isinstance(each, str) else each for each in said["subscribe"]
        )
    usual = Flow(
        id="order-created",
        subscribe=(Route(key="order.created"),),
        schema=find_schema("order"),
        when=None,
        to_each=None,
        to=ways("{{ order.billing_address.phone }}"),
        messages={"en": Template("Order {{ order.number }}")},
        locale=None,
        reference=None,
        account=ACCOUNT,
        sender=None,
        default_region="US",
        max_age=None,
        on_unknown=OnUnknown.LOOKUP,
    )
    return replace(usual, **said)


def sms_of(flow: Flow, body: Mapping[str, Any] | list[Any] = ORDER, **properties: Any) -> Sms:
    """Return the one SMS that a flow makes of a body, and has nothing to complain of."""
    made = make(event(body, **properties), FlowBook([flow]))
    if made.defects or len(made.smses) != 1:
        message = f"not one SMS: {made}"
        raise AssertionError(message)
    return made.smses[0]
