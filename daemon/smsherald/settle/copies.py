"""Copies of a delivery: the one that comes again later, and the one that waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.events import headers
from smsherald.model import Defect, Delivery, Event
from smsherald.settle.port import PERSISTENT, Message

KEPT = (
    "content_type",
    "content_encoding",
    "message_id",
    "app_id",
    "type",
    "timestamp",
    "correlation_id",
)
"""The properties that a copy keeps. Never `user_id` (the broker closes the channel on a foreign
one), `expiration` and `reply_to`, which were about the first publish."""

LARGEST_HEADERS = 64_000
"""Characters of a publisher's headers that a copy carries: with more, and with ours, they would
not fit into one frame, and the broker would close the connection."""


@dataclass(frozen=True, slots=True)
class RetryCopy:
    """The event comes again after this tier's delay."""

    tier: int
    message: Message


@dataclass(frozen=True, slots=True)
class ParkedCopy:
    """The event, or one flow's part of it, waits for a person."""

    message: Message


def retry_copy(
    delivery: Delivery, event: Event, tiers: tuple[float, ...], wait: float | None, *, counts: bool
) -> RetryCopy:
    """Return the copy in the shortest tier not shorter than `wait` seconds, else the longest.

    Without a wait the tiers grow with the attempts. `counts` makes it one attempt more.
    """
    last = len(tiers) - 1
    if wait is None:
        tier = min(event.attempt, last)
    else:
        tier = next((i for i, delay in enumerate(tiers) if delay >= wait), last)
    ours: dict[str, Any] = {
        headers.ROUTING_KEY: event.routing_key,
        headers.ATTEMPT: event.attempt + counts,
        headers.FIRST_SEEN: event.time,
    }
    if event.only_flow is not None:
        ours[headers.FLOW] = event.only_flow
    return RetryCopy(tier, _copy(delivery, ours))


def parked_copy(delivery: Delivery, routing_key: str, defect: Defect, at: str) -> ParkedCopy:
    """Return the copy for the parked queue; `at` is RFC 3339."""
    ours: dict[str, Any] = {
        headers.ROUTING_KEY: routing_key,
        headers.REASON: defect.reason.value,
        headers.DETAIL: defect.detail,
        headers.PARKED_AT: at,
    }
    if defect.flow is not None:
        ours[headers.FLOW] = defect.flow
    return ParkedCopy(_copy(delivery, ours))


def _copy(delivery: Delivery, ours: Mapping[str, Any]) -> Message:
    """Copy the body as it came, what is the publisher's, and our headers.

    Never the broker's: it takes a copied `x-death` for a cycle and drops the message, and would
    deliver by `CC`.
    """
    properties = {name: delivery.properties[name] for name in KEPT if name in delivery.properties}
    received = headers.publishers(delivery.properties["headers"])
    theirs = {name: _writable(value) for name, value in received.items()}
    if len(repr(theirs)) > LARGEST_HEADERS:
        theirs = {}
    properties |= {"delivery_mode": PERSISTENT, "headers": {**theirs, **ours}}
    return Message(delivery.body, properties)


def _writable(value: Any) -> Any:
    """Leave out of a table what came with a name that is not UTF-8: it cannot be written."""
    match value:
        case dict():
            return {name: _writable(it) for name, it in value.items() if isinstance(name, str)}
        case list():
            return [_writable(it) for it in value]
        case _:
            return value
