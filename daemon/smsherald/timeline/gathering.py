"""Which row, line and parked entry are about the same SMS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from smsherald.model import (
    Deferred,
    EventOutcome,
    Line,
    Parked,
    ParkedEntry,
    Row,
    Sent,
    Skipped,
    State,
)
from smsherald.timeline import fates
from smsherald.timeline.bodies import bodies_of
from smsherald.timeline.ended import is_anothers, of_ended_part, of_ignored
from smsherald.timeline.fates import Fate, Part
from smsherald.timeline.known import Known
from smsherald.timeline.parked import of_entry, of_parked_part
from smsherald.timeline.waiting import Pending, facts_of, paused_by

_FINAL = (Sent.word, Skipped.word)
"""What failed may be sent all the same, once a person brings its event again."""
_WHOLE = (None, "")
"""What stands for the event itself, where no flow came so far."""


def events_of(known: Known) -> dict[str | None, Known]:
    """Split what is known by events, the latest first; None is what has no event's id."""
    ids: dict[str | None, float] = {}
    for row in known.rows:
        ids[row.event_id] = max(ids.get(row.event_id, 0.0), row.since)
    for line in known.lines:
        ids[line.event_id] = max(ids.get(line.event_id, 0.0), line.at)
    for entry in known.parked or ():
        ids[entry.event_id] = max(ids.get(entry.event_id, 0.0), entry.at or 0.0)
    return {
        event_id: Known(
            rows=[row for row in known.rows if row.event_id == event_id],
            lines=[line for line in known.lines if line.event_id == event_id],
            parked=None
            if known.parked is None
            else [entry for entry in known.parked if entry.event_id == event_id],
            pauses=known.pauses,
            on_unknown=known.on_unknown,
        )
        for event_id in sorted(ids, key=lambda each: -ids[each])
    }


def fates_of(event: Known, now: float) -> list[Fate]:
    """Say what became of everything that one event makes, or events that share its identity."""
    return [fate for body in bodies_of(event) for fate in _fates_of(body, now)]


def _fates_of(event: Known, now: float) -> list[Fate]:
    parts = _latest(event.lines)
    whole = parts.pop(_WHOLE, [])
    rows: dict[tuple[str | None, str], list[Row]] = defaultdict(list)
    for row in sorted(event.rows, key=lambda row: row.ended is None):
        rows[row.flow, row.phone_tail].append(row)
    found: list[Fate] = []
    for name in dict.fromkeys([*rows, *parts]):
        own = [said for said in parts.get(name, ()) if not is_anothers(said.part)]
        for row, said in zip_longest(rows.get(name, ()), own):
            found += _of_one(row, said or _deferred(whole), event, now)
        for said in parts.get(name, ()):
            if is_anothers(said.part):
                found += _of_one(None, said, event, now)
    for said in whole:
        if not (event.rows and _is(said.part, Deferred.word)):
            found += _of_one(None, said, event, now)
    found += [of_entry(entry, now) for entry in event.parked or ()]
    if not found and event.lines:
        last = event.lines[-1]
        found.append(of_ignored(last.fields.get("routing_key"), last.at, now))
    return found


class _Said(NamedTuple):
    line: Line
    part: Part
    ended: tuple[Line, Part] | None = None
    """What was said before, where it was put off although it had been sent or skipped."""


def _latest(lines: Sequence[Line]) -> dict[tuple[str | None, str], list[_Said]]:
    """Return what was said last of each SMS: by flow and the last digits of its number.

    Several may share those; then what has ended comes first.
    """
    latest: dict[tuple[str | None, str], list[_Said]] = {}
    for line in lines:
        parts = [part for part in line.parts if _says(line, part)]
        flows = {part.get("flow") for part in parts}
        again = {
            name: [each for each in said if not _is(each.part, Deferred.word)]
            for name, said in latest.items()
            # It came again: whole, or for what of it was parked.
            if name != _WHOLE and not (name[0] in flows and name[1] == "")
        }
        new: dict[tuple[str | None, str], list[_Said]] = defaultdict(list)
        for part in parts:
            new[part.get("flow"), str(part.get("to", ""))[-2:]].append(_Said(line, part))
        for name, said in new.items():
            said.sort(key=lambda each: _is(each.part, Deferred.word))
            before = [ended for each in latest.get(name, ()) if (ended := _ended(each))]
            new[name] = [
                _Said(each.line, each.part, ended)
                for each, ended in zip_longest(said, before)
                if each
            ]
        latest = {name: said for name, said in again.items() if said} | new
    return latest


def _ended(said: _Said) -> tuple[Line, Part] | None:
    """Return what was said last of its end, if that holds however often its event comes."""
    word = said.part.get("earlier") or said.part.get("sms")
    return (said.line, said.part) if word in _FINAL else said.ended


def _says(line: Line, part: Part) -> bool:
    """Say whether it is about an SMS; what is parked beside what is put off comes again with it."""
    if line.outcome == EventOutcome.DEFERRED:
        return not _is(part, Parked.word)
    return line.outcome != EventOutcome.IGNORED


def _deferred(whole: Sequence[_Said]) -> _Said | None:
    """Return what put the event off as such, which holds for each SMS of it."""
    return next((said for said in whole if _is(said.part, Deferred.word)), None)


def _of_one(row: Row | None, said: _Said | None, event: Known, now: float) -> Iterator[Fate]:
    """Say what became of one SMS, or of one flow that made none."""
    line, part, ended = said if said is not None else (None, {}, None)
    paused = paused_by(event.pauses, facts_of(part, row), now)
    listed = _listed(row, part, event.parked or ())
    pending = None
    if line is not None and _is(part, Deferred.word):
        reason = str(part.get("reason", ""))
        code, failure = part.get("twilio_code"), part.get("failure")
        pending = Pending(line.at, line.again, reason, code, failure)
        # Another daemon may have taken it since, and parked it; what was parked before came again.
        entries = listed if row is not None or part.get("flow") else event.parked or ()
        listed = [entry for entry in entries if entry.at is None or entry.at >= pending.at]
    is_listed = None if event.parked is None else bool(listed)
    parked = _is(part, Parked.word) or bool(listed)
    # What could be sent again is not, while its event is parked.
    if row is not None and not (parked and row.state is State.FREE):
        yield fates.of_row(
            row,
            _of_row(row, pending),
            paused,
            now,
            listed=is_listed,
            on_unknown=event.on_unknown.get(row.flow),
        )
    if line is None:
        return
    if _is(part, Parked.word):
        if not listed:
            yield of_parked_part(part, line.event_id, line.at, now, listed=is_listed)
    elif row is not None or (pending is not None and listed):
        return
    elif pending is None:
        yield of_ended_part(part, line.at, now)
    elif ended is not None and event.parked is None:
        # The ledger, which would have its row, has not been asked.
        yield of_ended_part(ended[1], ended[0].at, now, pending)
    else:
        yield fates.of_pending(part, pending, paused, now)


def _of_row(row: Row, pending: Pending | None) -> Pending | None:
    """Return what was put off if the row has been neither claimed again nor ended since."""
    since = row.claimed_at if row.ended is None else row.ended.at
    return pending if pending is not None and pending.at >= since else None


def _is(part: Part, word: str) -> bool:
    return str(part.get("sms") or part.get("outcome")) == word


def _listed(row: Row | None, part: Part, parked: Sequence[ParkedEntry]) -> Sequence[ParkedEntry]:
    """Return what is parked of the same flow, or of the whole event."""
    flow = part.get("flow") if row is None else row.flow
    return [entry for entry in parked if entry.flow in (None, flow)]
