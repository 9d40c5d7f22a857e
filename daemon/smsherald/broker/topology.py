"""What must stand on a broker: exchanges, the queue, its bindings, retry tiers, parked queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DELIVERY_LIMIT = 1000
"""Every lost connection counts against all that was prefetched; RabbitMQ 4's default of 20 parks
healthy events after a bad hour."""
LOOKS = 2_147_483_647
"""The same of the parked queue: each look counts as a delivery, and must not take what is looked
at. The largest that RabbitMQ takes; -1, "none", loses it at the second look on 3.10."""

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))
_QUORUM = {"x-queue-type": "quorum"}
_SAFE = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


def duration_name(seconds: float) -> str:
    """Write a duration as an operator would: 5.0 is `5s`, 120.0 is `2m`, 0.25 is `250ms`."""
    milliseconds = round(seconds * 1000)
    size, unit = next(unit for unit in _UNITS if milliseconds % unit[0] == 0)
    return f"{milliseconds // size}{unit}"


@dataclass(frozen=True, slots=True)
class Topology:
    """The names of all that we use. The queue's own names derive from `queue`."""

    exchange: str
    queue: str
    tiers: tuple[float, ...]
    notifications: str
    keys: frozenset[str]
    """The routing key patterns that the flows subscribe to."""
    own: bool
    """False (`broker.declare: false`): the broker is somebody else's; only look."""
    others: frozenset[tuple[str, str]] = frozenset()
    """Exchanges that others declare, and the patterns by which flows subscribe to them."""
    publishes: bool = False
    """Whether flows publish events of their own to `exchange`."""

    @property
    def parked(self) -> str:
        """Return the queue of what waits for a person."""
        return f"{self.queue}.parked"

    def retry(self, tier: int) -> str:
        """Return the queue whose messages come back after this tier's delay."""
        return f"{self.queue}.retry.{duration_name(self.tiers[tier])}"

    @property
    def bindings(self) -> frozenset[tuple[str, str]]:
        """Return all that the queue is bound to: exchanges and routing key patterns."""
        return self.others | {(self.exchange, key) for key in self.keys}

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Return the topic exchanges: of events, and of notifications."""
        return tuple(dict.fromkeys((self.exchange, self.notifications)))

    @property
    def queues(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the queues with their arguments, each after those that it dead-letters to."""
        queues = {self.parked: {**_QUORUM, "x-delivery-limit": LOOKS}}
        for tier, seconds in enumerate(self.tiers):
            queues[self.retry(tier)] = {
                **_QUORUM,
                "x-message-ttl": round(seconds * 1000),
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self.queue,
                **_SAFE,
            }
        queues[self.queue] = {
            **_QUORUM,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.parked,
            **_SAFE,
        }
        return queues
