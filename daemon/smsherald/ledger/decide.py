"""What the ledger decides: pure functions, no database, no clock, no thread.

A claim or an answer goes in with what the database holds; what to write comes out, and what to
say once it is written. Every write stands under a condition, so that of several replicas that
decide alike one wins; the others read again and decide again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from smsherald.errors import Foreign, Reason
from smsherald.model import (
    Absent,
    Accepted,
    Busy,
    Claim,
    Deferred,
    Done,
    Duplicate,
    Failed,
    Failure,
    Fresh,
    Holder,
    Json,
    Mine,
    NotTaken,
    OnUnknown,
    Outcome,
    Parked,
    Refused,
    Rejected,
    Row,
    Sent,
    Skip,
    Skipped,
    Sms,
    State,
    TakenOver,
)

POISON_AFTER = 5
"""Look-ups in vain, after which a person must see why nothing ever arrives at Twilio."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions depend on beside the rows; `quarantine` in seconds, of what is claimed now."""

    owner: str
    quarantine: float


# --- claims ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What the database holds: the row, another that locks the fingerprint, clock and brake."""

    row: Row | None
    holder: Holder | None
    now: float
    brake: int = 0


@dataclass(frozen=True, slots=True)
class Insert:
    """Write a new row."""

    def claim(self, sms: Sms, claimed: float, brake: int = 0) -> Claim:
        """Return what the claim is, once it is written."""
        return Fresh(sms, 1, claimed, sms.asked, brake=brake)


@dataclass(frozen=True, slots=True)
class Reclaim:
    """Take a free row, with all that is asked now, if its claim number is still `found`."""

    found: int

    def claim(self, sms: Sms, claimed: float, brake: int = 0) -> Claim:
        """Return what the claim is, once it is written."""
        return Fresh(sms, self.found + 1, claimed, sms.asked, brake=brake)


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Take a row after its quarantine, as it stands, if its claim number is still the found one."""

    row: Row
    on_unknown: OnUnknown
    quarantine: float

    def claim(self, sms: Sms, claimed: float, brake: int = 0) -> Claim:
        """Return what the claim is, once it is written: asked is what was asked, not what is now.

        A text that is rendered otherwise by now would not be found at Twilio.
        """
        number = self.row.claim_number + 1
        taken = TakenOver(sms, number, self.row.asked, self.row.since)
        match self.on_unknown:
            case OnUnknown.LOOKUP:
                return taken
            case OnUnknown.RESEND:
                return Fresh(sms, number, claimed, self.row.asked, taken, brake)
            case OnUnknown.HOLD:
                return _held(self.quarantine)
            case _:
                assert_never(self.on_unknown)


@dataclass(frozen=True, slots=True)
class Reply:
    """Nothing is to be written: this is what the claim is."""

    claim: Claim


OnClaim: TypeAlias = Insert | Reclaim | TakeOver | Reply


def on_claim(sms: Sms, found: Found, rules: Rules, written: Mine | None) -> OnClaim:
    """Decide on a claim.

    `written` is what an earlier try of this very claim wrote whose commit nobody confirmed: the
    row that stands as that try wrote it was handed out to nobody, and is ours.
    """
    row = found.row
    if row is None:
        return _unless_locked(Insert(), found)
    if row.event_digest != sms.event.digest:
        detail = "another event with the same identity made this SMS"
        return Reply(Refused(Reason.IDENTITY_CONFLICT, detail))
    if row.ended is not None:
        return Reply(Done(row.told, row.ended))
    if row.state is State.FREE:
        return _unless_locked(Reclaim(row.claim_number), found)
    return _on_open(sms, row, found, rules, written)


def _on_open(sms: Sms, row: Row, found: Found, rules: Rules, written: Mine | None) -> OnClaim:
    """Decide on a row that has not ended, and is not free."""
    if isinstance(row.state, Foreign):
        # Another version knows what it means: its own daemons bring it to an end.
        return Reply(Busy(Reason.NOT_MINE, row.quarantine))
    if row.state is State.HELD:
        return Reply(_held(row.quarantine))
    if written is not None and row.belongs_to(rules.owner, written.claim_number):
        # It is handed out only now: what was paused since that try holds for it.
        if isinstance(written, Fresh):
            written = replace(written, brake=found.brake)
        return Reply(written)
    wait = left(row, found.now)
    if wait > 0:
        return Reply(Busy(Reason.IN_FLIGHT, wait))
    return TakeOver(row, sms.on_unknown, rules.quarantine)


def left(row: Row | Holder, now: float) -> float:
    """Return what is left of a row's quarantine: its own, and never more than the whole of it.

    The database's clock may have been set back since: then a claim lies in what is to come.
    """
    return min(row.claimed_at + row.quarantine - now, row.quarantine)


def _unless_locked(step: Insert | Reclaim, found: Found) -> OnClaim:
    """Wait for the row that locks the fingerprint: two equal texts look alike at Twilio."""
    holder = found.holder
    if holder is None:
        return step
    if holder.state is State.HELD:
        return Reply(Busy(Reason.IN_FLIGHT, holder.quarantine))
    return Reply(Busy(Reason.IN_FLIGHT, max(0.0, left(holder, found.now))))


def _held(quarantine: float) -> Busy:
    """Wait for a person, asking again as often as for anything else that is not known."""
    return Busy(Reason.HELD, quarantine)


# --- answers ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """What an answer writes, if the row is still ours and no other row has the SID."""

    state: State
    sid: str | None = None
    result: Json | None = None


FREED = Change(State.FREE)


Known: TypeAlias = Accepted | Rejected | Skip | NotTaken | Absent
"""The answers that are written. Of any other nothing is known: the row stays as it is."""


def change(answer: Known) -> Change:
    """Return what an answer writes."""
    match answer:
        case Accepted():
            return Change(State.SENT, answer.sid, {"status": answer.status})
        case Rejected():
            return Change(State.FAILED, None, {"reason": answer.reason, "code": answer.code})
        case Skip():
            return Change(State.SKIPPED, None, {"reason": answer.reason})
        case NotTaken() | Absent():
            return FREED
        case _:
            assert_never(answer)


def unknown(wait: float, failure: Failure | None = None) -> Deferred:
    """Return what becomes of an SMS whose fate is not known, `wait` being its quarantine's rest."""
    return Deferred(Reason.UNKNOWN, max(0.0, wait), failure=failure)


def is_written(claim: Mine, answer: Known, row: Row, rules: Rules) -> bool:
    """Say whether a row is as this answer to this claim left it."""
    new = change(answer)
    ours = row.owner == rules.owner and row.claim_number == claim.claim_number
    same = (row.state, row.sid, row.result) == (new.state, new.sid, new.result or {})
    return ours and same


def outcome(claim: Mine, answer: Known, at: float, in_vain: int = 0) -> Outcome:
    """Return what a written answer makes of its SMS; `at` and `in_vain` as the row has them."""
    match answer:
        case Accepted():
            return Sent(claim.asked, answer.sid, answer.status, at)
        case Rejected():
            return Failed(claim.asked, answer.reason, answer.code, at, claim.claim_number)
        case Skip():
            return Skipped(claim.asked, answer.reason, at, claim.claim_number)
        case NotTaken():
            return Deferred(answer.reason, answer.wait, answer.code, answer.failure)
        case Absent() if in_vain >= POISON_AFTER:
            return Parked(Reason.POISON, f"{in_vain} requests ended unknown and left no text")
        case Absent():
            return Deferred(Reason.NOT_TAKEN, None)
        case _:
            assert_never(answer)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Write the row as sent, whatever it says, even if it is gone: we hold Twilio's own answer.

    The SID goes to the table of second SIDs where another row has it already.
    """

    accepted: Accepted
    sid_is_free: bool


@dataclass(frozen=True, slots=True)
class KeepSecond:
    """Twilio took it twice: the first SID stays in the row, this one goes to its own table."""

    accepted: Accepted
    kept: Sent | Duplicate


OnLate: TypeAlias = Overwrite | KeepSecond | Outcome


def on_late(
    claim: Mine, answer: Known, row: Row | None, rules: Rules, *, sid_is_free: bool, wait: float
) -> OnLate:
    """Decide on an answer whose `Change` was not written.

    `sid_is_free` says that no other row has the answer's SID, `wait` what is left of the
    quarantine in seconds.
    """
    if isinstance(answer, Accepted) and not answer.found:
        first = None if row is None else row.ended
        if row is None or not isinstance(first, Sent):
            return Overwrite(answer, sid_is_free)
        kept = Duplicate(first) if row.told else first
        return kept if first.sid == answer.sid else KeepSecond(answer, kept)
    if row is not None and row.belongs_to(rules.owner, claim.claim_number):
        # What the look-up found turned out to be another row's: ours is as unknown as before.
        return unknown(wait)
    return Deferred(Reason.NOT_MINE, None)
