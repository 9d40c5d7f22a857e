"""Reads the event that a flow is to be made of: a bare body, or one that was recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smsherald.cli.flows.begin.event import routes
from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.cli.flows.preview.reading import STANDARD_INPUT, events_of
from smsherald.errors import UnusableError
from smsherald.events import decode
from smsherald.events.recorded import line_of
from smsherald.model import Delivery, Event

NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z: when an event has happened that does not say when."""
_PLAIN = frozenset({"content_type", "delivery_mode", "headers", "timestamp", "priority"})
"""Properties that no flow of ours reads."""
_JSON = "application/json"


class UnreadableError(Exception):
    """What a file holds is no event; the sentence never shows it."""


@dataclass(frozen=True, slots=True)
class Given:
    """An event, and the route that brings it."""

    event: Event
    """Its body is without an envelope's `parameters`: there are credentials among them."""
    origin: Origin
    line: dict[str, Any] | None
    """As it was recorded; None: it is a bare body."""
    says_more: bool
    """Whether its headers and properties say what its body does not."""
    place: str
    """Which of the file's events it is, in words; empty where it has one."""


def given(name: str, content: bytes, routing_key: str | None) -> Given:
    """Read the first event of a file. Raises UnreadableError with a sentence for people."""
    try:
        first = next(events_of(name, content), None)
        if first is None:
            raise UnreadableError("it is empty")
        event = _event(first.delivery)
    except UnusableError as error:
        raise UnreadableError(f"{error.detail}; an event's body is due, as JSON") from None
    except ValueError as error:
        raise UnreadableError(str(error)) from None
    found = routes.recorded(event) if first.is_recorded else None
    origin = found or routes.said(event, Path(name).stem)
    if routing_key is not None:
        origin = routes.known(routing_key, None if found is None else found.exchange)
    line = line_of(first.delivery, NOW if first.at is None else first.at)
    if routing_key is not None:
        # The flow's test brings it as a person says that it comes.
        line["routing_key"] = routing_key
    says_more = first.is_recorded and _says_more(first.delivery)
    kept = line if first.is_recorded else None
    return Given(event, origin, kept, says_more, _place(first.where, name, content))


def _place(where: str, name: str, content: bytes) -> str:
    """Say which of several lines it stands in; they are counted, and not read."""
    several = sum(bool(line.strip()) for line in content.splitlines())
    # What is one event, over however many lines, has no line of its own.
    _, _, line = where.rpartition(":")
    if several <= 1 or where == name or not line.isdecimal():
        return ""
    file = "standard input" if name == STANDARD_INPUT else name
    return f"line {line} of {file}, of {several} events"


def _event(delivery: Delivery) -> Event:
    """Decode it; an event without a routing key may be looked at, too."""
    whole = delivery if delivery.routing_key else replace(delivery, routing_key="-")
    event = decode(whole, now=NOW, max_body=len(delivery.body))
    return event if delivery.routing_key else replace(event, routing_key="")


def _says_more(delivery: Delivery) -> bool:
    properties = delivery.properties
    content_type = str(properties.get("content_type") or _JSON)
    return (
        bool(properties.get("headers"))
        or bool(properties.keys() - _PLAIN)
        or not content_type.startswith(_JSON)
    )
