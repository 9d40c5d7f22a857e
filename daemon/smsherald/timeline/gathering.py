"""Which row, line and parked entry are about the same SMS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from smsherald.errors import Reason
from smsherald.model import Deferred, EventOutcome, Line, Parked, ParkedEntry, Row, State
from smsherald.timeline import fates
from smsherald.timeline.fates import Fate, Part
from smsherald.timeline.known import Known
from smsherald.timeline.waiting import Pending, facts_of, held_by

_RACE = 5.0
"""Seconds in which another process may end an SMS while this one puts it off."""
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
        )
        for event_id in sorted(ids, key=lambda each: -ids[each])
    }


def fates_of(event: Known, now: float) -> list[Fate]:
    """Say what became of everything that one event makes."""
    parts = _latest(event.lines)
    whole = parts.pop(_WHOLE, [])
    rows: dict[tuple[str | None, str], list[Row]] = defaultdict(list)
    for row in sorted(event.rows, key=lambda row: row.ended is None):
        rows[row.flow, row.phone_tail].append(row)
    found: list[Fate] = []
    for name in rows.keys() | parts.keys():
        for row, said in zip_longest(rows.get(name, ()), parts.get(name, ())):
            found += _of_one(row, said or _deferred(whole), event, now)
    for said in whole:
        if not (event.rows and _is(said[1], Deferred.word)):
            found += _of_one(None, said, event, now)
    found += [fates.of_entry(entry, now) for entry in event.parked or ()]
    if not found and event.lines:
        last = event.lines[-1]
        found.append(fates.of_ignored(last.fields.get("routing_key"), last.at, now))
    return found


_Said = tuple[Line, Part]


def _latest(lines: Sequence[Line]) -> dict[tuple[str | None, str], list[_Said]]:
    """Return what was said last of each SMS: by flow and the last digits of its number.

    Several may share those; then what has ended comes first.
    """
    latest: dict[tuple[str | None, str], list[_Said]] = {}
    for line in lines:
        parts = [part for part in line.parts if _says(line, part)]
        flows = {part.get("flow") for part in parts}
        again = {
            name: [each for each in said if not _is(each[1], Deferred.word)]
            for name, said in latest.items()
            # It came again: whole, or for what of it was parked.
            if name != _WHOLE and not (name[0] in flows and name[1] == "")
        }
        latest = {name: said for name, said in again.items() if said}
        new: dict[tuple[str | None, str], list[_Said]] = defaultdict(list)
        for part in parts:
            new[part.get("flow"), str(part.get("to", ""))[-2:]].append((line, part))
        for said in new.values():
            said.sort(key=lambda each: _is(each[1], Deferred.word))
        latest |= new
    return latest


def _says(line: Line, part: Part) -> bool:
    """Say whether it is about an SMS; what is parked beside what is put off comes again with it."""
    if line.outcome == EventOutcome.DEFERRED:
        return not _is(part, Parked.word)
    return line.outcome != EventOutcome.IGNORED


def _deferred(whole: Sequence[_Said]) -> _Said | None:
    """Return what put the event off as such, which holds for each SMS of it."""
    return next((said for said in whole if _is(said[1], Deferred.word)), None)


def _of_one(row: Row | None, said: _Said | None, event: Known, now: float) -> Iterator[Fate]:
    """Say what became of one SMS, or of one flow that made none."""
    line, part = said if said is not None else (None, {})
    held = held_by(event.pauses, facts_of(part, row), now)
    pending = None
    if line is not None and _is(part, Deferred.word):
        reason = str(part.get("reason", ""))
        code, failure = part.get("twilio_code"), part.get("failure")
        pending = Pending(line.at, line.again, reason, code, failure)
    parked = _is(part, Parked.word) or _is_listed(row, part, event.parked or ())
    # What could be sent again is not, while its event is parked.
    if row is not None and not (parked and row.state is State.FREE):
        yield fates.of_row(row, _of_row(row, pending), held, now)
    if line is None:
        return
    if _is(part, Parked.word):
        if not _is_listed(row, part, event.parked or ()):
            listed = None if event.parked is None else False
            yield fates.of_parked_part(part, line.event_id, line.at, now, listed=listed)
    elif pending is not None:
        if row is None or _is_another(row, pending):
            yield fates.of_pending(part, pending, held, now)
    elif row is None:
        yield fates.of_ended_part(part, line.at, now)


def _of_row(row: Row, pending: Pending | None) -> Pending | None:
    """Return what was put off if the row has not been claimed again since."""
    return pending if pending is not None and pending.at >= row.claimed_at else None


def _is_another(row: Row, pending: Pending) -> bool:
    """Say whether what was put off is another SMS than that row's, which had ended before.

    The two look alike where an event has two recipients whose numbers end alike.
    """
    ended = row.ended
    if ended is None or pending.reason == Reason.NOT_MINE:
        return False
    return ended.at < pending.at - _RACE


def _is(part: Part, word: str) -> bool:
    return str(part.get("sms") or part.get("outcome")) == word


def _is_listed(row: Row | None, part: Part, parked: Sequence[ParkedEntry]) -> bool:
    flow = part.get("flow") if row is None else row.flow
    return any(entry.flow in (None, flow) for entry in parked)
