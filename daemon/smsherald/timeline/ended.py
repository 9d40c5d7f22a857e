"""What became of one SMS, or of an event, that had ended as a daemon remembers it."""

from __future__ import annotations

from smsherald.model import Duplicate, EventOutcome, SmsEvent
from smsherald.timeline.commands import command, why
from smsherald.timeline.fates import Fate, Part, Rank, became_of, of_sms, why_of
from smsherald.timeline.known import Became
from smsherald.timeline.waiting import Pending, came_again
from smsherald.timeline.words import moment, named


def of_ended_part(part: Part, at: float, now: float, pending: Pending | None = None) -> Fate:
    """Say the same of one that had ended by then; `pending` is how its event came since."""
    word = str(part.get("earlier") or part["sms"])
    if word == SmsEvent.word:
        return _of_published(part, at, now)
    subject = of_sms(part.get("flow"), part.get("to"))
    if is_anothers(part):
        said = f"{_by_once(part, at, now)}{came_again(pending, now)}"
        became = became_of(part, Duplicate.word)
        return Fate(Rank.SKIPPED, subject, said, "another event's", became)
    rank = {"sent": Rank.SENT, "skipped": Rank.SKIPPED}.get(word, Rank.FAILED)
    how = f"as {named(part['sid'])}" if part.get("sid") else why_of(part)
    after = "nothing is sent again" if part.get("earlier") else "that is told"
    said = f"was {word} by {moment(at, now)}, {how}, and {after}{came_again(pending, now)}"
    return Fate(rank, subject, said, f"{word}, told", became_of(part, word))


def _of_published(part: Part, at: float, now: float) -> Fate:
    key = named(part.get("published"))
    said = (
        f"was published as {key}, last at {moment(at, now)}: a queue has it, and the flow that "
        "wants that key sends it, as an event of its own"
    )
    subject = of_sms(part.get("flow"), part.get("to"))
    return Fate(Rank.PUBLISHED, subject, said, "published", became_of(part, SmsEvent.word))


def is_anothers(part: Part) -> bool:
    """Say whether another event has the text, by `once`: no row is this event's then."""
    return bool(part.get("earlier_event_id"))


def _by_once(part: Part, at: float, now: float) -> str:
    event_id, reference = part["earlier_event_id"], part.get("earlier_reference")
    beside = "" if reference is None else f" (reference {named(reference)})"
    how = f"as {named(part['sid'])}" if part.get("sid") else why_of(part)
    # Of two events with one reference the id alone says which.
    names = [event_id] if reference == part.get("reference") else [reference, event_id]
    return (
        "was not texted for this event: `once` says that this number is texted once, and event "
        f"{named(event_id)}{beside} had it, {named(part['earlier'])} by {moment(at, now)}, {how}"
        f"; {why(*names, part.get('sid'))} says more"
    )


def of_ignored(routing_key: object, at: float, now: float) -> Fate:
    """Say the same of an event that no flow wanted."""
    said = (
        f"came, last at {moment(at, now)}, and no flow made an SMS of it: none wants "
        f"{named(routing_key)}, or their `when` says no: {command('preview', 'EVENT.json')}"
    )
    became = Became(state=EventOutcome.IGNORED.value)
    return Fate(Rank.IGNORED, "the event", said, "no flow's", became)
