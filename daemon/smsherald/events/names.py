"""What a publisher calls the kind of its event: frameworks say it in places of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from smsherald.events.cloudevents import CloudEvent, text_of
from smsherald.events.plain import as_text
from smsherald.events.quoted import unquoted

MOST = 16
LONGEST = 255
"""Bytes of a name; a longer one is left out, for a piece of it would be another's."""

_IN_HEADERS = (
    "type",  # Debezium's outbox router, Knative, Symfony Messenger.
    "__TypeId__",  # Spring AMQP.
    "task",  # Celery.
    # Webhooks that a bridge has put on a broker; many HTTP servers write names in small letters.
    "X-WC-Webhook-Topic",
    "x-wc-webhook-topic",
    "X-Shopify-Topic",
    "x-shopify-topic",
)
_ENCLOSED = "NServiceBus.EnclosedMessageTypes"
_ALL_IN_HEADERS = frozenset({*_IN_HEADERS, _ENCLOSED})
_MOST_MEMBERS = 8
_MASSTRANSIT, _NESTJS = "messageType", "pattern"


def names_of(
    properties: Mapping[str, Any], headers: Mapping[str, Any], body: Any, found: CloudEvent | None
) -> tuple[str, ...]:
    """Return the names of an event's kind, the surest first: at most MOST, each of them once.

    CloudEvents' `type`; AMQP's property `type`; the headers of frameworks; what MassTransit and
    NestJS write into the body. `found` says whether it is a CloudEvent.
    """
    said: list[str | None] = []
    if found is not None:
        said.append(found.text("type"))
    if "type" in properties:
        said.append(text_of(properties["type"]))
    if headers and not _ALL_IN_HEADERS.isdisjoint(headers):
        said += [unquoted(text_of(headers[name])) for name in _IN_HEADERS if name in headers]
        said += _enclosed(text_of(headers.get(_ENCLOSED)))
    if isinstance(body, dict):
        if _MASSTRANSIT in body and isinstance(urns := body[_MASSTRANSIT], list):
            said += map(as_text, urns[:MOST])
        if _NESTJS in body:
            said.append(_pattern(body[_NESTJS]))
    if not said:  # Mostly.
        return ()
    return tuple(dict.fromkeys(name for name in said if name is not None and is_name(name)))[:MOST]


def _enclosed(types: str | None) -> Iterator[str]:
    """Yield what NServiceBus encloses: without the assembly first, whose version changes."""
    for qualified in (types or "").split(";", MOST)[:MOST]:
        whole = qualified.strip()
        yield _without_assembly(whole)
        yield whole


def _pattern(value: Any) -> str | None:
    """Return a pattern of NestJS: a text, or a small object as JavaScript writes it."""
    if isinstance(value, dict) and 0 < len(value) <= _MOST_MEMBERS:
        if any(as_text(member) is None for member in value.values()):
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return as_text(value)


def _without_assembly(qualified: str) -> str:
    """Cut an assembly-qualified name of .NET at its first comma outside of brackets."""
    depth = 0
    for at, character in enumerate(qualified[: LONGEST + 1]):
        if character == "," and depth == 0:
            return qualified[:at].rstrip()
        depth += (character == "[") - (character == "]")
    return qualified


def is_name(text: str) -> bool:
    """Say whether a text may be a name: it is not empty, prints, and is not too long."""
    # What prints can be encoded, too.
    return text != "" and text.isprintable() and len(text.encode()) <= LONGEST
