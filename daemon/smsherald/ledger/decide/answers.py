"""What the ledger decides on an answer to a claim; see the package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from smsherald.errors import Reason
from smsherald.ledger.decide.rules import Rules
from smsherald.model import (
    Absent,
    Accepted,
    Deferred,
    Duplicate,
    Failed,
    Failure,
    Json,
    Mine,
    NotTaken,
    Outcome,
    Parked,
    Rejected,
    Row,
    Sent,
    Skip,
    Skipped,
    State,
)

POISON_AFTER = 5
"""Look-ups in vain, after which a person must see why nothing ever arrives at Twilio."""


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
