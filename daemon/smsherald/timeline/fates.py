"""What became of one SMS, in a clause that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias, assert_never

from smsherald.errors import Foreign
from smsherald.model import (
    Deferred,
    Failed,
    OnUnknown,
    Row,
    Sent,
    Skipped,
    State,
)
from smsherald.timeline.commands import explained, listing, resolve
from smsherald.timeline.known import Became
from smsherald.timeline.waiting import Pending, came_again, waits
from smsherald.timeline.words import moment, named

Part: TypeAlias = Mapping[str, Any]
"""What a line says of one SMS, or of one flow that made none."""

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
    PUBLISHED = 8
    IGNORED = 9
    SENT = 10


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of it: subject and what is said are a sentence without its full stop."""

    rank: Rank
    subject: str
    said: str
    short: str
    """A word or two."""
    became: Became

    def __str__(self) -> str:
        """Return it within a sentence."""
        return f"{self.subject} {self.said}"


def of_row(
    row: Row,
    pending: Pending | None,
    paused: str,
    now: float,
    *,
    listed: bool | None,
    on_unknown: OnUnknown | None = None,
) -> Fate:
    """Say what the ledger knows; `listed` is whether it lists the event as parked.

    `pending` is what a daemon remembers of its last delivery, `paused` the pauses that cover it;
    `on_unknown` is what its flow wants, where that is known.
    """
    match row.state:
        case State.SENT | State.FAILED | State.SKIPPED:
            return _of_ended(row, pending, now)
        case State.HELD:
            said = "is held: nobody knows whether Twilio took it, and it waits for a person"
            return _fate(row, Rank.HELD, f"{said}: {resolve(row)}", "held")
        case State.SENDING:
            return _of_sending(row, pending, paused, now, on_unknown)
        case State.FREE:
            return _of_free(row, pending, paused, now, listed=listed)
        case Foreign():
            said = f"is {named(row.state)}, which another version wrote; a daemon of it goes on"
            return _fate(row, Rank.WAITS, said, named(row.state))
        case _:
            assert_never(row.state)


def of_sms(flow: object, to: object) -> str:
    """Name an SMS; `to` is masked."""
    return f"the SMS of {named(flow)} to {named(to)}"


def _fate(
    row: Row,
    rank: Rank,
    said: str,
    short: str,
    *,
    reason: object = None,
    code: object = None,
    until: float | None = None,
) -> Fate:
    became = Became(
        flow=row.flow,
        reference=row.reference,
        key=row.key,
        state=str(row.state),
        reason=_word(reason),
        code=_number(code),
        sid=row.sid,
        until=until,
    )
    return Fate(rank, of_sms(row.flow, f"•••{row.phone_tail}"), said, short, became)


def _of_ended(row: Row, pending: Pending | None, now: float) -> Fate:
    ended = row.ended
    assert ended is not None  # noqa: S101 - the state says so
    at = moment(ended.at, now)
    told = f"sms.{ended.word} is told"
    untold = f"sms.{ended.word} is not told yet, and is as soon as a daemon and the broker can"
    after = (told if row.told else untold) + came_again(pending, now)
    reason: object = None
    code: object = None
    match ended:
        case Sent():
            twice = f", and {len(row.second_sids)} more: it went out twice" * bool(row.second_sids)
            said = f"is sent, as {ended.sid}{twice}; recorded at {at}; {after}"
            rank = Rank.SENT
        case Failed():
            reason, code = ended.reason, ended.code
            also = "" if ended.code is None else f", Twilio's {ended.code}"
            asked = explained(ended.code or ended.reason, "says what to do")
            said = (
                f"failed at {at}: {named(ended.reason)}{also}; it is not sent again by itself: "
                f"{asked}; {after}"
            )
            rank = Rank.FAILED
        case Skipped():
            reason = ended.reason
            said = (
                f"was skipped at {at}: {named(ended.reason)}; it is not sent: "
                f"{explained(ended.reason, 'says why')}; {after}"
            )
            rank = Rank.SKIPPED
        case _:
            assert_never(ended)
    short = f"{ended.word} and told"
    if not row.told:
        rank, short = min(rank, Rank.UNTOLD), f"{ended.word}, not told"
    return _fate(row, rank, said, short, reason=reason, code=code)


def _of_sending(
    row: Row, pending: Pending | None, paused: str, now: float, on_unknown: OnUnknown | None
) -> Fate:
    quiet = min(row.claimed_at, now) + row.quarantine
    failed_by = None if pending is None else pending.failed_by
    why = f" ({named(failed_by)})" if failed_by is not None else ""
    said = (
        f"is under way: Twilio may have been asked at {moment(row.claimed_at, now)}, and no answer "
        f"is recorded{why}"
    )
    swept = row.since + 2 * row.quarantine
    meanwhile = f"; meanwhile {paused}" if paused else ""
    again = "when its event comes again"
    match on_unknown:
        case OnUnknown.HOLD:
            begin, by = "it becomes held, for a person to decide,", ""
        case OnUnknown.RESEND:
            begin, by = "it is sent again", " (looked up where its event does not come)"
        case OnUnknown.LOOKUP:
            begin, by = "it is looked up", ""
        case None:
            begin, by = "it is looked up", ", unless on_unknown says otherwise"
        case _:
            assert_never(on_unknown)
    until: float | None = quiet
    if quiet > now:
        said += f"; it is left alone until {moment(quiet, now)}, then {begin} {again}{by}"
    elif swept > now:
        until = swept
        said += f"; its quarantine is over: {begin} {again}, or soon after {moment(swept, now)}{by}"
    else:
        until = None
        said += (
            f"; it should have been decided since {moment(swept, now)}: {begin} as soon as a "
            f"daemon and Twilio can{by}; if that lasts, {resolve(row)}"
        )
    reason = None if pending is None else pending.reason
    return _fate(row, Rank.UNKNOWN, said + meanwhile, "under way", reason=reason, until=until)


def _of_free(
    row: Row, pending: Pending | None, paused: str, now: float, *, listed: bool | None
) -> Fate:
    if pending is not None:
        return _fate(
            row,
            Rank.WAITS,
            waits(pending, paused, now),
            "waits",
            reason=pending.reason,
            code=pending.code,
            until=pending.again,
        )
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
            return _fate(row, Rank.PARKED, said, "parked")
        said += (
            f"; by the ledger's list its event is not parked: {goes_out}, unless somebody has "
            f"dropped it ({wanted} looks into the queue itself)"
        )
    if paused:
        said += f"; but {paused}"
    return _fate(row, Rank.WAITS, said, "waits")


def of_pending(part: Part, pending: Pending, paused: str, now: float) -> Fate:
    """Say what a daemon remembers of an SMS that no row is there for."""
    flow = part.get("flow")
    subject = "the event" if flow is None else of_sms(flow, part.get("to"))
    became = became_of(part, Deferred.word, until=pending.again)
    return Fate(Rank.WAITS, subject, waits(pending, paused, now), "waits", became)


def why_of(part: Part) -> str:
    """Say why, as a line has it."""
    reason, detail = named(part.get("reason", "for an unknown reason")), part.get("detail")
    return f"{reason}: {named(detail)}" if detail else reason


def became_of(part: Part, state: str | None, *, until: float | None = None) -> Became:
    """Return for programs what a line says."""
    return Became(
        flow=_word(part.get("flow")),
        reference=_word(part.get("reference")),
        state=state,
        reason=_word(part.get("reason")),
        code=_number(part.get("twilio_code")),
        sid=_word(part.get("sid")),
        until=until,
    )


def _word(text: object) -> str | None:
    return None if text is None else str(text)


def _number(code: object) -> int | None:
    return code if isinstance(code, int) else None
