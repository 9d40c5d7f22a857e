"""What the ledger says to a claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from smsherald.errors import Reason
from smsherald.model.outcome import Ended, OtherEvent
from smsherald.model.sms import Asked, Sms


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The row is ours after its quarantine; Twilio may have been asked: look up."""

    sms: Sms
    claim_number: int
    asked: Asked
    since: float
    """When the first request may have gone out, by the ledger's clock."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """The row is ours: send."""

    sms: Sms
    claim_number: int
    claimed: float
    """Monotonic clock from before the claim was written: the fence counts from it."""
    asked: Asked
    resend: TakenOver | None = None
    """How to look it up, where it may have been sent before and the operator chose to send again.

    Elsewhere nobody has asked Twilio yet.
    """
    brake: int = 0
    """The brake's counter when this was written: later pauses are not in it."""


@dataclass(frozen=True, slots=True)
class Done:
    """The SMS has ended; `told` says that nothing is to be told of it any more, or by others."""

    told: bool
    ended: Ended
    other: OtherEvent | None = None
    """Whose it is, where that is not the event that asks."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody has it, or it waits for a person; ask again in `wait` seconds."""

    reason: Reason
    wait: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The row belongs to another event."""

    reason: Reason
    detail: str


Claim: TypeAlias = Fresh | TakenOver | Done | Busy | Refused
Mine: TypeAlias = Fresh | TakenOver
