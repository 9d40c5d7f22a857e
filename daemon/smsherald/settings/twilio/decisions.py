"""What is decided on Twilio's error codes: the table, and where an operator says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from smsherald.model import Scope


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


class Stage(StrEnum):
    """When Twilio says a code."""

    API = "api"
    """In the answer to a request."""
    CALLBACK = "callback"
    """Later, of a text that was taken."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Row:
    """What the table has of a code."""

    decision: Decision
    scope: Scope | None = None
    """What else the same is decided on at that moment: None where that is this one text alone."""
    title: str = ""
    """What Twilio's error dictionary calls it; empty where that is not known."""
    stage: Stage = Stage.API


Table: TypeAlias = Mapping[int, Row]


_SCOPES: Mapping[str, Scope | None] = {
    **{scope.value: scope for scope in (Scope.ACCOUNT, Scope.SENDER, Scope.FLOW)},
    **dict.fromkeys(("pair", "recipient", "text")),
}
"""What the table calls them; the last three are of one text alone."""


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
    return Row(
        Decision(row["decision"]),
        _SCOPES[row["scope"]],
        row.get("title", ""),
        Stage(row.get("stage", Stage.API)),
    )


def overridden(table: Table, decisions: Mapping[int, Decision]) -> Table:
    """Return a table with these decisions in the place of its own; of a row the rest stays.

    A code that it does not have gets a row: of one text alone, and of the account where that waits
    for an operator.
    """
    return {**table, **{code: _decided(table.get(code), said) for code, said in decisions.items()}}


def _decided(row: Row | None, decision: Decision) -> Row:
    if row is not None:
        return replace(row, decision=decision)
    return Row(decision, Scope.ACCOUNT if decision is Decision.CONFIG_PAUSE else None)


_OF_ONE_TEXT = {Decision.BAD_RECIPIENT, Decision.BAD_PAIR, Decision.OPT_OUT, Decision.CONTENT}
"""What ends a text, and says nothing of the next one."""


def objection(code: int, decision: Decision) -> str | None:
    """Say why nobody may decide so on a code; None where somebody may."""
    row = _shipped().get(code)
    stage = Stage.API if row is None else row.stage
    if stage is not Stage.API and decision in {Decision.RETRY_LATER, Decision.RATE_LIMITED}:
        return "Twilio says this of a text that it had taken: sent again, it could be texted twice"
    if stage is not Stage.CALLBACK and decision in {Decision.INFO, Decision.EXPIRED}:
        return (
            f"a request is refused with this, and `{decision}` says nothing of that: "
            "what becomes of the text is due here"
        )
    if row is not None and row.scope is Scope.ACCOUNT and decision in _OF_ONE_TEXT:
        return (
            "Twilio says this of the whole account: for as long as it does, every text would be "
            "given up for good"
        )
    return None


@cache
def _shipped() -> Table:
    return load()
