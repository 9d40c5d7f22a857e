"""Which route brings an event: as it was recorded, as it says itself, or guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.cli.flows.begin.event.leaves import joined, words
from smsherald.flows import EVENTS
from smsherald.model import Event
from smsherald.settings.shapes import others_exchange, pattern

_URN = re.compile(r"urn:message:([\w.+]+:[\w.+`\[\]]+)")
_SAID = (
    "eventname",
    "eventtype",
    "event",
    "triggerevent",
    "topic",
    "action",
    "scope",
    "type",
    "name",
)
_A_KEY = re.compile(r"[A-Za-z0-9]+(?:[./:_-][A-Za-z0-9]+)*")
_LONGEST = 60
_DAPR = "com.dapr.event.sent"
"""The type of all that Dapr publishes, unless the publisher says another."""
_WILD = frozenset("*#")


@dataclass(frozen=True, slots=True)
class Origin:
    """A route as a flow writes it, and how sure it is."""

    key: str | None = None
    exchange: str | None = None
    type: str | None = None
    guessed: str | None = None
    """Why it is only a guess; None: it is known."""

    @property
    def word(self) -> str:
        """What the event is called, in words for a file's name."""
        return self.type or self.key or self.exchange or ""


def known(routing_key: str, exchange: str | None) -> Origin:
    """Return the route of an event that was seen, or whose routing key a person has said."""
    return Origin(key=routing_key, exchange=None if exchange in (None, "", EVENTS) else exchange)


def recorded(event: Event) -> Origin | None:
    """Return the route of an event that came from the broker; None where nothing names it."""
    foreign = event.exchange if event.exchange not in ("", EVENTS) else None
    if event.routing_key:
        return known(event.routing_key, foreign)
    name = event.names[0] if event.names else None
    if foreign is None and name is None:
        return None
    return Origin(exchange=foreign, type=None if foreign and name == _DAPR else name)


def said(event: Event, stem: str) -> Origin:
    """Guess the route of a body of which nobody knows how it comes; `stem` is its file's name."""
    for name in event.names:
        if (urn := _URN.fullmatch(name)) and _is_exchange(urn[1]):
            return Origin(exchange=urn[1], guessed="MassTransit names its exchanges so")
    if _DAPR in event.names and isinstance(event.body, Mapping):
        topic = event.body.get("topic")
        if isinstance(topic, str) and _is_exchange(topic):
            return Origin(exchange=topic, guessed="Dapr names its exchanges so")
    if event.names:
        return Origin(type=event.names[0], guessed="the event's type, by whatever routing key")
    found = _in_body(event.body)
    if found is not None:
        where, name = found
        return Origin(key=name, guessed=f"from the event's `{where}`")
    name = ".".join(words(stem))
    if len(words(stem)) > 1 and _is_key(name):
        return Origin(key=name, guessed="from the name of the event's file")
    return Origin(key=_by_shape(event.body), guessed="from what the event has")


def _in_body(body: Any) -> tuple[str, str] | None:
    top = body[0] if isinstance(body, list) and body and isinstance(body[0], dict) else body
    if not isinstance(top, Mapping):
        return None
    keys = sorted(
        (key for key in top if joined(key) in _SAID), key=lambda key: _SAID.index(joined(key))
    )
    for key in keys:
        value = top[key]
        if isinstance(value, str) and len(value) <= _LONGEST and _A_KEY.fullmatch(value):
            name = value if "." in value else ".".join(words(value.lower()))
            if "." in name and _is_key(name):
                return key, name
    return None


def _by_shape(body: Any) -> str:
    text = " ".join(words(" ".join(_keys(body))))
    for word, name in (
        ("tracking", "shipment.created"),
        ("fulfillment", "shipment.created"),
        ("shipment", "shipment.created"),
        ("order", "order.created"),
        ("line items", "order.created"),
        ("attendee", "booking.created"),
        ("booking", "booking.created"),
        ("appointment", "appointment.created"),
    ):
        if word in text:
            return name
    return "customer.created"


def _keys(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, list):
        value = value[0] if value else {}
    if not isinstance(value, Mapping) or depth > 1:
        return []
    return [*value, *(key for inner in value.values() for key in _keys(inner, depth + 1))]


def _is_key(text: str) -> bool:
    try:
        return _WILD.isdisjoint(pattern(text))
    except ValueError:
        return False


def _is_exchange(text: str) -> bool:
    try:
        return bool(others_exchange(text))
    except ValueError:
        return False
