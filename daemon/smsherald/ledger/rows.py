"""A row of the ledger as a value, and what an ended one says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smsherald.errors import Reason
from smsherald.model import Asked, Ended, Failed, Json, Sent, Skipped


class State(StrEnum):
    """Where an SMS stands."""

    SENDING = "sending"
    """Claimed: Twilio may have been asked."""
    HELD = "held"
    """Twilio may have been asked, and a person must say whether it took it."""
    FREE = "free"
    """Nobody's: Twilio certainly does not have it."""
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Row:
    """One SMS as the database holds it. Times are seconds since the epoch, by its clock."""

    key: str
    event_digest: str
    state: State
    owner: str
    """The process that claimed it last: instance and a random part per start."""
    claim_number: int
    since: float
    """When the first request may have gone out: where a look-up begins."""
    claimed_at: float
    """When it was claimed last: the quarantine counts from it."""
    asked: Asked
    sid: str | None
    result: Json
    """What an ended row says: `status` of a sent one, `reason` and `code` of the others."""
    ended_at: float | None
    told: bool

    def belongs_to(self, owner: str, claim_number: int) -> bool:
        """Say whether this claim may still record."""
        return (
            self.state is State.SENDING
            and self.owner == owner
            and self.claim_number == claim_number
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Another row with the same fingerprint that is `sending` or `held`."""

    state: State
    claimed_at: float


def ended(row: Row) -> Ended | None:
    """Return what an ended row says, None for any other."""
    at = row.claimed_at if row.ended_at is None else row.ended_at
    match row.state:
        case State.SENT:
            return Sent(row.asked, row.sid or "", row.result.get("status"), at)
        case State.FAILED:
            reason, code = Reason(row.result["reason"]), row.result.get("code")
            return Failed(row.asked, reason, code, at, row.claim_number)
        case State.SKIPPED:
            return Skipped(row.asked, Reason(row.result["reason"]), at, row.claim_number)
        case State.SENDING | State.HELD | State.FREE:
            return None
