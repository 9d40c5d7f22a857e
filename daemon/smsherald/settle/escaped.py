"""Deliveries on which something of ours failed outside of all that is guarded.

Each ended its session, and comes again. What does so a second time is not tried a third time: all
that was delivered beside it would come again with it, until the broker has enough of that.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from smsherald.events import body_digest
from smsherald.model import Delivery

TOO_OFTEN = 2
"""Sessions that one delivery may end."""
MOST = 1000
"""Deliveries that are remembered."""

_Key: TypeAlias = tuple[str, Any, Any]


class Escaped:
    """Counts them until they are settled."""

    def __init__(self) -> None:
        self._times: dict[_Key, int] = {}

    def note(self, delivery: Delivery) -> None:
        """Count one more."""
        key = _key(delivery)
        times = self._times.pop(key, 0)
        if len(self._times) >= MOST:
            del self._times[next(iter(self._times))]
        self._times[key] = times + 1

    def too_often(self, delivery: Delivery) -> bool:
        """Say whether it has ended as many sessions as it may."""
        return bool(self._times) and self._times.get(_key(delivery), 0) >= TOO_OFTEN

    def forget(self, delivery: Delivery) -> None:
        """Take note that it is settled."""
        if self._times:
            self._times.pop(_key(delivery), None)


def _key(delivery: Delivery) -> _Key:
    """Tell deliveries apart without trusting anything to be readable."""
    properties = delivery.properties
    digest = body_digest(delivery.routing_key, delivery.body)
    return digest, properties.get("app_id"), properties.get("message_id")
