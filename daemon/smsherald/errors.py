"""Why something did not go through (`Reason`), and the exceptions of the package."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The one closed list of reasons.

    Log field, metric label, notification field and parked header all say the same word.
    The four sets below say where a reason may stand.
    """

    # The event, or one flow's SMS of it, waits in the parked queue for a person.
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_VALUE = "missing_value"
    INVALID_VALUE = "invalid_value"
    BAD_NUMBER = "bad_number"
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"
    UNKNOWN_ACCOUNT = "unknown_account"
    IDENTITY_CONFLICT = "identity_conflict"
    POISON = "poison"
    DELIVERY_LIMIT = "delivery_limit"

    # The SMS is deliberately not sent.
    EXPIRED = "expired"

    # The SMS comes again later.
    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    HELD = "held"
    RATE_LIMITED = "rate_limited"
    NOT_TAKEN = "not_taken"
    FENCED = "fenced"
    NOT_MINE = "not_mine"
    PAUSED = "paused"

    # Twilio refuses the SMS for good: the decisions of its error table.
    BAD_RECIPIENT = "bad_recipient"
    BAD_PAIR = "bad_pair"
    OPT_OUT = "opt_out"
    CONTENT = "content"
    GEO = "geo"


PARKED = frozenset(
    {
        Reason.TOO_LARGE,
        Reason.NOT_JSON,
        Reason.NOT_AN_OBJECT,
        Reason.MISSING_VALUE,
        Reason.INVALID_VALUE,
        Reason.BAD_NUMBER,
        Reason.EMPTY_TEXT,
        Reason.TEXT_TOO_LONG,
        Reason.UNKNOWN_ACCOUNT,
        Reason.IDENTITY_CONFLICT,
        Reason.POISON,
        Reason.DELIVERY_LIMIT,
    }
)
SKIPPED = frozenset({Reason.EXPIRED})
DEFERRED = frozenset(
    {
        Reason.IN_FLIGHT,
        Reason.UNKNOWN,
        Reason.HELD,
        Reason.RATE_LIMITED,
        Reason.NOT_TAKEN,
        Reason.FENCED,
        Reason.NOT_MINE,
        Reason.PAUSED,
    }
)
FAILED = frozenset(
    {Reason.BAD_RECIPIENT, Reason.BAD_PAIR, Reason.OPT_OUT, Reason.CONTENT, Reason.GEO}
)


class SmsheraldError(Exception):
    """The parent of everything this package raises on purpose."""


class UnusableError(SmsheraldError):
    """An event, or what one flow makes of it, can never become an SMS: it is parked.

    `detail` names fields and rules, never a value of the event: it travels in a header.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with the configuration, and where: line and column count from 1."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigurationError(SmsheraldError):
    """The configuration cannot be used: all that is wrong with it, at once (exit code 78)."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, sorted(problems))))
        self.problems = tuple(sorted(problems))


class SessionLostError(SmsheraldError):
    """The session that brought a delivery has ended: the broker will bring it again."""


class UnreachableError(SmsheraldError):
    """A peer that a command cannot do without is away (exit code 69)."""


class TopologyError(SmsheraldError):
    """What stands on the broker clashes with what we declare: an operator must act (exit 78)."""


class MissingError(TopologyError):
    """What we may not declare does not stand on the broker."""


class LedgerError(SmsheraldError):
    """The ledger cannot be used at all: corrupt, or of a newer version (exit code 78)."""
