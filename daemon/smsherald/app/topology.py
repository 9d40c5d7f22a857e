"""What must stand on the broker, by the settings and the flows."""

from __future__ import annotations

from smsherald.app.live import Live
from smsherald.broker.topology import Topology
from smsherald.settings.values import Settings


def topology(settings: Settings, live: Live) -> Topology:
    """Return it."""
    return Topology(
        exchange=settings.broker.exchange,
        queue=settings.broker.queue,
        tiers=settings.retry.tiers,
        notifications=settings.notifications.exchange,
        keys=live.flows.keys,
        own=settings.broker.declare,
    )
