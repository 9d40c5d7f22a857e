"""Events as a publisher hands them to the broker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

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
