"""What is parked, and what a person does about it: by its reason."""

from __future__ import annotations

from typing import Final

from smsherald.errors import Foreign, Reason, word_of
from smsherald.model import Parked, ParkedEntry
from smsherald.timeline.commands import ID_DIGITS, command, explained, listing, replay
from smsherald.timeline.fates import Fate, Part, Rank, became_of, why_of
from smsherald.timeline.known import Became
from smsherald.timeline.words import moment, named

_NO_EVENT: Final = frozenset([Reason.TOO_LARGE, Reason.NOT_JSON, Reason.NOT_AN_OBJECT])

_MAY_BE_THE_EVENT: Final = frozenset(
    [
        Reason.MISSING_VALUE,
        Reason.INVALID_VALUE,
        Reason.BAD_NUMBER,
        Reason.EMPTY_TEXT,
        Reason.TEXT_TOO_LONG,
    ]
)


def of_parked_part(
    part: Part, event_id: str | None, at: float, now: float, *, listed: bool | None
) -> Fate:
    """Say what a daemon parked; `listed` is whether the ledger lists what is parked and has it."""
    look = listing(part.get("reference"), event_id)
    subject = _parked(part.get("flow"))
    said = f"was parked at {moment(at, now)}: {why_of(part)}; "
    if listed is False:
        said += (
            "by the ledger's list it is parked no more: somebody has brought it again or "
            f"dropped it ({look} looks into the queue itself)"
        )
        return Fate(Rank.IGNORED, subject, said, "parked no more", became_of(part, None))
    again = replay(part.get("reference"), event_id)
    said += (
        f"unless somebody has brought it again or dropped it ({look}), it waits for a person: "
        f"{_to_do(str(part.get('reason')), again, 'ID')}"
    )
    return Fate(Rank.PARKED, subject, said, "parked", became_of(part, Parked.word))


def of_entry(entry: ParkedEntry, now: float) -> Fate:
    """Say what is listed as parked."""
    since = "" if entry.at is None else f" since {moment(entry.at, now)}"
    reason = named(entry.reason) + (f": {named(entry.detail)}" if entry.detail else "")
    name = entry.id[:ID_DIGITS]
    show, drop = command("parked", "show", name), command("parked", "drop", name)
    subject = "it"
    if entry.reason in _NO_EVENT:
        said = (
            f"is parked{since} and could not be read as an event ({reason}): look at it with "
            f"{show}, have it published again, right, then {drop} "
            f"({explained(word_of(Reason, entry.reason), 'says more')})"
        )
    elif entry.routing_key is None:
        said = (
            f"is parked{since} ({reason}), and nobody knows its routing key, so it cannot be "
            f"brought again: look at it with {show}, publish its body, then {drop}"
        )
    else:
        subject = _parked(entry.flow)
        again = replay(entry.reference, entry.event_id, entry.id)
        said = (
            f"is parked{since} and waits for a person: {reason}; "
            f"{_to_do(entry.reason, again, name)}"
        )
    became = Became(
        flow=entry.flow,
        reference=entry.reference,
        state=Parked.word,
        reason=entry.reason,
        parked_id=entry.id,
    )
    return Fate(Rank.PARKED, subject, said, "parked", became)


def _parked(flow: object) -> str:
    return "the event" if flow is None else f"the event's part for {named(flow)}"


def _to_do(word: str, again: str, name: str) -> str:
    """Say what to do; `again` brings it again, `name` is its ID in commands."""
    reason = word_of(Reason, word)
    show, drop = command("parked", "show", name), command("parked", "drop", name)
    if isinstance(reason, Foreign):
        return f"{explained(reason, '')}; look at it with {show}, then {again}, or {drop}"
    if reason is Reason.IDENTITY_CONFLICT:
        return (
            "another event had its identity before, so bringing it again is in vain: if it should "
            f"be texted too, publish it as another event ({explained(reason, 'says how')}), then "
            f"{drop}"
        )
    if reason in _MAY_BE_THE_EVENT:
        raw = command("parked", "show", name, "--raw")
        return (
            f"where the flow is wrong, mend it, reload, then {again}; where the event itself is "
            f"wrong, save it ({raw}), mend it, publish it, then {drop}"
        )
    if reason is Reason.UNKNOWN_FLOW:
        return (
            f"give a flow that id again ({explained(reason, 'says how')}), reload, then {again}; "
            f"if it was removed on purpose, {drop}"
        )
    return f"mend what {explained(reason, 'names')}, then {again}"
