"""What makes two deliveries the same event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from smsherald.events.plain import as_text
from smsherald.model import Delivery, Json

# CloudEvents over AMQP 1.0 uses the first two; the others are what publishers on AMQP 0-9-1 send
# instead. The bare names mean an event only where all of them are there.
_PREFIXES = ("cloudEvents_", "cloudEvents:", "ce-", "ce_")
_BARE = ("id", "source", "specversion", "type")
_STRUCTURED = "application/cloudevents"

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)

_LONGEST = 200
"""Bytes of a readable id; AMQP's `correlation_id` holds 255."""
LONGEST_PART = 500
"""Characters of a part of an identity; a copy carries all of it in a header."""


def identify(
    delivery: Delivery,
    headers: Mapping[str, Any],
    body: Json,
    digest: str,
    *,
    enveloped: bool,
) -> tuple[str, ...]:
    """Return an event's identity; its first part names the rule that found it.

    The first that is there: CloudEvents `source` and `id`; AMQP `app_id` and `message_id`; a
    `message_id`, or a header `id`, that is a UUID or ULID and so says enough alone; the
    `request_id` of an envelope (`enveloped`: elsewhere it is a web request's); else `digest`.
    """
    rule, *parts = _found(delivery, headers, body, enveloped=enveloped) or ("body", digest)
    return (rule, *map(_bounded, parts))


def _found(
    delivery: Delivery, headers: Mapping[str, Any], body: Json, *, enveloped: bool
) -> tuple[str, ...] | None:
    properties = delivery.properties
    attributes = _cloudevents(properties.get("content_type"), headers, body)
    if attributes:
        return ("cloudevents", *attributes)
    app_id, message_id = _text(properties.get("app_id")), _text(properties.get("message_id"))
    if app_id and message_id:
        return ("amqp", app_id, message_id)
    if message_id and _is_unique(message_id):
        return ("message", message_id)
    if (header_id := _text(headers.get("id"))) and _is_unique(header_id):
        return ("header", header_id)
    if enveloped and (request_id := _text(body.get("request_id"))):
        return ("request", request_id)
    return None


def _is_unique(text: str) -> bool:
    return (_UUID.fullmatch(text) or _ULID.fullmatch(text)) is not None


def _bounded(part: str) -> str:
    if len(part) <= LONGEST_PART:
        return part
    return sha256(part.encode("utf-8", "surrogatepass")).hexdigest()


def body_digest(routing_key: str, body: bytes) -> str:
    """Return SHA-256 of routing key and body, in hexadecimal."""
    key = routing_key.encode("utf-8", "surrogatepass")
    # The key's length keeps ("a", "bc") and ("ab", "c") apart.
    return sha256(b"%d:%b%b" % (len(key), key, body)).hexdigest()


def readable(identity: tuple[str, ...], digest: str) -> str:
    """Return an identity as one printable line of at most 200 bytes.

    It goes into logs and into AMQP's `correlation_id`. What had to be cut or escaped ends with
    a piece of `digest`, so that two events do not look alike.
    """
    text = identity[1] if len(identity) == 2 else f"{identity[1]}/{identity[2]}"  # noqa: PLR2004 - the rule and one part.
    if text.isprintable() and len(text.encode()) <= _LONGEST:
        return text
    escaped = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}"
        for character in text[:_LONGEST]
    )
    tail = f"…{digest[:12]}"
    room = _LONGEST - len(tail.encode())
    return escaped.encode()[:room].decode(errors="ignore") + tail


def _cloudevents(
    content_type: Any, headers: Mapping[str, Any], body: Json
) -> tuple[str, str] | None:
    said = isinstance(content_type, str) and content_type[:23].lower() == _STRUCTURED
    if (said or "specversion" in body) and (found := _pair(body.get("source"), body.get("id"))):
        return found
    if not headers:
        return None
    for prefix in _PREFIXES:
        if found := _pair(headers.get(f"{prefix}source"), headers.get(f"{prefix}id")):
            return found
    if all(name in headers for name in _BARE):
        return _pair(headers["source"], headers["id"])
    return None


def _pair(source: Any, id_: Any) -> tuple[str, str] | None:
    source, id_ = _text(source), _text(id_)
    return (source, id_) if source and id_ else None


def _text(value: Any) -> str | None:
    """Read what AMQP or JSON gave for an id: a text, or a whole number; nothing else is one."""
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return as_text(value)
