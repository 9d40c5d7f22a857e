"""How a configuration reads deliveries: one value, for whoever does as the daemon does."""

from __future__ import annotations

from typing import NamedTuple

from smsherald.events.chosen import Chosen
from smsherald.events.decode import decode
from smsherald.model import Delivery, Event


class Reading(NamedTuple):
    """What settings say of it. Two that are equal read alike."""

    exchange: str
    """The shop's: `broker.exchange`."""
    max_body: int
    """Bytes."""
    identity: tuple[Chosen, ...]
    """Where the operator says that identities stand."""

    def of(self, delivery: Delivery, now: float) -> Event:
        """Read a delivery at `now`, in seconds since the epoch; raises as `decode` does."""
        exchange, max_body, identity = self
        return decode(delivery, now=now, max_body=max_body, exchange=exchange, chosen=identity)
