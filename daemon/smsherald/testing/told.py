"""What a test reads of what was published about its events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from smsherald.settle.port import Message


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification, as its receivers get it."""

    routing_key: str
    """`sms.sent`, `sms.failed`, `sms.skipped`, `sms.held` or `sms.parked`."""
    data: Mapping[str, Any]
    """What it tells: `to`, `reference`, `reason`, …"""
    event: Mapping[str, Any]
    """All of it: a CloudEvent."""

    @classmethod
    def of(cls, routing_key: str, message: Message) -> Self:
        """Read one as it was published."""
        event = json.loads(message.body)
        return cls(routing_key, event["data"], event)
