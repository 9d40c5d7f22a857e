"""What waits for its turn: why, for what, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from smsherald.errors import Reason
from smsherald.model import Pause, Row, Scope
from smsherald.policy.in_words import sentence
from smsherald.sms import countries
from smsherald.timeline.commands import command, ended_by, explained
from smsherald.timeline.words import moment, named, on_one_line

LATE = 2.0
"""Seconds that a broker may take to bring it again."""

Facts: TypeAlias = Mapping[Scope, frozenset[str]]
"""What is known of an SMS that a pause may name; a scope that is missing is not known."""

_WHY: Mapping[str, str] = {
    Reason.IN_FLIGHT: "the same text to the same number, or this one, is under way",
    Reason.UNKNOWN: "nobody knows whether Twilio took it",
    Reason.HELD: "it waits for a person's word",
    Reason.RATE_LIMITED: "its account may be asked no more at once",
    Reason.NOT_TAKEN: "Twilio certainly did not take it",
    Reason.FENCED: "it would have gone out too late after its claim",
    Reason.UNROUTABLE: "no queue takes what its flow publishes",
    Reason.NOT_MINE: "another daemon has it, or wants it",
    Reason.PAUSED: "a pause held it",
    Reason.DEFECT: "a defect of ours, `unexpected` in the log",
}


@dataclass(frozen=True, slots=True)
class Pending:
    """A delivery that was put off, as far as one SMS is concerned."""

    at: float
    again: float | None
    reason: str
    code: object = None
    failed_by: object = None
    """Why its request came to nothing, where it did."""


def waits(pending: Pending, paused: str, now: float) -> str:
    """Say that it waits, for what and until when; the SMS or event is the subject before it."""
    again = _again(pending.again, now)
    # What another daemon may have taken by now may have been sent.
    if pending.reason == Reason.PAUSED and paused and not _is_late(pending.again, now):
        return f"is not sent yet, since {paused}; {again}"
    words = [named(pending.reason)]
    if pending.code is not None:
        words.append(f"Twilio's {named(pending.code)}")
    if pending.failed_by is not None:
        words.append(named(pending.failed_by))
    why = f"{_WHY.get(pending.reason, '')} ({', '.join(words)})".strip()
    if pending.code is not None and (asked := explained(pending.code, "says what to do")):
        why += f"; {asked}" if asked not in paused else ""
    if paused:
        why += f"; and {paused}"
    elif pending.reason == Reason.PAUSED:
        why += ", which is over"
    return f"was put off at {moment(pending.at, now)}: {why}; {again}"


def _again(again: float | None, now: float) -> str:
    if again is None:
        return "it comes again by itself, from a retry queue"
    if not _is_late(again, now):
        return f"it comes again at {moment(again, now)}"
    return (
        f"it was to come again at {moment(again, now)}; unless another daemon has taken it since "
        f"(ask each with `why`), it waits in the queue, behind what came before "
        f"({command('status')})"
    )


def _is_late(again: float | None, now: float) -> bool:
    return again is not None and again + LATE <= now


def came_again(pending: Pending | None, now: float) -> str:
    """Say of what has ended that its event came once more, where it did."""
    if pending is None:
        return ""
    reason = named(pending.reason)
    return (
        f"; its event came again, put off at {moment(pending.at, now)} ({reason}), and this SMS is "
        "not sent again for it"
    )


def paused_by(pauses: Sequence[Pause], facts: Facts, now: float) -> str:
    """Return, within a sentence, the pauses that cover it; where none does, those that may."""
    covering, doubtful = holding(pauses, facts)
    said = [f"{sentence(pause, now)}{ended_by(pause)}" for pause in covering]
    if not covering:
        said = [f"perhaps {sentence(pause, now)}{ended_by(pause)}" for pause in doubtful]
    return on_one_line(", and ".join(said))


def holding(pauses: Sequence[Pause], facts: Facts) -> tuple[list[Pause], list[Pause]]:
    """Return the pauses that cover it, and those that may."""
    covering = [pause for pause in pauses if _covers(pause, facts)]
    return covering, [pause for pause in pauses if pause.target.scope not in facts]


def facts_of(part: Mapping[str, Any], row: Row | None) -> Facts:
    """Return what pauses are about, as far as it is known: of a row more than of a line."""
    facts = {Scope.ALL: frozenset([""])}
    if row is None:
        for scope, name in ((Scope.ACCOUNT, "account"), (Scope.FLOW, "flow")):
            if part.get(name):
                facts[scope] = frozenset([str(part[name])])
        return facts
    facts[Scope.ACCOUNT] = frozenset([row.asked.account])
    facts[Scope.SENDER] = frozenset([row.asked.sender])
    facts[Scope.FLOW] = frozenset([row.flow])
    if row.asked.to:
        facts[Scope.COUNTRY] = countries(row.asked.to)
    return facts


def _covers(pause: Pause, facts: Facts) -> bool:
    return pause.target.name in facts.get(pause.target.scope, ())
