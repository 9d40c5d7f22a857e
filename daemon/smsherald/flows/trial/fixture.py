"""The event of a flow's test, from the bytes that a broker would bring."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from smsherald.errors import UnusableError
from smsherald.events import Reading
from smsherald.events.recorded import Recorded, is_recorded, recorded
from smsherald.events.strict_json import parse
from smsherald.flows.flow import FlowTest
from smsherald.model import Delivery, Event

_NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z: when events of tests have happened that do not say when."""


def event_of(test: FlowTest, content: bytes | None, reading: Reading) -> Event:
    """Read a test's event as the settings say; `content` is that of its file.

    Its route's type stands for what its headers, properties and body would say. Raises
    UnusableError for an event that the daemon would park, and ValueError, with a sentence, for a
    file that no event can be read of.
    """
    delivery, line = _read(test, content, reading.exchange)
    seen = _NOW if line is None or line.at is None else line.at
    # What says when it happened was seen no earlier.
    event = reading.of(delivery, max(seen, test.properties.get("timestamp", 0)))
    type_ = test.said.type if line is not None else test.route.type
    return event if type_ is None or event.names else replace(event, names=(type_,))


def delivery_of(test: FlowTest, content: bytes | None, exchange: str) -> Delivery:
    """Return what a broker would bring for a test; `exchange` is `broker.exchange`.

    Raises as `event_of` does.
    """
    return _read(test, content, exchange)[0]


def _read(test: FlowTest, content: bytes | None, exchange: str) -> tuple[Delivery, Recorded | None]:
    line = None if content is None else _recorded(content)
    delivery = _bare(test, content, exchange) if line is None else _seen(test, line)
    properties = {**delivery.properties, **test.properties}
    properties["headers"] = {**(delivery.properties.get("headers") or {}), **test.headers}
    return replace(delivery, properties=properties), line


def _bare(test: FlowTest, content: bytes | None, exchange: str) -> Delivery:
    body = json.dumps(test.event).encode() if content is None else content
    route = test.route
    by = exchange if route.exchange is None else route.exchange
    return Delivery(body, {}, by, route.key or "", redelivered=False, tag=0)


def _seen(test: FlowTest, line: Recorded) -> Delivery:
    said, was = test.said, line.delivery
    return replace(
        was,
        exchange=was.exchange if said.exchange is None else said.exchange,
        routing_key=was.routing_key if said.key is None else said.key,
    )


def _recorded(content: bytes) -> Recorded | None:
    """Return what a line of `tap` says; None for a bare body, be it JSON or not."""
    data = _json(content)
    if data is None and is_recorded(_json(content.lstrip().partition(b"\n")[0])):
        message = "holds several recorded events, and a test has one: leave one line"
        raise ValueError(message)
    return recorded(data) if is_recorded(data) else None


def _json(content: bytes) -> Any:
    try:
        return parse(content)
    except UnusableError:
        return None
