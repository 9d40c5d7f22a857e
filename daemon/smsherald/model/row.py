"""What the ledger holds of an SMS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from smsherald.errors import Foreign, Reason, word_of
from smsherald.model.event import Json
from smsherald.model.outcome import Ended, Failed, Sent, Skipped
from smsherald.model.sms import Asked


class State(StrEnum):
    """Where an SMS stands in the ledger."""

    SENDING = "sending"
    """Claimed: Twilio may have been asked."""
    HELD = "held"
    """Twilio may have been asked, and a person must say whether it took it."""
    FREE = "free"
    """Nobody's: Twilio certainly does not have it."""
    SENT = Sent.word
    FAILED = Failed.word
    SKIPPED = Skipped.word


@dataclass(frozen=True, slots=True)
class Row:
    """One SMS as the ledger holds it. Times are seconds since the epoch, by its clock."""

    key: str
    event_id: str
    event_digest: str
    routing_key: str
    attempt: int
    flow: str
    reference: str | None
    state: State | Foreign
    fingerprint: str
    owner: str
    """The process that claimed it last: instance and a random part per start."""
    claim_number: int
    in_vain: int
    """Look-ups that did not find it."""
    since: float
    """When the first request may have gone out: where a look-up begins."""
    claimed_at: float
    """When it was claimed last: the quarantine counts from it."""
    quarantine: float
    """Seconds: that of the process which claimed it, whatever another would have."""
    asked: Asked
    """What was asked of Twilio; number and text are empty once the SMS is told."""
    phone_tail: str
    """The two digits of the number that a person may see."""
    sid: str | None
    result: Json
    """What an ended row says: `status` of a sent one, `reason` and `code` of the others."""
    ended_at: float | None
    notified_at: float | None
    second_sids: tuple[str, ...] = ()
    """Messages at Twilio beyond the first: it was sent more than once. Read for people only."""

    @property
    def told(self) -> bool:
        """Whether its notification is confirmed."""
        return self.notified_at is not None

    @property
    def ended(self) -> Ended | None:
        """How it ended; None where it has not."""
        at = self.claimed_at if self.ended_at is None else self.ended_at
        match self.state:
            case State.SENT:
                return Sent(self.asked, self.sid or "", self.result.get("status"), at)
            case State.FAILED:
                code = self.result.get("code")
                return Failed(self.asked, self._reason, code, at, self.claim_number)
            case State.SKIPPED:
                return Skipped(self.asked, self._reason, at, self.claim_number)
            case State.SENDING | State.HELD | State.FREE | Foreign():
                return None
            case _:
                assert_never(self.state)

    @property
    def _reason(self) -> Reason | Foreign:
        return word_of(Reason, str(self.result.get("reason", "")))

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
    quarantine: float
