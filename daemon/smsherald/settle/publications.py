"""All that must be confirmed before a delivery is acked: made here, sent by `publisher.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import uuid5

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
    SmsEvent,
)
from smsherald.settle import tiers
from smsherald.settle.copies import ParkedCopy, RetryCopy, parked_copy, retry_copy
from smsherald.settle.notifications import (
    NAMESPACE,
    Notification,
    Notifications,
    Subject,
    rfc3339,
)
from smsherald.settle.port import PERSISTENT, Message


@dataclass(frozen=True, slots=True)
class SmsEventMessage:
    """An SMS event for the exchange that events come from."""

    sms_event: SmsEvent
    message: Message


Publication: TypeAlias = Notification | SmsEventMessage | RetryCopy | ParkedCopy


class Publications:
    """Turns settlements into publications.

    `delays` are those of the retry tiers in seconds, `ledger` is the id of the one that knows what
    has become of an event so far: its copies name it. `queue` is ours.
    """

    def __init__(
        self, notifications: Notifications, delays: tuple[float, ...], ledger: str, queue: str
    ) -> None:
        self._app_id = f"smsherald/{queue}"
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
        if settlement.outcome is EventOutcome.DEFERRED:
            assert event is not None  # noqa: S101 - without its copy it would be lost at the ack.
            publications.append(self._retry(delivery, event, settlement))
        elif settlement.outcome is EventOutcome.PARKED:
            at = rfc3339(now)
            for defect in defects(settlement):
                publications += self._parked(delivery, event, defect, at, now)
        return publications

    def of_sms_events(self, settlement: Settlement) -> list[SmsEventMessage]:
        """Return what flows publish in place of SMSes.

        An event that comes again, for another of its flows too, publishes it again. It has the same
        ids then, which the flow that sends it tells duplicates by; and the first event's time, so
        that what is late is late there too.
        """
        return [
            SmsEventMessage(
                each,
                Message(
                    json.dumps(each.body).encode(),
                    {
                        "content_type": "application/json",
                        "delivery_mode": PERSISTENT,
                        "app_id": self._app_id,
                        "message_id": str(uuid5(NAMESPACE, each.key)),
                        "correlation_id": each.event.id,
                        "timestamp": int(each.event.time),
                    },
                ),
            )
            for each in settlement.published
        ]

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
        event.names,
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
