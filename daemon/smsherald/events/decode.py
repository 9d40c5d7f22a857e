"""From a delivery to an event: nothing of it is believed before it was looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smsherald.errors import Reason, UnusableError
from smsherald.events import headers
from smsherald.events.identity import body_digest, identify, readable
from smsherald.events.origin import origin_of
from smsherald.events.plain import as_moment
from smsherald.events.strict_json import parse
from smsherald.model import Delivery, Event

_PLAIN = frozenset(
    {"", "identity", "none", "binary", "ascii", "usascii", "7bit", "8bit", "utf8", "utf8sig"}
)
"""Names, without `-`, `_` and space, of encodings that leave UTF-8 as it is."""
_BETWEEN = re.compile(r"[-_\s]")
_ENVELOPED = ("request_id", "order", "customer", "shipment", "sms")


def decode(delivery: Delivery, *, now: float, max_body: int) -> Event:
    """Read a delivery. `now` is in seconds since the epoch, `max_body` in bytes.

    Raises UnusableError(INVALID_VALUE | TOO_LARGE | NOT_JSON | NOT_AN_OBJECT).
    """
    _refuse_malformed(delivery)
    if len(delivery.body) > max_body:
        raise UnusableError(Reason.TOO_LARGE, f"the body is larger than {max_body} bytes")
    properties = delivery.properties
    received = properties.get("headers") or {}
    theirs = headers.publishers(received) if received else {}
    if theirs and not headers.are_carried(theirs):
        detail = f"the headers are larger than {headers.LARGEST} bytes, or nested too deep"
        raise UnusableError(Reason.TOO_LARGE, detail)
    _refuse_encoded(properties.get("content_encoding"), received)
    body = parse(delivery.body)
    had_parameters = _has_parameters(body)
    origin = origin_of(delivery, now)
    if "\0" in origin.routing_key:
        raise UnusableError(Reason.INVALID_VALUE, "the routing key holds a NUL character")
    digest = body_digest(origin.routing_key, delivery.body)
    identity = origin.identity or identify(delivery, theirs, body, digest, enveloped=had_parameters)
    if had_parameters:
        del body["parameters"]
    return Event(
        id=readable(identity, digest),
        identity=identity,
        digest=digest,
        exchange=origin.exchange,
        routing_key=origin.routing_key,
        body=body,
        headers=theirs,
        time=origin.first_seen or as_moment(properties.get("timestamp"), now) or now,
        attempt=origin.attempt,
        defects=origin.defects,
        only_flow=origin.only_flow,
        first_parked=origin.first_parked,
        reference=origin.reference,
        had_parameters=had_parameters,
    )


def _refuse_malformed(delivery: Delivery) -> None:
    if not delivery.readable:
        detail = "routing key, properties or headers are malformed"
        raise UnusableError(Reason.INVALID_VALUE, detail)


def _has_parameters(body: Mapping[str, Any]) -> bool:
    # Without an envelope's other members, `parameters` are some publisher's own word.
    return "parameters" in body and any(name in body for name in _ENVELOPED)


def _refuse_encoded(encoding: Any, received: Mapping[str, Any]) -> None:
    # kombu says so in a header. Nothing is expanded: 58 kB can become 400 MB.
    for where, said in (
        ("content_encoding", encoding),
        ("header compression", received.get("compression")),
    ):
        if said is None or said is False:
            continue
        if not isinstance(said, str) or _BETWEEN.sub("", said).lower() not in _PLAIN:
            detail = f"the body is compressed or encoded, by its {where}"
            raise UnusableError(Reason.NOT_JSON, detail)
