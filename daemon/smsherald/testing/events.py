"""Events as a publisher hands them to the broker."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from smsherald.events.recorded import is_recorded, recorded
from smsherald.model import Delivery
from smsherald.settle.port import Message

PROPERTIES: Final = frozenset(
    {
        *("app_id", "cluster_id", "content_encoding", "content_type", "correlation_id"),
        *("delivery_mode", "expiration", "message_id", "priority", "reply_to", "timestamp"),
        *("type", "user_id"),
    }
)
"""AMQP's basic properties, but `headers`."""


def an_event_with(
    body: object, headers: Mapping[str, Any], properties: Mapping[str, Any]
) -> Message:
    """Return one; bytes are its body as they are, anything else as JSON.

    Raises ValueError for a property that AMQP does not have, TypeError for what is no JSON.
    """
    if wrong := sorted(properties.keys() - PROPERTIES):
        message = f"properties: {', '.join(wrong)}: AMQP has {', '.join(sorted(PROPERTIES))}"
        raise ValueError(message)
    given = {**properties, "headers": dict(headers)}
    if isinstance(body, bytes):
        return Message(body, given)
    return Message(json.dumps(body).encode(), {"content_type": "application/json", **given})


def recorded_in(file: Path) -> Iterator[Delivery]:
    """Yield the events that `smsherald tap` has written, a line each.

    Raises ValueError, with the line, for what is no such event.
    """
    # A text's lines end at signs, too, that may stand in JSON.
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            yield _read(line, f"{file}:{number}")


def _read(line: bytes, place: str) -> Delivery:
    try:
        data = json.loads(line.decode("utf-8-sig"))
        if is_recorded(data):
            return recorded(data).delivery
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    raise ValueError(f"{place}: is no event as `smsherald tap` writes it")
