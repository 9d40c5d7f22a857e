"""What keeps an SMS from being asked of Twilio now, and leave to ask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smsherald.errors import Reason


class Scope(StrEnum):
    """What a pause, or a refusal of Twilio's, is about."""

    ALL = "all"
    ACCOUNT = "account"
    SENDER = "sender"
    COUNTRY = "country"
    FLOW = "flow"
    """What a flow asks for beside the text, where it is Twilio that refuses."""


class Cause(StrEnum):
    """Why a pause began."""

    OPERATOR = "operator"
    """Somebody said so: the brake."""
    REFUSED = "refused"
    """Twilio refuses it until somebody has mended it."""
    UNANSWERED = "unanswered"
    """Nobody knows what becomes of requests, or none gets through."""
    FULL = "full"
    """Twilio keeps no more texts of this sender waiting."""
    BUDGET = "budget"
    """What may be spent in a day is spent."""

    @property
    def is_trouble(self) -> bool:
        """Whether nobody wants it: an account that waits for that is seen by whoever must help."""
        return self in {Cause.REFUSED, Cause.UNANSWERED}


@dataclass(frozen=True, slots=True)
class Target:
    """All that a pause covers: `name` is the account's, flow's or sender's, or a country's code.

    It is empty where the scope is `all`.
    """

    scope: Scope
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause that holds, for a person's eyes; times are seconds since the epoch."""

    target: Target
    cause: Cause
    why: str
    """In an operator's or Twilio's words, without a full stop; never with a number or a text."""
    since: float
    until: float | None = None
    """When it ends by itself; None where it does not."""
    probe: float | None = None
    """When the next SMS goes out to see whether it is over; None where none does."""
    who: str = ""
    """The operator, where it is one's."""


@dataclass(frozen=True, slots=True)
class Brake:
    """What operators have paused, as the ledger had it at one moment.

    `counter` grows with every pause: a claim that finds another is not sent (see `Fresh.brake`).
    """

    counter: int
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """It may not be asked now; in so many seconds it may be."""

    reason: Reason
    seconds: float
