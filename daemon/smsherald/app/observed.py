"""What all parts report to."""

from __future__ import annotations

import time
from dataclasses import dataclass

from smsherald.app.live import Live
from smsherald.observe.clock import SystemClock
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.recent import Recent
from smsherald.observe.status import Status
from smsherald.ports import Clock

COMPONENTS = ("ledger", "broker", "queue", "publisher", "twilio")
"""What can keep texts from going out, in the order of the status page."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Health, metrics, status, recent lines, and the clock that they go by."""

    clock: Clock
    health: Health
    metrics: Metrics
    status: Status
    recent: Recent


def observed(live: Live, clock: Clock | None = None) -> Observed:
    """Return them as they are before anything has started; the clock is the machine's.

    Or it is `clock`.
    """
    clock, metrics = clock or SystemClock(), Metrics(live.flows.ids)
    health = Health(COMPONENTS, time.monotonic)
    metrics.configured(clock.now())
    metrics.standing(
        ready=lambda: health.ready,
        alive=lambda: health.alive,
        doubts=lambda: len(health.doubts),
    )
    return Observed(clock, health, metrics, Status(), Recent())
