"""What Twilio's codes mean here, and refusals that have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsherald.cli.operate.explanations.effects import advice, effect, see
from smsherald.cli.operate.explanations.explanation import Explanation, Kind, Text, texts
from smsherald.settings.twilio.decisions import Decision, Row, Table, overridden

_DICTIONARY = "https://www.twilio.com/docs/api/errors"
_PAGE = "docs/twilio-errors.md"
_CODES = f"{_PAGE}#codes"
_STATUSES = range(300, 600)
_CLIENTS_FAULT = range(400, 500)
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Decided:
    """What an operator decides otherwise, and in which file."""

    decisions: Mapping[int, Decision] = field(default_factory=dict)
    where: str = ""


def of_code(code: int, table: Table, decided: Decided) -> Explanation:
    """Explain a code of the table, one that an operator has decided on, or one that is neither.

    Of the last `known` is false in the facts, and `near` has the codes that look like it.
    """
    row = overridden(table, decided.decisions).get(code)
    if row is None:
        return _undecided(code, table)
    text = texts("codes").get(str(code))
    shipped = table.get(code)
    own = decided.decisions.get(code)
    return Explanation(
        kind=Kind.CODE,
        word=str(code),
        short="not in the table, and decided on by your settings" if text is None else text.short,
        meaning="Twilio's own dictionary says what it means." if text is None else text.meaning,
        does=[
            *_otherwise(own, shipped, decided.where),
            *effect(row),
            *([text.does] if text and text.does else []),
        ],
        advice=advice(row, () if text is None else text.advice),
        see=[_CODES, *see(row), f"{_DICTIONARY}/{code}"],
        facts={
            "known": True,
            "title": row.title or None,
            "decision": row.decision,
            "decision_of_the_table": None if shipped is None else shipped.decision,
            "settings": None if own is None else decided.where,
            "scope": row.scope,
            "stage": row.stage,
        },
    )


def of_status(status: int) -> Explanation | None:
    """Explain a refusal without a code by its HTTP status; None where that is no refusal."""
    if status not in _STATUSES:
        return None
    every = texts("statuses")
    text: Text | None = every.get(str(status))
    if text is None:
        text = every["4xx" if status in _CLIENTS_FAULT else f"{status // 100}xx"]
    return Explanation(
        kind=Kind.STATUS,
        word=f"HTTP {status}",
        short=text.short,
        meaning=text.meaning,
        does=[text.does],
        advice=text.advice,
        see=text.see,
        facts={"status": status},
    )


def near(code: int, table: Table) -> list[int]:
    """Return the codes that are written most like one, and of these the nearest."""
    from difflib import SequenceMatcher

    typed = str(code)

    def likeness(other: int) -> tuple[bool, float, int]:
        # Two digits that have changed places first: the library makes little of that.
        swapped = sorted(typed) == sorted(str(other))
        return swapped, SequenceMatcher(None, typed, str(other)).ratio(), -abs(code - other)

    return sorted(table, key=likeness, reverse=True)[:_NEAR]


def _undecided(code: int, table: Table) -> Explanation:
    text = texts("statuses")["undecided"]
    others = near(code, table)
    codes = texts("codes")
    listed = "; ".join(f"{other} ({codes[str(other)].short})" for other in others)
    decide = [line.replace("CODE", str(code)) for line in text.advice]
    return Explanation(
        kind=Kind.CODE,
        word=str(code),
        short=text.short,
        meaning=text.meaning,
        does=[text.does],
        advice=[f"If you meant another one: {listed}.", *decide],
        see=[*text.see, f"{_DICTIONARY}/{code}"],
        facts={"known": False, "near": others},
    )


def _otherwise(own: Decision | None, shipped: Row | None, where: str) -> list[str]:
    """Say that the operator has decided."""
    if own is None:
        return []
    table = "has no such code" if shipped is None else f"says `{shipped.decision}`"
    return [f"Your settings decide this: `{own}` (twilio.decisions, {where}). The table {table}."]
