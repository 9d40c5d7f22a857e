"""What became of one SMS, or of what makes none, in a clause that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias, assert_never

from smsherald.errors import Foreign, Reason
from smsherald.model import Failed, ParkedEntry, Row, Sent, Skipped, State
from smsherald.timeline.commands import ID_DIGITS, command, explained, listing, replay, resolve
from smsherald.timeline.waiting import Pending, came_again, waits
from smsherald.timeline.words import moment, named

Part: TypeAlias = Mapping[str, Any]
"""What a line says of one SMS, or of one flow that made none."""

_NO_EVENT = frozenset([Reason.TOO_LARGE, Reason.NOT_JSON, Reason.NOT_AN_OBJECT])
_MAY_BE_THE_EVENT = frozenset(
    [
        Reason.MISSING_VALUE,
        Reason.INVALID_VALUE,
        Reason.BAD_NUMBER,
        Reason.EMPTY_TEXT,
        Reason.TEXT_TOO_LONG,
    ]
)
_DROP = f"{command('parked', 'drop', 'ID')} with the ID that `smsherald parked list` shows"
_LOOK_UPS = 5
"""In vain, after which its event is parked."""


class Rank(IntEnum):
    """How much somebody must know of it: the least comes first."""

    HELD = 1
    PARKED = 2
    FAILED = 3
    UNKNOWN = 4
    WAITS = 5
    UNTOLD = 6
    SKIPPED = 7
    IGNORED = 8
    SENT = 9


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of it: `clause` is a sentence without its full stop, `short` a word or two."""

    rank: Rank
    clause: str
    short: str
    reference: str | None = None
    """What its flow calls it; None where nobody knows, or where it is the event's."""


def of_row(
    row: Row, pending: Pending | None, held: str, now: float, *, listed: bool | None
) -> Fate:
    """Say what the ledger knows; `listed` is whether it lists the event as parked.

    `pending` is what a daemon remembers of its last delivery, `held` the pauses that hold it.
    """
    subject = of_sms(row.flow, f"•••{row.phone_tail}")
    match row.state:
        case State.SENT | State.FAILED | State.SKIPPED:
            return _of_ended(row, subject, pending, now)
        case State.HELD:
            return _of_held(row, subject)
        case State.SENDING:
            return _of_sending(row, subject, pending, held, now)
        case State.FREE:
            return _of_free(row, subject, pending, held, now, listed=listed)
        case Foreign():
            said = f"is {named(row.state)}, which another version wrote; a daemon of it goes on"
            return Fate(Rank.WAITS, f"{subject} {said}", named(row.state))
        case _:
            assert_never(row.state)


def of_sms(flow: object, to: object) -> str:
    """Name an SMS; `to` is masked."""
    return f"the SMS of {named(flow)} to {named(to)}"


def _of_ended(row: Row, subject: str, pending: Pending | None, now: float) -> Fate:
    ended = row.ended
    assert ended is not None  # noqa: S101 - the state says so
    at = moment(ended.at, now)
    told = f"sms.{ended.word} is told"
    untold = f"sms.{ended.word} is not told yet, and is as soon as a daemon and the broker can"
    after = (told if row.told else untold) + came_again(pending, now)
    match ended:
        case Sent():
            twice = f", and {len(row.second_sids)} more: it went out twice" * bool(row.second_sids)
            said = f"is sent, as {ended.sid}{twice}; recorded at {at}; {after}"
            rank = Rank.SENT
        case Failed():
            code = "" if ended.code is None else f", Twilio's {ended.code}"
            asked = explained(ended.code or ended.reason, "says what to do")
            said = (
                f"failed at {at}: {named(ended.reason)}{code}; it is not sent again by itself: "
                f"{asked}; {after}"
            )
            rank = Rank.FAILED
        case Skipped():
            said = (
                f"was skipped at {at}: {named(ended.reason)}; it is not sent: "
                f"{explained(ended.reason, 'says why')}; {after}"
            )
            rank = Rank.SKIPPED
        case _:
            assert_never(ended)
    if row.told:
        return Fate(rank, f"{subject} {said}", f"{ended.word} and told")
    return Fate(min(rank, Rank.UNTOLD), f"{subject} {said}", f"{ended.word}, not told")


def _of_held(row: Row, subject: str) -> Fate:
    said = "is held: nobody knows whether Twilio took it, and it waits for a person"
    return Fate(Rank.HELD, f"{subject} {said}: {resolve(row)}", "held")


def _of_sending(row: Row, subject: str, pending: Pending | None, held: str, now: float) -> Fate:
    quiet = min(row.claimed_at, now) + row.quarantine
    failed_by = None if pending is None else pending.failed_by
    why = f" ({named(failed_by)})" if failed_by is not None else ""
    said = (
        f"is under way: Twilio may have been asked at {moment(row.claimed_at, now)}, and no answer "
        f"is recorded{why}"
    )
    swept = row.since + 2 * row.quarantine
    paused = f"; meanwhile {held}" if held else ""
    if quiet > now:
        said += (
            f"; it is left alone until {moment(quiet, now)}, then looked up, unless on_unknown "
            "says otherwise"
        )
    elif swept > now:
        said += (
            "; its quarantine is over: it is looked up, unless on_unknown says otherwise, when its "
            f"event comes again, or soon after {moment(swept, now)}"
        )
    else:
        said += (
            f"; it should have been looked up since {moment(swept, now)}, and is as soon as a "
            f"daemon and Twilio can; if that lasts, {resolve(row)}"
        )
    return Fate(Rank.UNKNOWN, f"{subject} {said}{paused}", "under way")


def _of_free(
    row: Row, subject: str, pending: Pending | None, held: str, now: float, *, listed: bool | None
) -> Fate:
    if pending is not None:
        return Fate(Rank.WAITS, f"{subject} {waits(pending, held, now)}", "waits")
    goes_out = "it goes out if its event comes again, which one in a retry queue does by itself"
    if row.in_vain < _LOOK_UPS:
        said = (
            f"was claimed or freed last at {moment(row.claimed_at, now)}, and Twilio does not have "
            f"it: {goes_out}"
        )
    else:
        said = f"was looked up {row.in_vain} times, and Twilio does not have it"
        wanted = listing(None, row.event_id)
        if listed is not False:
            said += (
                f": its event is parked (poison), unless somebody has brought it again: {wanted}"
            )
            return Fate(Rank.PARKED, f"{subject} {said}", "parked")
        said += (
            f"; by the ledger's list its event is not parked: {goes_out}, unless somebody has "
            f"dropped it ({wanted} looks into the queue itself)"
        )
    if held:
        said += f"; but {held}"
    return Fate(Rank.WAITS, f"{subject} {said}", "waits")


def of_pending(part: Part, pending: Pending, held: str, now: float) -> Fate:
    """Say what a daemon remembers of an SMS that no row is there for."""
    flow = part.get("flow")
    subject = "the event" if flow is None else of_sms(flow, part.get("to"))
    return Fate(Rank.WAITS, f"{subject} {waits(pending, held, now)}", "waits")


def of_ended_part(part: Part, at: float, now: float, pending: Pending | None = None) -> Fate:
    """Say the same of one that had ended by then; `pending` is how its event came since."""
    word = str(part.get("earlier") or part["sms"])
    subject = of_sms(part.get("flow"), part.get("to"))
    rank = {"sent": Rank.SENT, "skipped": Rank.SKIPPED}.get(word, Rank.FAILED)
    how = f"as {named(part['sid'])}" if part.get("sid") else _why(part)
    said = f"was {word} by {moment(at, now)}, {how}, and that is told{came_again(pending, now)}"
    return Fate(rank, f"{subject} {said}", f"{word}, told")


def of_ignored(routing_key: object, at: float, now: float) -> Fate:
    """Say the same of an event that no flow wanted."""
    said = (
        f"the event came, last at {moment(at, now)}, and no flow made an SMS of it: none wants "
        f"{named(routing_key)}, or their `when` says no ({command('check')})"
    )
    return Fate(Rank.IGNORED, said, "no flow's")


def of_parked_part(
    part: Part, event_id: str | None, at: float, now: float, *, listed: bool | None
) -> Fate:
    """Say what a daemon parked; `listed` is whether the ledger lists what is parked and has it."""
    look = listing(part.get("reference"), event_id)
    said = f"{_parked(part.get('flow'))} was parked at {moment(at, now)}: {_why(part)}; "
    if listed is False:
        said += (
            "by the ledger's list it is parked no more: somebody has brought it again or "
            f"dropped it ({look} looks into the queue itself)"
        )
        return Fate(Rank.IGNORED, said, "parked no more")
    said += (
        f"unless somebody has brought it again or dropped it ({look}), it waits for a person: "
        f"{_to_do(part.get('reason'), replay(part.get('reference'), event_id), _DROP)}"
    )
    return Fate(Rank.PARKED, said, "parked")


def of_entry(entry: ParkedEntry, now: float) -> Fate:
    """Say what is listed as parked."""
    since = "" if entry.at is None else f" since {moment(entry.at, now)}"
    reason = named(entry.reason) + (f": {named(entry.detail)}" if entry.detail else "")
    show = command("parked", "show", entry.id[:ID_DIGITS])
    drop = command("parked", "drop", entry.id[:ID_DIGITS])
    if entry.reason in _NO_EVENT:
        said = (
            f"it is parked{since} and could not be read as an event ({reason}): look at it with "
            f"{show}, have it published again, right, then {drop}"
        )
    elif entry.routing_key is None:
        said = (
            f"it is parked{since} ({reason}), and nobody knows its routing key, so it cannot be "
            f"brought again: look at it with {show}, publish its body, then {drop}"
        )
    else:
        again = replay(entry.reference, entry.event_id, entry.id)
        to_do = _to_do(entry.reason, again, drop)
        said = f"{_parked(entry.flow)} is parked{since} and waits for a person: {reason}; {to_do}"
    return Fate(Rank.PARKED, said, "parked", entry.reference)


def _parked(flow: object) -> str:
    return "the event" if flow is None else f"the event's part for {named(flow)}"


def _why(part: Part) -> str:
    reason, detail = named(part.get("reason", "for an unknown reason")), part.get("detail")
    return f"{reason}: {named(detail)}" if detail else reason


def _to_do(reason: object, again: str, drop: str) -> str:
    """Say what a person does about what is parked for a reason."""
    if reason == Reason.IDENTITY_CONFLICT:
        return (
            "another event had its identity before, so bringing it again is in vain: have it "
            f"published as an event of its own, then {drop}"
        )
    if reason in _MAY_BE_THE_EVENT:
        return (
            f"mend the flow, then {again}; where the event itself is wrong, have it published "
            f"again, right, then {drop}"
        )
    return f"mend what {command('explain', str(reason))} says, then {again}"
