"""What became of an event, in the words of the terminal, for the page that published it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from smsherald.model import (
    Deferred,
    Duplicate,
    EventOutcome,
    Failed,
    Outcome,
    Parked,
    Sent,
    Settlement,
    Skipped,
)
from smsherald.sandbox.publishing.progress import Fate

_ENDED = frozenset({Sent.word, Failed.word, Skipped.word})
IGNORED = "no flow makes a text of it"


def fates(settlement: Settlement, before: Mapping[str, Fate]) -> dict[str, Fate]:
    """Return what is known of an event's texts once a delivery of it is settled.

    `before` is what was known of an earlier delivery: a text that had ended then is a duplicate
    in every later one, and what was parked then is only parked with the event.
    """
    known = {key: it for key, it in before.items() if it.word in _ENDED}
    again = settlement.outcome is EventOutcome.DEFERRED
    for sms, outcome in settlement.results:
        if not (again and isinstance(outcome, Parked)):
            known.setdefault(sms.key, _fate(sms.asked.to, outcome))
    for sms_event in settlement.published:
        if sms_event not in settlement.returned:
            known[sms_event.key] = Fate(sms_event.word, sms_event.routing_key, sms_event.to)
    for defect in () if again else settlement.defects:
        parked = Fate(Parked.word, f"{defect.reason}: {defect.detail}")
        known.setdefault(f"flow {defect.flow}", parked)
    if settlement.why is not None:
        known["event"] = Fate(Deferred.word, why(settlement.why))
    if settlement.outcome is EventOutcome.IGNORED:
        known["event"] = Fate(EventOutcome.IGNORED, IGNORED)
    return known


def _fate(to: str, outcome: Outcome) -> Fate:
    if isinstance(outcome, Sent):
        return Fate(outcome.word, "", to, outcome.sid)
    if not isinstance(outcome, Duplicate):
        return Fate(outcome.word, why(outcome), to)
    ended = outcome.ended
    if isinstance(ended, Sent):
        return Fate(outcome.word, why(outcome), to, ended.sid)
    return Fate(outcome.word, f"{why(outcome)}, {why(ended)}", to)


def why(outcome: Outcome) -> str:
    """Say in a few words what an outcome rests on; of a text that was sent it is the SID."""
    match outcome:
        case Sent():
            return outcome.sid
        case Failed(code=code, reason=reason):
            return f"{reason}, Twilio's error {code}" if code else reason
        case Duplicate(ended=ended, other=other):
            whose = "" if other is None else f", for {other.reference or other.event_id}"
            return f"{ended.word} before{whose}"
        case Skipped(reason=reason) | Deferred(reason=reason):
            return reason
        case Parked(reason=reason, detail=detail):
            return f"{reason}: {detail}"
        case _:
            assert_never(outcome)
