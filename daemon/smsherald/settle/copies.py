"""Copies of a delivery: the one that comes again later, and the one that waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from smsherald.events import Origin, headers, written
from smsherald.model import Defect, Delivery
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


@dataclass(frozen=True, slots=True)
class RetryCopy:
    """The event comes again after this tier's delay."""

    tier: int
    message: Message


@dataclass(frozen=True, slots=True)
class ParkedCopy:
    """The event, or one flow's part of it, waits for a person."""

    message: Message


def retry_copy(delivery: Delivery, origin: Origin, tier: int) -> RetryCopy:
    """Return the copy that comes again after this tier's delay."""
    return RetryCopy(tier, _copy(delivery, written(origin)))


def parked_copy(delivery: Delivery, origin: Origin, defect: Defect, at: str) -> ParkedCopy:
    """Return the copy for the parked queue; `at` is RFC 3339."""
    ours: dict[str, Any] = {
        **written(replace(origin, only_flow=defect.flow or origin.only_flow)),
        headers.REASON: defect.reason.value,
        headers.DETAIL: defect.detail,
        headers.PARKED_AT: at,
    }
    if defect.reference is not None:
        ours[headers.REFERENCE] = defect.reference
    return ParkedCopy(_copy(delivery, ours))


def replayed_copy(delivery: Delivery, origin: Origin) -> Message:
    """Return a parked message as it comes again: as a retry copy does, with all its attempts."""
    return _copy(delivery, written(replace(origin, attempt=0, defects=0)))


def _copy(delivery: Delivery, ours: Mapping[str, Any]) -> Message:
    """Copy the body as it came, what is the publisher's, and our headers.

    Never the broker's: it takes a copied `x-death` for a cycle and drops the message, and would
    deliver by `CC`.
    """
    properties = {name: delivery.properties[name] for name in KEPT if name in delivery.properties}
    received = headers.publishers(delivery.properties["headers"])
    theirs = (
        {name: _writable(value) for name, value in received.items()}
        if headers.are_carried(received)
        else {}
    )
    properties |= {"delivery_mode": PERSISTENT, "headers": {**theirs, **ours}}
    bare = {"delivery_mode": PERSISTENT, "headers": ours}
    return Message(delivery.body, properties, bare)


def _writable(value: Any) -> Any:
    """Leave out of a table what came with a name that is not UTF-8: it cannot be written."""
    match value:
        case dict():
            return {name: _writable(it) for name, it in value.items() if isinstance(name, str)}
        case list():
            return [_writable(it) for it in value]
        case _:
            return value
