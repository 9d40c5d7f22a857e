"""The events that the demo publishes, and how each should end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from smsherald.sandbox.publishing.samples import SAMPLES as BODIES


@dataclass(frozen=True, slots=True)
class Sample:
    """One event. The same `message_id` twice is the same event published again."""

    title: str
    routing_key: str
    body: bytes
    message_id: str
    expected: str


def _sample(title: str, routing_key: str, body: Any, expected: str, again: str = "") -> Sample:
    message_id = again or title.replace(" ", "-")
    return Sample(title, routing_key, json.dumps(body).encode(), message_id, expected)


def run_id() -> str:
    """Return what makes this run's events new ones: a real broker may hold an earlier run's."""
    return uuid4().hex[:12]


SAMPLES = (
    _sample("an order", "order.created", BODIES["order.created"], "sent"),
    _sample("a customer", "customer.created", BODIES["customer.created"], "sent"),
    _sample("a shipment", "shipment.created", BODIES["shipment.created"], "sent"),
    _sample("a cancelled order", "order.cancelled", BODIES["order.cancelled"], "sent"),
    _sample("a ready-made SMS", "sms.requested", BODIES["sms.requested"], "sent"),
    _sample("an order without a phone", "order.created", {"order": {"number": "R12347"}}, "parked"),
    _sample(
        "a number that Twilio refuses",
        "order.created",
        {"number": "R12348", "billing_address": {"firstname": "Bob", "phone": "+15005550009"}},
        "failed",
    ),
    _sample(
        "the first order again",
        "order.created",
        BODIES["order.created"],
        "duplicate",
        again="an-order",
    ),
)
