"""From a delivery to an event: nothing of it is believed before it was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smsherald.errors import Reason, UnusableError
from smsherald.events import headers
from smsherald.events.identity import body_digest, identify, readable
from smsherald.events.plain import is_number, is_whole
from smsherald.events.strict_json import parse
from smsherald.model import Delivery, Event

DEFAULT_EXCHANGE = ""
"""AMQP's own, which leads to a queue by its name: what retry queues give back comes by it."""

_PLAIN = frozenset({None, "", "identity", "none", "utf-8", "utf8"})
_ENVELOPED = ("request_id", "order", "customer", "shipment", "sms")


def decode(delivery: Delivery, *, now: float, max_body: int, attempts: int) -> Event:
    """Read a delivery.

    Our own headers are believed only if it came by the default exchange: only copies take that
    way, but anybody can write headers, so they are bounded all the same. `now` is in seconds
    since the epoch, `max_body` in bytes, `attempts` the most there can have been. Raises
    UnusableError(INVALID_VALUE | TOO_LARGE | NOT_JSON | NOT_AN_OBJECT).
    """
    if not delivery.readable:
        raise UnusableError(
            Reason.INVALID_VALUE, "routing key, properties or headers are malformed"
        )
    if len(delivery.body) > max_body:
        raise UnusableError(Reason.TOO_LARGE, f"the body is larger than {max_body} bytes")
    properties = delivery.properties
    received = properties.get("headers") or {}
    _refuse_encoded(properties.get("content_encoding"), received)
    body = parse(delivery.body)
    had_parameters = _has_parameters(body)
    if had_parameters:
        del body["parameters"]
    ours = received if received and delivery.exchange == DEFAULT_EXCHANGE else {}
    theirs = headers.publishers(received)
    routing_key = _encodable(_text(ours.get(headers.ROUTING_KEY)) or delivery.routing_key)
    digest = body_digest(routing_key, delivery.body)
    identity = identify(delivery, theirs, body, digest)
    # What we have seen before cannot have happened after that.
    latest = _moment(ours.get(headers.FIRST_SEEN), now) or now
    return Event(
        id=readable(identity, digest),
        identity=identity,
        digest=digest,
        routing_key=routing_key,
        body=body,
        headers=theirs,
        time=_moment(properties.get("timestamp"), latest) or latest,
        attempt=_attempt(ours.get(headers.ATTEMPT), attempts),
        only_flow=_text(ours.get(headers.FLOW)),
        had_parameters=had_parameters,
    )


def _has_parameters(body: Mapping[str, Any]) -> bool:
    # Without an envelope's other members, `parameters` are some publisher's own word.
    return "parameters" in body and any(name in body for name in _ENVELOPED)


def _refuse_encoded(encoding: Any, headers: Mapping[str, Any]) -> None:
    # kombu says so in a header. Nothing is expanded: 58 kB can become 400 MB.
    for said in (encoding, headers.get("compression")):
        if said is not None and (not isinstance(said, str) or said.lower() not in _PLAIN):
            raise UnusableError(Reason.NOT_JSON, "the body is compressed or encoded")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _attempt(value: Any, most: int) -> int:
    return min(max(value, 0), most) if is_whole(value) else 0


def _moment(value: Any, latest: float) -> float | None:
    """Read seconds since the epoch, or a datetime (without a zone: UTC), but none after `latest`.

    Zero is what publishers without a clock send: it is none, like anything before it.
    """
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if is_number(value) and value > 0:
        return float(min(value, latest))
    return None


def _encodable(text: str) -> str:
    """Replace lone surrogates, which AMQP's short strings can hold and nothing else."""
    return text if text.isascii() else text.encode(errors="replace").decode()
