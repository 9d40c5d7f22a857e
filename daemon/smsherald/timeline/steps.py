"""What happened to an event, and what will, each with its time."""

from __future__ import annotations

from collections.abc import Iterator

from smsherald.errors import Foreign
from smsherald.model import Deferred, EventOutcome, Line, Pause, Row, State
from smsherald.policy.in_words import sentence
from smsherald.timeline.fates import Part, of_sms
from smsherald.timeline.known import Known, Step
from smsherald.timeline.waiting import facts_of, may_hold
from smsherald.timeline.words import named, on_one_line

_ENDED = ("sent", "failed", "skipped")
_OPEN = (State.SENDING, State.FREE, State.HELD)


def steps_of(known: Known, now: float) -> tuple[Step, ...]:
    """Return them by time; what nobody knows the time of comes last."""
    steps = [step for row in known.rows for step in _of_row(row, now)]
    has_row = {(row.flow, row.phone_tail) for row in known.rows}
    steps += [step for line in known.lines for step in _of_line(line, has_row, now)]
    for entry in known.parked or ():
        flow = "" if entry.flow is None else f" for {named(entry.flow)}"
        detail = f": {named(entry.detail)}" if entry.detail else ""
        steps.append(Step(entry.at, f"parked{flow}: {named(entry.reason)}{detail}"))
    # Of an event that has ended, what is paused now says nothing.
    steps += [step for pause in _holding(known) for step in _of_pause(pause, now)]
    return tuple(sorted(steps, key=lambda step: (step.at is None, step.at or 0.0)))


def _holding(known: Known) -> Iterator[Pause]:
    """Return the pauses that hold any of it that waits, or may."""
    rows = [row for row in known.rows if row.state in _OPEN or isinstance(row.state, Foreign)]
    lines = [line for line in known.lines[-1:] if line.outcome == EventOutcome.DEFERRED]
    facts = [facts_of({}, row) for row in rows]
    facts += [facts_of(part, None) for line in lines for part in line.parts]
    for pause in known.pauses:
        if any(may_hold(pause, each) for each in facts):
            yield pause


def _of_row(row: Row, now: float) -> Iterator[Step]:
    name = of_sms(row.flow, f"•••{row.phone_tail}")
    by = named(row.owner.split("/")[0])
    event = f"event {named(row.event_id)}, {named(row.routing_key)}"
    yield Step(row.since, f"{name} is claimed ({event}; account {named(row.asked.account)})")
    if row.claimed_at > row.since:
        times = f"claimed {row.claim_number} times so far, last by {by}"
        if row.state is State.FREE:
            times = f"claimed or freed: {times}" if row.claim_number > 1 else "freed"
        yield Step(row.claimed_at, f"{name} is {times}")
    match row.state:
        case State.SENDING:
            quiet = row.claimed_at + row.quarantine
            said = "may be looked up from now on" if quiet > now else "could be looked up"
            yield Step(quiet, f"{name} {said}")
        case State.SENT:
            status = row.result.get("status")
            word = f", {named(status)}" if status else ""
            yield Step(row.ended_at, f"{name} is recorded as sent{word}: {named(row.sid)}")
        case State.FAILED | State.SKIPPED:
            code = row.result.get("code")
            also = f", Twilio's {named(code)}" if code else ""
            reason = named(row.result.get("reason"))
            yield Step(row.ended_at, f"{name} is {named(row.state)}: {reason}{also}")
        case State.FREE:
            yield Step(None, f"{name} is free: Twilio does not have it")
        case state:
            yield Step(None, f"{name} is {named(state)}")
    for sid in row.second_sids:
        yield Step(None, f"{name} has gone out once more, as {named(sid)}")
    if row.notified_at is not None:
        yield Step(row.notified_at, f"{name}: sms.{named(row.state)} is told")


def _of_line(line: Line, has_row: set[tuple[str, str]], now: float) -> Iterator[Step]:
    for part in line.parts:
        word = str(part.get("sms", line.outcome))
        ends = (str(part.get("flow")), str(part.get("to", ""))[-2:])
        if (word in _ENDED or word == "duplicate") and ends in has_row:
            continue  # The row says it, and more.
        yield Step(line.at, f"{_name(line, part)}: {_said(part, word)}")
    if line.outcome == Deferred.word and line.again is not None:
        said = "comes again" if line.again > now else "was to come again"
        yield Step(line.again, f"the event {said}")


def _name(line: Line, part: Part) -> str:
    if part.get("flow") is None:
        return f"the event ({named(line.fields.get('routing_key'))})"
    return of_sms(part["flow"], part["to"]) if part.get("to") else f"for {named(part['flow'])}"


def _said(part: Part, word: str) -> str:
    details = [named(part[name]) for name in ("reason", "twilio_code", "failure") if part.get(name)]
    if part.get("detail"):
        details.append(named(part["detail"]))
    return ", ".join([word, *details])


def _of_pause(pause: Pause, now: float) -> Iterator[Step]:
    yield Step(pause.since, on_one_line(f"paused: {sentence(pause, now)}"))
    if pause.until is not None:
        yield Step(pause.until, on_one_line(f"the pause of {pause.target.scope.value} ends"))
