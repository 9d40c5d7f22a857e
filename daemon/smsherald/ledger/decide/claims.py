"""What the ledger decides on a claim; see the package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from smsherald.errors import Foreign, Reason
from smsherald.ledger.decide.rules import Rules
from smsherald.model import (
    Busy,
    Claim,
    Done,
    Ended,
    Failed,
    Fresh,
    Holder,
    Mine,
    OnUnknown,
    OtherEvent,
    Refused,
    Row,
    Sent,
    Sms,
    State,
    TakenOver,
)


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
    """Take a row with all that is asked now, if its claim number is still `found`, and its state.

    It is free, or has ended and is told and another event of the same `once` comes.
    """

    found: int
    state: State = State.FREE

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
    is_anothers = _is_anothers(row, sms)
    if is_anothers and not sms.once:
        detail = "another event with the same identity made this SMS"
        return Reply(Refused(Reason.IDENTITY_CONFLICT, detail))
    ended = row.ended
    if ended is not None:
        return _on_anothers_end(row, ended, found) if is_anothers else Reply(Done(row.told, ended))
    if row.state is State.FREE:
        return _unless_locked(Reclaim(row.claim_number), found)
    step = _on_open(sms, row, found, rules, written)
    if is_anothers and isinstance(step, TakeOver):
        # Its own event comes again for it, or the sweeper does.
        return Reply(Busy(Reason.IN_FLIGHT, row.quarantine))
    return step


def _is_anothers(row: Row, sms: Sms) -> bool:
    """Say whether another event made the row. With `once` the key does not say which it was."""
    event = sms.event
    return row.event_digest != event.digest or (sms.once and row.event_id != event.id)


def _on_anothers_end(row: Row, ended: Ended, found: Found) -> OnClaim:
    """Decide on what another event of the same `once` has brought to its end.

    What was sent, or is only tried out, is not sent for this one: its end is the other event's to
    tell. What came to nothing is free for this one, but only once that is told: then nothing of the
    first end is left to be done.
    """
    if isinstance(ended, Sent) or ended.reason is Reason.SHADOW:
        other = OtherEvent(row.event_id, row.reference)
        return Reply(Done(told=True, ended=ended, other=other))
    if row.told:
        state = State.FAILED if isinstance(ended, Failed) else State.SKIPPED
        return _unless_locked(Reclaim(row.claim_number, state), found)
    # It is being told now, or whoever ended it died: then it is asked ever more seldom.
    return Reply(Busy(Reason.IN_FLIGHT, min(max(0.0, found.now - ended.at), row.quarantine)))


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
