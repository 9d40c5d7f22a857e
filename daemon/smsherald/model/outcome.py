"""What becomes of an SMS, and of the event that it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, NamedTuple, Self, TypeAlias

from smsherald.errors import Foreign, Reason
from smsherald.model.answer import Failure
from smsherald.model.sms import Asked, Defect, Sms, SmsEvent


@dataclass(frozen=True, slots=True)
class Sent:
    """Twilio took it."""

    word: ClassVar[str] = "sent"

    asked: Asked
    sid: str
    status: str | None
    """Twilio's word for it at that moment: `queued`, `accepted`, …"""
    at: float


@dataclass(frozen=True, slots=True)
class Failed:
    """It can never be sent."""

    word: ClassVar[str] = "failed"

    asked: Asked
    reason: Reason | Foreign
    code: int | None
    at: float
    claim_number: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """Policy decided against it."""

    word: ClassVar[str] = "skipped"

    asked: Asked
    reason: Reason | Foreign
    at: float
    claim_number: int


Ended: TypeAlias = Sent | Failed | Skipped


@dataclass(frozen=True, slots=True)
class Held:
    """Nobody knows whether Twilio has it, and a person must say."""

    word: ClassVar[str] = "held"

    asked: Asked
    reason: Reason
    at: float
    claim_number: int


class Told(NamedTuple):
    """What a notification says of an SMS: how it stands, and by what that is known.

    A row may end anew (a late answer of Twilio's, a person): what was told of its first end is
    not told of its second.
    """

    key: str
    word: str
    """That of the outcome, which is the row's state too."""
    sid: str | None
    """Of what was sent."""
    claim_number: int | None
    """Of anything else."""

    @classmethod
    def of(cls, key: str, outcome: Ended | Held) -> Self:
        """Return what tells this outcome of the SMS with this key."""
        if isinstance(outcome, Sent):
            return cls(key, outcome.word, outcome.sid, None)
        return cls(key, outcome.word, None, outcome.claim_number)

    @property
    def proof(self) -> str:
        """What tells this outcome from another of the same SMS and word."""
        return str(self.claim_number if self.sid is None else self.sid)


class OtherEvent(NamedTuple):
    """Which event has the one text that `once` allows."""

    event_id: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """It had ended, and had been told, before this delivery came."""

    word: ClassVar[str] = "duplicate"

    ended: Ended
    other: OtherEvent | None = None
    """Where this event has no text at all, since another has it."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A person must look."""

    word: ClassVar[str] = "parked"

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """It comes again, in `wait` seconds or as its attempt's number says.

    `code` is Twilio's; `failure` is why a request of this attempt came to nothing. What admission
    put off was not `tried`: it comes again as soon as it may, else not before.
    """

    word: ClassVar[str] = "deferred"

    reason: Reason
    wait: float | None
    code: int | None = None
    failure: Failure | None = None
    tried: bool = True

    @property
    def counts(self) -> bool:
        """Whether it is one attempt nearer to its end."""
        return self.tried and self.reason.counts


Outcome: TypeAlias = Sent | Failed | Skipped | Duplicate | Parked | Deferred


class EventOutcome(StrEnum):
    """How a delivery ends."""

    HANDLED = "handled"
    IGNORED = "ignored"
    PARKED = "parked"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Settlement:
    """All that the consumer needs to settle one delivery."""

    outcome: EventOutcome
    results: tuple[tuple[Sms, Outcome], ...] = ()
    defects: tuple[Defect, ...] = ()
    why: Deferred | None = None
    """Why the event itself was deferred, where no SMS of it was."""
    published: tuple[SmsEvent, ...] = ()
    """What flows publish in place of SMSes: a queue must take it before the event is settled."""
    returned: tuple[SmsEvent, ...] = ()
    """Those of them that no queue took, for which the event was deferred."""
