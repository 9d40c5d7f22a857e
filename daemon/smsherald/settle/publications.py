"""All that must be confirmed before a delivery is acked: made here, sent by `publisher.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from smsherald.errors import Reason
from smsherald.events import Origin, body_digest, origin_of
from smsherald.model import (
    Defect,
    Deferred,
    Delivery,
    Event,
    EventOutcome,
    Failed,
    Parked,
    Sent,
    Settlement,
    Skipped,
)
from smsherald.settle import tiers
from smsherald.settle.copies import ParkedCopy, RetryCopy, parked_copy, retry_copy
from smsherald.settle.notifications import Notification, Notifications, Subject, rfc3339

Publication: TypeAlias = Notification | RetryCopy | ParkedCopy


class Publications:
    """Turns settlements into publications.

    `delays` are those of the retry tiers in seconds, `ledger` is the id of the one that knows what
    has become of an event so far: its copies name it.
    """

    def __init__(
        self, notifications: Notifications, delays: tuple[float, ...], ledger: str
    ) -> None:
        self._notifications = notifications
        self._delays = delays
        self._ledger = ledger

    def about(
        self, delivery: Delivery, event: Event | None, settlement: Settlement, now: float
    ) -> list[Publication]:
        """Return them; `event` is None where the bytes could not be read as one.

        Every SMS that has ended is told. A deferred event comes again whole; a parked one
        leaves a copy for each flow that failed.
        """
        publications: list[Publication] = [
            self._notifications.of_sms(sms, outcome)
            for sms, outcome in settlement.results
            if isinstance(outcome, Sent | Failed | Skipped)
        ]
        if event is not None and settlement.outcome is EventOutcome.DEFERRED:
            publications.append(self._retry(delivery, event, settlement))
        elif settlement.outcome is EventOutcome.PARKED:
            at = rfc3339(now)
            for defect in defects(settlement):
                publications += self._parked(delivery, event, defect, at, now)
        return publications

    def _retry(self, delivery: Delivery, event: Event, settlement: Settlement) -> RetryCopy:
        deferred = [outcome for _, outcome in settlement.results if isinstance(outcome, Deferred)]
        if settlement.why is not None:
            deferred.append(settlement.why)
        counts = any(outcome.counts for outcome in deferred)
        origin = replace(
            origin_of_event(event),
            ledger=self._ledger,
            attempt=event.attempt + counts,
            defects=event.defects + any(it.reason is Reason.DEFECT for it in deferred),
        )
        # The earliest of several: the others are asked again with it, and go on waiting.
        tier = min((self._tier(outcome, event.attempt) for outcome in deferred), default=0)
        return retry_copy(delivery, origin, tier)

    def _tier(self, deferred: Deferred, attempt: int) -> int:
        if deferred.tried:
            return tiers.not_before(self._delays, deferred.wait, attempt if deferred.counts else 0)
        return tiers.about(self._delays, deferred.wait or 0.0)

    def _parked(
        self, delivery: Delivery, event: Event | None, defect: Defect, at: str, now: float
    ) -> list[Publication]:
        if event is None:
            origin = origin_of(delivery, now)
            key = origin.routing_key
            subject = Subject(delivery.properties.get("message_id"), key, origin.attempt)
            identity = origin.identity or ("body", body_digest(key, delivery.body))
        else:
            origin = origin_of_event(event)
            subject = Subject(event.id, event.routing_key, event.attempt)
            identity = event.identity
        return [
            parked_copy(delivery, replace(origin, ledger=self._ledger), defect, at),
            self._notifications.parked(subject, identity, defect, at),
        ]


def origin_of_event(event: Event) -> Origin:
    """Return what a copy of an event must not forget."""
    return Origin(
        event.exchange,
        event.routing_key,
        event.identity,
        event.time,
        event.attempt,
        event.defects,
        event.only_flow,
        event.first_parked,
        event.reference,
    )


def defects(settlement: Settlement) -> list[Defect]:
    """Return what was parked, for each flow that failed the first that was wrong.

    That is what no SMS could be made of, or what the ledger refused. A flow of several SMSes
    leaves one copy all the same: a replay brings all of them.
    """
    refused = [
        Defect(sms.flow, outcome.reason, outcome.detail, sms.reference)
        for sms, outcome in settlement.results
        if isinstance(outcome, Parked)
    ]
    first: dict[str | None, Defect] = {}
    for defect in (*settlement.defects, *refused):
        first.setdefault(defect.flow, defect)
    return list(first.values())
