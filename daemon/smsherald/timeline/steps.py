"""What happened to an event, and what will, each with its time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smsherald.errors import Foreign
from smsherald.model import Deferred, Duplicate, Line, Parked, Pause, Row, State
from smsherald.policy.in_words import sentence, what
from smsherald.timeline.ended import is_anothers
from smsherald.timeline.fates import Part, of_sms
from smsherald.timeline.known import Known, Step
from smsherald.timeline.waiting import facts_of, holding
from smsherald.timeline.words import day_and_time, named, on_one_line

_ENDED = ("sent", "failed", "skipped")
_OPEN = (State.SENDING, State.FREE, State.HELD)


def steps_of(known: Known, wanted: str, now: float) -> tuple[Step, ...]:
    """Return them by time; what nobody knows the time of comes last.

    The reference stands beside what is of another than the one that is `wanted`.
    """
    steps = [step for row in known.rows for step in _of_row(row, wanted, now)]
    steps += _of_lines(known, wanted, now)
    for entry in known.parked or ():
        flow = "" if entry.flow is None else f" for {named(entry.flow)}"
        detail = f": {named(entry.detail)}" if entry.detail else ""
        beside = beside_it(entry.reference, wanted)
        steps.append(Step(entry.at, f"parked{flow}{beside}: {named(entry.reason)}{detail}"))
    steps += [step for pause in _pauses(known) for step in _of_pause(pause, now)]
    return tuple(sorted(steps, key=lambda step: (step.at is None, step.at or 0.0)))


def beside_it(reference: object, wanted: str) -> str:
    """Return in brackets a reference that is not the one that was asked for."""
    return "" if reference in (None, wanted) else f" (reference {named(reference)})"


def _of_row(row: Row, wanted: str, now: float) -> Iterator[Step]:
    name = of_sms(row.flow, f"•••{row.phone_tail}") + beside_it(row.reference, wanted)
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
            said = "its quarantine ends" if quiet > now else "its quarantine has ended"
            yield Step(quiet, f"{name}: {said}")
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


@dataclass(slots=True)
class _Said:
    """What was said of one SMS, as often as it was said without anything else between."""

    at: float
    last: float
    text: str
    times: int


def _of_lines(known: Known, wanted: str, now: float) -> Iterator[Step]:
    # Another event's row says nothing of what this one has come to.
    has_row = {(row.event_id, row.flow, row.phone_tail) for row in known.rows}
    listed = {(entry.event_id, entry.flow, entry.reason) for entry in known.parked or ()}
    said: list[_Said] = []
    latest: dict[tuple[str | None, str], _Said] = {}
    again: dict[str | None, Line] = {}
    for line in known.lines:
        if line.outcome == Deferred.word and line.again is not None:
            again[line.event_id] = line
        for part in line.parts:
            word = str(part.get("sms", line.outcome))
            ends = (line.event_id, str(part.get("flow")), str(part.get("to", ""))[-2:])
            has_own = ends in has_row and not is_anothers(part)
            if (word in _ENDED or word == Duplicate.word) and has_own:
                continue  # The row says it, and more.
            if word == Parked.word and _fact(line, part) in listed:
                continue  # The list says it.
            name = _name(line, part) + beside_it(part.get("reference"), wanted)
            text = f"{name}: {_said(part, word)}"
            before = latest.get((line.event_id, name))
            if word == Deferred.word and before is not None and before.text == text:
                before.last, before.times = line.at, before.times + line.times
            else:
                begun = line.at if line.since is None else line.since
                latest[line.event_id, name] = it = _Said(begun, line.at, text, line.times)
                said.append(it)
    for it in said:
        often = f", put off {it.times} times, last at {day_and_time(it.last)}" * (it.times > 1)
        yield Step(it.at, it.text + often)
    for line in again.values():
        comes = "comes again" if (line.again or 0.0) > now else "was to come again"
        yield Step(line.again, f"the event {comes}")


def _fact(line: Line, part: Part) -> tuple[str | None, object, str]:
    return line.event_id, part.get("flow"), str(part.get("reason"))


def _name(line: Line, part: Part) -> str:
    if part.get("flow") is None:
        return f"the event ({named(line.fields.get('routing_key'))})"
    return of_sms(part["flow"], part["to"]) if part.get("to") else f"for {named(part['flow'])}"


def _said(part: Part, word: str) -> str:
    details = [named(part[name]) for name in ("reason", "twilio_code", "failure") if part.get(name)]
    if part.get("detail"):
        details.append(named(part["detail"]))
    if is_anothers(part):
        details.append(f"event {named(part['earlier_event_id'])} has its text (`once`)")
    return ", ".join([word, *details])


def _pauses(known: Known) -> list[Pause]:
    """Return those that hold something of it, or may: of what has ended, none does."""
    open_rows = [row for row in known.rows if row.state in _OPEN or isinstance(row.state, Foreign)]
    facts = [facts_of({}, row) for row in open_rows]
    last = known.lines[-1] if known.lines else None
    if last is not None and last.outcome == Deferred.word:
        rows = {(row.flow, row.phone_tail) for row in known.rows}
        facts += [
            facts_of(part, None)
            for part in last.parts
            if str(part.get("sms", last.outcome)) == Deferred.word
            and (str(part.get("flow")), str(part.get("to", ""))[-2:]) not in rows
        ]
    held = [holding(known.pauses, each) for each in facts]
    return [
        pause
        for pause in known.pauses
        if any(pause in (covering or doubtful) for covering, doubtful in held)
    ]


def _of_pause(pause: Pause, now: float) -> Iterator[Step]:
    yield Step(pause.since, on_one_line(f"paused: {sentence(pause, now)}"))
    if pause.until is not None:
        yield Step(pause.until, on_one_line(f"the pause of {what(pause.target)} ends"))
