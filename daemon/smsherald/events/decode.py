"""From a delivery to an event: nothing of it is believed before it was looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from smsherald.errors import Reason, UnusableError
from smsherald.events import cloudevents, headers
from smsherald.events.chosen import Chosen
from smsherald.events.cloudevents import text_of
from smsherald.events.identity import body_digest, by_body, identify, readable
from smsherald.events.names import names_of
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


def decode(
    delivery: Delivery,
    *,
    now: float,
    max_body: int,
    exchange: str | None = None,
    chosen: Sequence[Chosen] = (),
) -> Event:
    """Read a delivery. `now` is in seconds since the epoch, `max_body` in bytes.

    `exchange` is the shop's: what came by another, and only its body names, is told apart by that
    one's name as well; None makes no difference between them. `chosen` is where the operator says
    that identities stand.
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
    origin = origin_of(delivery, now)
    if "\0" in origin.routing_key:
        raise UnusableError(Reason.INVALID_VALUE, "the routing key holds a NUL character")
    had_parameters = isinstance(body, dict) and "parameters" in body and without_parameters(body)
    digest = body_digest(origin.routing_key, delivery.body)
    found = cloudevents.find(properties.get("content_type"), theirs, body)
    identity, names = origin.identity, origin.names
    if identity is None:
        names = names_of(properties, theirs, body, found)
        identity = identify(delivery, theirs, body, found, chosen, enveloped=had_parameters)
    if identity is None:
        another = None if exchange in (None, origin.exchange) else origin.exchange
        identity = by_body(digest, another, delivery.body, origin.routing_key)
    stamped = as_moment(properties.get("timestamp"), now)
    time = origin.first_seen or stamped or now
    source = text_of(properties.get("app_id")) or None
    # Older than `time`, a timestamp is the publisher's, of what a person has brought again;
    # younger it is a broker's, which stamps copies anew.
    happened = stamped if stamped is not None and stamped < time else None
    if found is not None:
        source, happened = found.text("source") or source, found.time() or happened
    return Event(
        id=readable(identity, digest),
        identity=identity,
        digest=digest,
        exchange=origin.exchange,
        routing_key=origin.routing_key,
        body=body,
        headers=theirs,
        time=time,
        attempt=origin.attempt,
        defects=origin.defects,
        only_flow=origin.only_flow,
        first_parked=origin.first_parked,
        reference=origin.reference,
        had_parameters=had_parameters,
        names=names,
        source=source,
        happened=happened,
    )


def _refuse_malformed(delivery: Delivery) -> None:
    if not delivery.readable:
        detail = "routing key, properties or headers are malformed"
        raise UnusableError(Reason.INVALID_VALUE, detail)


def without_parameters(body: dict[str, Any]) -> bool:
    """Take `parameters` out of what has some, if it is an envelope; say whether it is."""
    # Without an envelope's other members, they are some publisher's own word.
    if not any(name in body for name in _ENVELOPED):
        return False
    del body["parameters"]
    return True


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
