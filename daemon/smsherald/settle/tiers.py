"""Which retry tier a deferred event waits in; tiers are seconds, the shortest first."""

from __future__ import annotations

from collections.abc import Sequence


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


def as_soon_as(tiers: Sequence[float], wait: float) -> int:
    """Return the longest tier not longer than `wait` seconds, else the shortest.

    What may be sent in an hour is asked for until then, and is not late by most of another.
    """
    return max((i for i, delay in enumerate(tiers) if delay <= wait), default=0)
