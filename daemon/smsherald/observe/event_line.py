"""The one line that every event leaves in the log."""

from __future__ import annotations

import logging
from typing import Any, TypeAlias, assert_never

from structlog.typing import FilteringBoundLogger

from smsherald.errors import Reason
from smsherald.model import (
    Defect,
    Deferred,
    Duplicate,
    Ended,
    Event,
    EventOutcome,
    Failed,
    Outcome,
    Parked,
    Sent,
    Settlement,
    Skipped,
    Sms,
    SmsEvent,
)
from smsherald.sms.phone import mask

_Fields: TypeAlias = dict[str, Any]


def event_line(
    log: FilteringBoundLogger,
    event: Event | None,
    settlement: Settlement,
    *,
    routing_key: str,
    duration: float,
    age: float | None,
) -> dict[str, Any]:
    """Write what became of one delivery, and return it; its fields are in the documentation.

    `event` is None where the bytes were no event, `age` where nobody knows it; both times in
    seconds. A text is never shown, a number by its first and last digits only. One SMS, SMS event
    or defect has its fields in the line itself, several stand in the list `smses`. It is a
    warning where a person should look: something parked or failed, no queue takes what a flow
    publishes, or Twilio waits for one.
    """
    fields: _Fields = {"outcome": settlement.outcome}
    if event is None:
        fields["routing_key"] = routing_key
    else:
        fields["event_id"] = event.id
        fields["routing_key"] = event.routing_key
        fields["attempt"] = event.attempt
    parts = [of_sms(sms, outcome) for sms, outcome in settlement.results]
    parts += [_published(it, routed=it not in settlement.returned) for it in settlement.published]
    parts += map(_defect, settlement.defects)
    if len(parts) == 1:
        fields |= parts[0]
    elif parts:
        fields["smses"] = parts
    if settlement.why is not None:
        fields["reason"] = settlement.why.reason
    fields["duration_ms"] = round(duration * 1000, 1)
    if age is not None:
        fields["age_ms"] = round(age * 1000, 1)
    log.log(_level(settlement), "event", **fields)
    return fields


def _level(settlement: Settlement) -> int:
    if (
        settlement.outcome is EventOutcome.PARKED
        or settlement.returned
        or any(_needs_a_person(outcome) for _, outcome in settlement.results)
    ):
        return logging.WARNING
    return logging.INFO


def _needs_a_person(outcome: Outcome) -> bool:
    """Say whether one should look. Twilio's refusal has a code; our own pause mends itself."""
    match outcome:
        case Failed() | Deferred(reason=Reason.HELD):
            return True
        case Deferred(reason=Reason.PAUSED, code=code):
            return code is not None
        case _:
            return False


def of_sms(sms: Sms, outcome: Outcome) -> dict[str, Any]:
    """Return what the line says of one SMS."""
    fields: _Fields = {
        "flow": sms.flow,
        "sms": outcome.word,
        "account": sms.asked.account,
        "to": mask(sms.asked.to),
        "text_length": len(sms.asked.text),
    }
    if sms.reference is not None:
        fields["reference"] = sms.reference
    match outcome:
        case Sent() | Failed() | Skipped():
            fields |= _ended(outcome)
        case Duplicate():
            fields |= _earlier(outcome)
        case Parked():
            fields["reason"] = outcome.reason
            fields["detail"] = outcome.detail
        case Deferred():
            fields["reason"] = outcome.reason
            if outcome.code is not None:
                fields["twilio_code"] = outcome.code
            if outcome.failure is not None:
                fields["failure"] = outcome.failure
            if outcome.wait is not None:
                fields["wait_s"] = round(outcome.wait, 1)
        case _:
            assert_never(outcome)
    return fields


def _earlier(duplicate: Duplicate) -> _Fields:
    fields: _Fields = {"earlier": duplicate.ended.word}
    if duplicate.other is not None:
        fields["earlier_event_id"] = duplicate.other.event_id
        if duplicate.other.reference is not None:
            fields["earlier_reference"] = duplicate.other.reference
    return fields | _ended(duplicate.ended)


def _published(sms_event: SmsEvent, *, routed: bool) -> _Fields:
    fields: _Fields = {
        "flow": sms_event.flow,
        "sms": SmsEvent.word if routed else Deferred.word,
        "to": mask(sms_event.to),
        "published": sms_event.routing_key,
    }
    if sms_event.reference is not None:
        fields["reference"] = sms_event.reference
    return fields if routed else {**fields, "reason": Reason.UNROUTABLE}


def _ended(ended: Ended) -> _Fields:
    match ended:
        case Sent():
            return {"sid": ended.sid}
        case Failed() if ended.code is not None:
            return {"reason": ended.reason, "twilio_code": ended.code}
        case Failed() | Skipped():
            return {"reason": ended.reason}
        case _:
            assert_never(ended)


def _defect(defect: Defect) -> _Fields:
    fields: _Fields = {"reason": defect.reason, "detail": defect.detail}
    if defect.reference is not None:
        fields["reference"] = defect.reference
    return fields if defect.flow is None else {"flow": defect.flow, "sms": Parked.word, **fields}
