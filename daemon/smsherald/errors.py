"""Why something did not go through (`Reason`), and the exceptions of the package."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, StrEnum, auto
from typing import Self, TypeVar


class Standing(Flag):
    """Where a reason may stand."""

    PARKED = auto()
    """The event, or one flow's SMS of it, waits in the parked queue for a person."""
    SKIPPED = auto()
    """The SMS is deliberately not sent."""
    DEFERRED = auto()
    """The SMS comes again later."""
    FAILED = auto()
    """The SMS can never be sent."""


_NOWHERE = Standing(0)

ENVIRONMENT = "environment:"
"""What a problem with a variable of the environment has for its file, before the name."""


class Reason(StrEnum):
    """The one closed list of reasons.

    Log field, metric label, notification field and parked header all say the same word. Each
    knows where it may stand, and whether what is deferred for it is one attempt nearer to its end.
    """

    standing: Standing
    counts: bool

    def __new__(cls, word: str, standing: Standing = _NOWHERE, counts: bool = True) -> Self:  # noqa: FBT001, FBT002 - a member's columns.
        """Make a member of its columns: the word, where it may stand, whether it counts."""
        reason = str.__new__(cls, word)
        reason._value_ = word
        reason.standing = standing
        reason.counts = counts
        return reason

    TOO_LARGE = "too_large", Standing.PARKED
    NOT_JSON = "not_json", Standing.PARKED
    NOT_AN_OBJECT = "not_an_object", Standing.PARKED
    MISSING_VALUE = "missing_value", Standing.PARKED
    INVALID_VALUE = "invalid_value", Standing.PARKED
    BAD_NUMBER = "bad_number", Standing.PARKED
    EMPTY_TEXT = "empty_text", Standing.PARKED
    TEXT_TOO_LONG = "text_too_long", Standing.PARKED
    UNKNOWN_ACCOUNT = "unknown_account", Standing.PARKED
    UNKNOWN_FLOW = "unknown_flow", Standing.PARKED
    IDENTITY_CONFLICT = "identity_conflict", Standing.PARKED
    POISON = "poison", Standing.PARKED
    DELIVERY_LIMIT = "delivery_limit", Standing.PARKED

    EXPIRED = "expired", Standing.SKIPPED
    NOT_ALLOWED = "not_allowed", Standing.SKIPPED
    DENIED = "denied", Standing.SKIPPED
    NO_CONSENT = "no_consent", Standing.SKIPPED
    SHADOW = "shadow", Standing.SKIPPED

    IN_FLIGHT = "in_flight", Standing.DEFERRED, False
    UNKNOWN = "unknown", Standing.DEFERRED
    HELD = "held", Standing.DEFERRED, False
    RATE_LIMITED = "rate_limited", Standing.DEFERRED
    NOT_TAKEN = "not_taken", Standing.DEFERRED
    FENCED = "fenced", Standing.DEFERRED
    NOT_MINE = "not_mine", Standing.DEFERRED, False
    PAUSED = "paused", Standing.DEFERRED, False
    UNROUTABLE = "unroutable", Standing.DEFERRED
    DEFECT = "defect", Standing.DEFERRED

    # The decisions of Twilio's error table.
    BAD_RECIPIENT = "bad_recipient", Standing.FAILED
    BAD_PAIR = "bad_pair", Standing.FAILED
    OPT_OUT = "opt_out", Standing.FAILED
    CONTENT = "content", Standing.FAILED
    GEO = "geo", Standing.FAILED

    @classmethod
    def of(cls, standing: Standing) -> frozenset[Reason]:
        """Return the reasons that may stand there."""
        return frozenset(reason for reason in cls if standing in reason.standing)


class Foreign(str):
    """A word of another version, in the place of one that this version knows.

    It is kept and shown as it stands; nothing is done about it.
    """

    __slots__ = ()


_Known = TypeVar("_Known", bound=StrEnum)


def word_of(kind: type[_Known], word: str) -> _Known | Foreign:
    """Read a word that another version may have written; never raises."""
    try:
        return kind(word)
    except ValueError:
        return Foreign(word)


def in_one_line(text: str) -> str:
    """Return several lines as one, in which it is to be seen where each has ended."""
    joined = ""
    for line in filter(None, (" ".join(line.split()) for line in text.splitlines())):
        said = joined.endswith((":", ",", ";", ".", "?", "!"))
        joined += f"{' ' if said else '; '}{line}" if joined else line
    return joined


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
    """One thing wrong with the configuration, and where: line and column count from 1.

    A variable of the environment is a file, too: `environment:NAME`.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        if self.file.startswith(ENVIRONMENT) and (self.line, self.column) == (1, 1):
            # It is wrong as a whole: nobody looks for lines in it.
            return f"{self.file}: {self.message}"
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ConfigurationError(SmsheraldError):
    """The configuration cannot be used: all that is wrong with it, at once (exit code 78)."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, sorted(problems))))
        self.problems = tuple(sorted(problems))

    @property
    def in_short(self) -> str:
        """The first of them, and how many there are."""
        return f"{self.problems[0]} (problems: {len(self.problems)})"


class SessionLostError(SmsheraldError):
    """The session that brought a delivery has ended: the broker will bring it again."""


class UnreachableError(SmsheraldError):
    """A peer that a command cannot do without is away (exit code 69).

    `todo` says what to see to; it is empty where nobody knows.
    """

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__("; ".join(filter(None, (what, todo))))
        self.what = what
        self.todo = todo


class RefusedError(UnreachableError):
    """A peer that a command cannot do without answers, and does not let it in."""


class TopologyError(SmsheraldError):
    """What stands on the broker clashes with what we declare: an operator must act (exit 78)."""


class MissingError(TopologyError):
    """What we may not declare does not stand on the broker."""


class LimitError(SmsheraldError):
    """The system allows the process less than its settings need (exit code 78)."""


class LedgerError(SmsheraldError):
    """The ledger cannot be used at all: corrupt, or of a newer version (exit code 78)."""


class OlderLedgerError(LedgerError):
    """The ledger must be upgraded before a command can use it."""
