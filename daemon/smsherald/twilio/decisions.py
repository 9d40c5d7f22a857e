"""What Twilio's refusals mean: an answer, decided by the table of its error codes."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from smsherald.errors import Reason
from smsherald.model import Cause, NotTaken, Rejected, Scope, Unknown
from smsherald.settings.twilio.decisions import Decision, Table

TEST_CREDENTIALS = 20008
"""Twilio's test credentials may ask for a text, which nobody gets, and read nothing."""

PAUSE = 60.0
"""Seconds until one text is tried again that waits for an operator while nothing else does.

Without a wait of its own it would ask every few seconds: a pause does not count as an attempt.
"""


Refusal: TypeAlias = Rejected | NotTaken | Unknown


def decide(table: Table, status: int, code: int | None, retry_after: float | None) -> Refusal:
    """Say what an answer other than 2xx to our request means.

    `code` is Twilio's error code where the answer has one, `retry_after` seconds. Only a 4xx is
    a refusal, where the code decides and else the status; after anything else Twilio may have
    taken the request, whatever the code says. No text fails but by a code of the table.
    """
    if not 400 <= status < 500:  # noqa: PLR2004 - The bounds are those of the status class.
        return Unknown()
    row = None if code is None else table.get(code)
    decision = None if row is None else row.decision
    match decision:
        case Decision.RATE_LIMITED:
            return NotTaken(Reason.RATE_LIMITED, retry_after, code)
        case Decision.RETRY_LATER:
            return NotTaken(Reason.NOT_TAKEN, retry_after, code)
        case (
            Decision.BAD_RECIPIENT
            | Decision.BAD_PAIR
            | Decision.OPT_OUT
            | Decision.CONTENT
            | Decision.GEO
        ):
            return Rejected(Reason(decision.value), code)
        case Decision.CONFIG_PAUSE:
            return NotTaken(Reason.PAUSED, None if row and row.scope else PAUSE, code)
        # The last two speak of texts that were taken, so they decide nothing here.
        case None | Decision.EXPIRED | Decision.INFO:
            return _by_status(status, code, retry_after)
        case _:
            assert_never(decision)


def is_undecided(table: Table, status: int, code: int | None) -> bool:
    """Say whether a refusal has a code that the table does not decide on."""
    if code is None or not 400 <= status < 500:  # noqa: PLR2004 - The same.
        return False
    return _decision(table, code) in {None, Decision.EXPIRED, Decision.INFO}


def scope_of(table: Table, answer: Refusal, code: int | None) -> Scope | None:
    """Say what else would be answered like this, and waits for that; None where nothing is.

    A refusal that only an operator can end is of the whole account, where the table does not say.
    """
    if not isinstance(answer, NotTaken) or answer.reason is Reason.NOT_TAKEN:
        return None
    row = None if code is None else table.get(code)
    if row is not None and row.decision in {Decision.CONFIG_PAUSE, Decision.RATE_LIMITED}:
        return row.scope
    return Scope.ACCOUNT


def cause_of(answer: Refusal) -> Cause:
    """Say why that waits."""
    limited = isinstance(answer, NotTaken) and answer.reason is Reason.RATE_LIMITED
    return Cause.FULL if limited else Cause.REFUSED


def meaning(table: Table, status: int, code: int | None) -> str:
    """Say in Twilio's words what an answer means: its code and title, or its HTTP status."""
    if code is None:
        return f"HTTP {status} without a code"
    title = table[code].title if code in table else ""
    return f"{code} ({title})" if title else f"{code}"


def _decision(table: Table, code: int | None) -> Decision | None:
    row = None if code is None else table.get(code)
    return None if row is None else row.decision


def _by_status(status: int, code: int | None, retry_after: float | None) -> Refusal:
    """Decide without a code that we know; a refusal that needs a person always has one to show."""
    match status:
        case 408 | 409:
            return Unknown()
        case 429:
            return NotTaken(Reason.RATE_LIMITED, retry_after, code)
        case 401 | 403 | 404:
            return NotTaken(Reason.PAUSED, None, code or status)
        case _ if code is None:
            # Not Twilio's own words, but a proxy's or another server's: no text fails for that.
            return NotTaken(Reason.PAUSED, None, status)
        case _:
            # Twilio adds codes without notice, and this one may be about the account.
            return NotTaken(Reason.NOT_TAKEN, retry_after, code)
