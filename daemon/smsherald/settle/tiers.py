"""Which retry tier a deferred event waits in; tiers are seconds, the shortest first."""

from __future__ import annotations

from collections.abc import Sequence
from math import log


def not_before(tiers: Sequence[float], wait: float | None, least: int) -> int:
    """Return the shortest tier not shorter than `wait` seconds, else the longest.

    It is no shorter than the tier `least` either: what is not taken again and again is asked for
    ever more seldom, however soon it may be asked.
    """
    last = len(tiers) - 1
    tier = min(least, last)
    if wait is None:
        return tier
    return next((i for i, delay in enumerate(tiers) if delay >= wait and i >= tier), last)


def about(tiers: Sequence[float], wait: float) -> int:
    """Return the tier that is nearest to `wait` seconds: 5 is as far from 10 as 20 is."""
    return min(range(len(tiers)), key=lambda tier: abs(log(tiers[tier] / max(wait, 0.001))))
