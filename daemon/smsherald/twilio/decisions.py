"""What Twilio's refusals mean: the table of its error codes, and the decision on an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias, assert_never

from smsherald.errors import Reason
from smsherald.model import Cause, NotTaken, Rejected, Scope, Unknown

PAUSE = 60.0
"""Seconds until one text is tried again that waits for an operator while nothing else does.

Without a wait of its own it would ask every few seconds: a pause does not count as an attempt.
"""


class Decision(StrEnum):
    """What is decided on one of Twilio's error codes."""

    RATE_LIMITED = "rate_limited"
    """Not taken: later, after `Retry-After` where it is given."""
    RETRY_LATER = "retry_later"
    """A passing fault."""
    BAD_RECIPIENT = "bad_recipient"
    """This number can never be texted."""
    BAD_PAIR = "bad_pair"
    """This sender cannot reach this number."""
    OPT_OUT = "opt_out"
    """The recipient has unsubscribed."""
    CONTENT = "content"
    """This text can never be sent."""
    GEO = "geo"
    """Texts to this country are not enabled."""
    CONFIG_PAUSE = "config_pause"
    """An operator must act; nothing is dropped meanwhile."""
    EXPIRED = "expired"
    """The text's validity period passed at Twilio."""
    INFO = "info"
    """A warning about a text that was taken."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the table has of a code."""

    decision: Decision
    scope: Scope | None = None
    """What else the same is decided on at that moment: None where that is this one text alone."""
    title: str = ""
    """What Twilio's error dictionary calls it; empty where that is not known."""


_SCOPES: Mapping[str, Scope | None] = {
    **{scope.value: scope for scope in (Scope.ACCOUNT, Scope.SENDER, Scope.FLOW)},
    **dict.fromkeys(("pair", "recipient", "text")),
}
"""What the table calls them; the last three are of one text alone."""

Table: TypeAlias = Mapping[int, Row]
Refusal: TypeAlias = Rejected | NotTaken | Unknown


def load(path: Path | None = None) -> Table:
    """Read a table of decisions: a JSON list of `{code, title, decision, scope, stage}`.

    Without a path it is the table of this package. Raises ValueError for a file that is none.
    """
    source = path or files(__package__).joinpath("decisions.json")
    rows = json.loads(source.read_text(encoding="utf-8"))
    try:
        return {int(row["code"]): _row(row) for row in rows}
    except (KeyError, TypeError) as error:
        raise ValueError(f"{source} is no table of decisions.") from error


def _row(row: Mapping[str, str]) -> Row:
    return Row(Decision(row["decision"]), _SCOPES[row["scope"]], row.get("title", ""))


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
