"""The events that the demo publishes, and how each should end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import uuid4

from smsherald.errors import UnusableError
from smsherald.events.strict_json import parse
from smsherald.flows.trial import delivery_of
from smsherald.sandbox.publishing.samples import SAMPLES as BODIES
from smsherald.settings.flows.check import content_of
from smsherald.settings.load import LoadedFlows

_MOST = 20
"""Events of tests that are shown."""
_SAID_BY_TESTS = ("headers", "type", "content_type")


@dataclass(frozen=True, slots=True)
class Sample:
    """One event. The same `message_id` twice is the same event published again."""

    title: str
    routing_key: str
    body: bytes
    message_id: str
    expected: str | None
    """None: what its flow makes of it is right."""
    properties: Mapping[str, Any] = field(default_factory=dict)


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


def samples_for(loaded: LoadedFlows) -> Sequence[Sample]:
    """Return the samples; for flows that do not want all of them the events of their own tests.

    `loaded` is what the files say, for recorded events name the exchange that stands there.
    """
    exchange = loaded.flows.exchange
    if all(exchange in loaded.flows.bringing(sample.routing_key) for sample in SAMPLES):
        return SAMPLES
    return tuple(islice(_of_tests(loaded), _MOST)) or SAMPLES


def offered(samples: Sequence[Sample]) -> Mapping[str, Any]:
    """Return what the inbox page suggests to publish: a body for each routing key."""
    if samples is SAMPLES:
        return BODIES
    bodies: dict[str, Any] = {}
    for sample in samples:
        with suppress(UnusableError):
            bodies.setdefault(sample.routing_key, parse(sample.body))
    return bodies


def _of_tests(loaded: LoadedFlows) -> Iterator[Sample]:
    """Yield what comes by `broker.exchange`: the demo has no other. When it happened is now."""
    exchange = loaded.flows.exchange
    for flow in loaded.flows:
        for test in flow.tests:
            try:
                content = content_of(test, loaded.tests[flow.id, test.index])
                delivery = delivery_of(test, content, exchange)
            except ValueError:
                continue  # `smsherald test` says what is wrong with it.
            if delivery.exchange != exchange:
                continue
            said = delivery.properties
            yield Sample(
                f"{flow.id}: {test.name or f'tests[{test.index}]'}",
                delivery.routing_key,
                delivery.body,
                f"{flow.id}-{test.index}",
                None,
                {name: said[name] for name in _SAID_BY_TESTS if said.get(name)},
            )
