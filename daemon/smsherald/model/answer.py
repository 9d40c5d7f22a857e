"""What policy and Twilio say to an SMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from smsherald.errors import Reason

Operation: TypeAlias = Literal["create", "list", "fetch"]
"""What a request asks of Twilio."""


Result: TypeAlias = Literal["ok", "refused", "not_taken", "unknown"]
"""What came of a request, in one word."""

Failure: TypeAlias = Literal[
    "timeout",
    "reset",
    "no_connection",
    "no_address",
    "tls",
    "http_4xx",
    "http_429",
    "http_5xx",
    "http_other",
]
"""Why a request came to nothing: how its connection ended or why there was none, else the class of
its answer; `http_other` is an answer that is neither 2xx, 4xx nor 5xx, or that cannot be read."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Twilio has it, by its answer or by a look-up (`found`)."""

    result: ClassVar[Result] = "ok"

    sid: str
    status: str | None
    found: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Twilio will never take it."""

    result: ClassVar[Result] = "refused"

    reason: Reason
    code: int | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Twilio certainly does not have it; again after `wait` seconds.

    `failure` says why the request came to nothing, where one was made.
    """

    result: ClassVar[Result] = "not_taken"

    reason: Reason
    wait: float | None = None
    code: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Twilio may or may not have it; `failure` says why nobody knows."""

    result: ClassVar[Result] = "unknown"

    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """The look-up read all there was and did not find it."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The look-up itself failed, and why."""

    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Policy says no."""

    reason: Reason


Response: TypeAlias = Accepted | Rejected | NotTaken | Unknown
"""What a request to send has come to."""
Finding: TypeAlias = Accepted | Absent | Unlisted
"""What a look-up has come to."""
Answer: TypeAlias = Response | Finding | Skip
