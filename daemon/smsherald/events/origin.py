"""Which event a delivery is: its own words, or, of a copy, those that we wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.events import headers
from smsherald.events.identity import LONGEST_PART
from smsherald.events.names import MOST, is_name
from smsherald.events.plain import as_moment, is_whole
from smsherald.model import Delivery

_DEFAULT_EXCHANGE = ""
"""AMQP's own, which leads to a queue by its name: what retry queues give back comes by it."""
_LONGEST = 255
"""Bytes of an AMQP name."""
_LONGEST_REFERENCE = 1600
"""Characters of what a template makes."""
_MOST = 1_000_000
_SKEW = 86_400.0
"""Seconds by which a clock of ours may be ahead of another."""
_PARTS = (2, 3)
"""An identity's: the rule, and what it found."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a copy must not forget. All of it is bounded: anybody can write headers."""

    exchange: str
    routing_key: str
    identity: tuple[str, ...] | None = None
    """None where the delivery's own properties and body say it."""
    names: tuple[str, ...] = ()
    """What the kind of the event is called; of no meaning without an `identity`."""
    first_seen: float | None = None
    """When the event happened, as it was first found. Seconds since the epoch."""
    attempt: int = 0
    defects: int = 0
    only_flow: str | None = None
    first_parked: float | None = None
    """When it was parked for the first time, of what a person has brought again."""
    reference: str | None = None
    """What a flow called it then."""
    ledger: str | None = None
    """The id of the one that knows what has become of the event so far."""


def origin_of(delivery: Delivery, now: float) -> Origin:
    """Return what a delivery was at first.

    Our own headers are believed only if it came by the default exchange: only copies take that
    way. `now` is in seconds since the epoch: nothing was seen later.
    """
    received = delivery.properties.get("headers") or {}
    routing_key = _text(received.get(headers.ROUTING_KEY))
    if delivery.exchange != _DEFAULT_EXCHANGE or routing_key is None:
        return Origin(delivery.exchange, _encodable(delivery.routing_key))
    return Origin(
        exchange=_text(received.get(headers.EXCHANGE)) or "",
        routing_key=routing_key,
        identity=_identity(received.get(headers.IDENTITY)),
        names=_names(received.get(headers.TYPES)),
        first_seen=as_moment(received.get(headers.FIRST_SEEN), now),
        attempt=_count(received.get(headers.ATTEMPT)),
        defects=_count(received.get(headers.DEFECTS)),
        only_flow=_text(received.get(headers.FLOW)) or None,
        # A parked event is known by it, and the clock that wrote it may be ahead of this one.
        first_parked=as_moment(received.get(headers.FIRST_PARKED), now + _SKEW),
        reference=_text(received.get(headers.REFERENCE), _LONGEST_REFERENCE) or None,
        ledger=ledger_of(delivery),
    )


def ledger_of(delivery: Delivery) -> str | None:
    """Return the `ledger` of a delivery's origin, without the rest: every delivery is asked."""
    if delivery.exchange != _DEFAULT_EXCHANGE:
        return None
    return _text(delivery.properties["headers"].get(headers.LEDGER)) or None


def written(origin: Origin) -> Mapping[str, Any]:
    """Return the headers that `origin_of` reads."""
    said: dict[str, Any] = {
        headers.EXCHANGE: origin.exchange,
        headers.ROUTING_KEY: origin.routing_key,
        headers.ATTEMPT: origin.attempt,
    }
    if origin.identity is not None:
        said[headers.IDENTITY] = json.dumps(origin.identity)
    if origin.names:
        said[headers.TYPES] = json.dumps(origin.names)
    if origin.first_seen is not None:
        said[headers.FIRST_SEEN] = origin.first_seen
    if origin.defects:
        said[headers.DEFECTS] = origin.defects
    if origin.only_flow is not None:
        said[headers.FLOW] = origin.only_flow
    if origin.first_parked is not None:
        said[headers.FIRST_PARKED] = origin.first_parked
    if origin.reference is not None:
        said[headers.REFERENCE] = origin.reference
    if origin.ledger is not None:
        said[headers.LEDGER] = origin.ledger
    return said


def _identity(value: Any) -> tuple[str, ...] | None:
    parts = _texts(value)
    if len(parts) not in _PARTS or any(len(part) > LONGEST_PART for part in parts):
        return None
    return parts


def _names(value: Any) -> tuple[str, ...]:
    return tuple(filter(is_name, _texts(value)))[:MOST]


def _texts(value: Any) -> tuple[str, ...]:
    """Read a list of texts, as we wrote it in JSON; none where it is anything else."""
    try:
        texts = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return ()
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return ()
    return tuple(texts)


def _text(value: Any, longest: int = _LONGEST) -> str | None:
    return _encodable(value[:longest]) if isinstance(value, str) else None


def _count(value: Any) -> int:
    return min(max(value, 0), _MOST) if is_whole(value) else 0


def _encodable(text: str) -> str:
    """Replace lone surrogates, which AMQP's short strings can hold and nothing else."""
    return text if text.isascii() else text.encode(errors="replace").decode()
