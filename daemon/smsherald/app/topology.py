"""What must stand on the broker, by the settings and the flows."""

from __future__ import annotations

from smsherald.app.live import Live
from smsherald.broker.topology import Topology


def topology(live: Live) -> Topology:
    """Return it; of two such values of one daemon only the keys ever differ."""
    settings = live.settings
    return Topology(
        exchange=settings.broker.exchange,
        queue=settings.broker.queue,
        tiers=settings.retry.tiers,
        notifications=settings.notifications.exchange,
        keys=live.flows.keys,
        own=settings.broker.declare,
        others=live.flows.others,
        publishes=live.flows.publishes,
    )
