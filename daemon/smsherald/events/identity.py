"""What makes two deliveries the same event."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from smsherald.events.chosen import Chosen
from smsherald.events.cloudevents import CloudEvent, text_of
from smsherald.events.quoted import unquoted
from smsherald.model import Delivery

_UUID = re.compile(r"[0-9a-fA-F]{8}(-?)(?:[0-9a-fA-F]{4}\1){3}[0-9a-fA-F]{12}")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)

_SETTING, _BODY = "setting", "body"
"""Rules: the operator's choice, and the one where nothing else is there."""

_LONGEST = 200
"""Bytes of a readable id; AMQP's `correlation_id` holds 255."""
LONGEST_PART = 500
"""Characters of a part of an identity; a copy carries all of it in a header."""


def identify(  # noqa: PLR0911 - a rule a line.
    delivery: Delivery,
    headers: Mapping[str, Any],
    body: Any,
    found: CloudEvent | None,
    chosen: Sequence[Chosen],
    *,
    enveloped: bool,
) -> tuple[str, ...] | None:
    """Return an event's identity; its first part names the rule that found it.

    The first that is there: what the operator has `chosen`; CloudEvents `source` and `id`; AMQP
    `app_id` and `message_id`; a `message_id`, or a header `id`, that is a UUID or ULID and so says
    enough alone; the `request_id` of an envelope (`enveloped`: elsewhere it is a web request's).
    None: only its body tells it from others.
    """
    properties = delivery.properties
    for one in chosen:
        if text := one.find(properties, headers, body):
            return (_SETTING, one.said, _bounded(text))
    if found is not None and found.names is not None:
        source, id_ = found.names
        return ("cloudevents", _bounded(source), _bounded(id_))
    app_id, message_id = text_of(properties.get("app_id")), text_of(properties.get("message_id"))
    if app_id and message_id:
        return ("amqp", _bounded(app_id), _bounded(message_id))
    if message_id and _is_unique(message_id):
        return ("message", message_id)
    if headers and (header_id := unquoted(text_of(headers.get("id")))) and _is_unique(header_id):
        return ("header", header_id)
    if enveloped and (request_id := text_of(body.get("request_id"))):
        return ("request", _bounded(request_id))
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


def by_body(digest: str, exchange: str | None, body: bytes, routing_key: str) -> tuple[str, ...]:
    """Return the identity of an event that nothing else names; `digest` is its own.

    With an `exchange`, another than the shop's, it is told apart by that as well.
    """
    if exchange is None:
        return (_BODY, digest)
    # No routing key holds NUL.
    return (_BODY, body_digest(f"{exchange}\0{routing_key}", body))


def is_by_body(identity: tuple[str, ...]) -> bool:
    """Say whether nothing but its body names an event."""
    return identity[0] == _BODY


def readable(identity: tuple[str, ...], digest: str) -> str:
    """Return an identity as one printable line of at most 200 bytes.

    It goes into logs and into AMQP's `correlation_id`. What had to be cut or escaped ends with
    a piece of `digest`, so that two events do not look alike.
    """
    if len(identity) == 2 or identity[0] == _SETTING:  # noqa: PLR2004 - the rule and one part.
        text = identity[-1]
    else:
        text = f"{identity[1]}/{identity[2]}"
    if text.isprintable() and len(text.encode()) <= _LONGEST:
        return text
    escaped = "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}"
        for character in text[:_LONGEST]
    )
    tail = f"…{digest[:12]}"
    room = _LONGEST - len(tail.encode())
    return escaped.encode()[:room].decode(errors="ignore") + tail
