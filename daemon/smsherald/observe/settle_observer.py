"""Log, metrics, recent lines and health of what becomes of deliveries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

import structlog

from smsherald.model import Deferred, Delivery, Event, EventOutcome, Line, Parked, Settlement
from smsherald.observe.event_line import event_line
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.recent import Recent
from smsherald.ports import Clock
from smsherald.settle.copies import RetryCopy
from smsherald.settle.notifications import Notification
from smsherald.settle.publications import Publication, defects

DANGER = 600.0
"""Seconds that the danger of a second text is said after its last sign."""

OnSettled: TypeAlias = Callable[[Delivery, Event | None, Settlement], None]


class SettleObserver:
    """Counts each settled delivery, writes its one line, and tells `on_settled`.

    `delays` are those of the retry tiers, in seconds.
    """

    def __init__(
        self,
        health: Health,
        metrics: Metrics,
        recent: Recent,
        clock: Clock,
        on_settled: OnSettled | None = None,
        *,
        delays: Sequence[float] = (),
    ) -> None:
        self._health = health
        self._metrics = metrics
        self._recent = recent
        self._clock = clock
        self._on_settled = on_settled
        self._delays = delays
        self._log = structlog.get_logger().bind()
        self._warned = False
        self.notified = metrics.notified
        self.waiting(0)
        health.problem("queue", None)

    def settled(
        self,
        delivery: Delivery,
        event: Event | None,
        settlement: Settlement,
        publications: Collection[Publication],
        duration: float,
    ) -> None:
        """Take note of a delivery that was acked; `duration` in seconds."""
        now = self._clock.now()
        age = max(0.0, now - event.time) if event is not None else 0.0
        if event is not None and event.had_parameters and not self._warned:
            self._warned = True
            self._log.warning(
                "parameters_ignored", event_id=event.id, routing_key=event.routing_key
            )
        self._count(settlement, publications)
        self._metrics.event(settlement.outcome, age, duration)
        fields = event_line(
            self._log,
            event,
            settlement,
            routing_key=delivery.routing_key,
            duration=duration,
            age=age if event is not None else None,
        )
        identified_by = None if event is None else event.identity[0]
        again = self._again(publications, now)
        self._recent.settled(Line(now, fields, identified_by, again), settlement)
        if self._on_settled is not None:
            self._on_settled(delivery, event, settlement)

    def unexpected(self, event: Event | None, error: Exception) -> None:
        """Log a defect of ours, with where it came from."""
        event_id = event.id if event else None
        self._log.error("unexpected", event_id=event_id, exc_info=error)

    def another_ledger(self, why: str) -> None:
        """Warn, and say it in health while signs of it come."""
        if self._health.components["queue"] != why:
            self._log.warning("another_ledger", why=why)
        self._health.problem("queue", why, lasts=DANGER)

    def refused(self, publications: int, wait: float) -> None:
        """Log that the broker would not take what is about an event."""
        self._log.warning("publish_refused", publications=publications, retry_seconds=wait)

    def waiting(self, events: int) -> None:
        """Say in health how many events wait for the broker to take what is about them."""
        problem = (
            f"the broker refuses what is published; events that wait for it: {events}; see to its "
            "disk, to queues that are full, and, with notifications.mandatory, to one that is bound"
        )
        self._health.problem("publisher", problem if events else None)

    def _again(self, publications: Collection[Publication], now: float) -> float | None:
        """Return when it comes again."""
        for publication in publications:
            if isinstance(publication, RetryCopy) and publication.tier < len(self._delays):
                return now + self._delays[publication.tier]
        return None

    def _count(self, settlement: Settlement, publications: Collection[Publication]) -> None:
        for publication in publications:
            if isinstance(publication, Notification):
                self._metrics.notified(publication.routing_key)
        match settlement.outcome:
            case EventOutcome.DEFERRED:
                self._count_deferred(settlement)
            case EventOutcome.PARKED:
                self._count_smses(settlement)
                self._count_parked(settlement)
            case _:
                self._count_smses(settlement)

    def _count_smses(self, settlement: Settlement) -> None:
        for sms, outcome in settlement.results:
            self._metrics.sms(sms.flow, outcome)

    def _count_deferred(self, settlement: Settlement) -> None:
        """Leave out what is parked: it comes again with the event, and counts then."""
        for sms, outcome in settlement.results:
            if not isinstance(outcome, Parked):
                self._metrics.sms(sms.flow, outcome)
            if isinstance(outcome, Deferred):
                self._metrics.retried(outcome.reason)
        if settlement.why is not None:
            self._metrics.retried(settlement.why.reason)

    def _count_parked(self, settlement: Settlement) -> None:
        for defect in defects(settlement):
            self._metrics.parked(defect.reason)
        for defect in settlement.defects:
            if defect.flow is not None:
                self._metrics.sms(defect.flow, Parked(defect.reason, defect.detail))
