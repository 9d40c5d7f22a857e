"""Which of what is known belongs together, where several events came with one identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from smsherald.errors import Reason
from smsherald.model import Line, ParkedEntry, Row
from smsherald.timeline.known import Known

_Names: TypeAlias = frozenset[tuple[str, str]]


def is_shared(event: Known) -> bool:
    """Say whether its identity is known to be several events'."""
    reasons = [entry.reason for entry in event.parked or ()]
    reasons += [str(part.get("reason")) for line in event.lines for part in line.parts]
    return len({row.event_digest for row in event.rows}) > 1 or Reason.IDENTITY_CONFLICT in reasons


def bodies_of(event: Known) -> Sequence[Known]:
    """Split it by events, as far as references and digests tell them apart."""
    if not is_shared(event):
        return [event]
    names = [_of_row(row) for row in event.rows]
    names += [_of_line(line) for line in event.lines]
    names += [_of_entry(entry) for entry in event.parked or ()]
    groups: list[_Names] = []
    for each in filter(None, names):
        touching = [group for group in groups if group & each]
        groups = [group for group in groups if not group & each]
        groups.append(each.union(*touching))
    if len(groups) <= 1:
        return [event]
    # What has no name of its own goes with the one whose text was asked for.
    first = next((group for group in groups if event.rows and _of_row(event.rows[0]) & group), None)
    rest = first or groups[0]
    return [
        replace(
            event,
            rows=[row for row in event.rows if _of_row(row) & group],
            lines=[line for line in event.lines if (_of_line(line) or rest) & group],
            parked=None
            if event.parked is None
            else [entry for entry in event.parked if (_of_entry(entry) or rest) & group],
        )
        for group in groups
    ]


def _of_row(row: Row) -> _Names:
    return _named(row.reference) | {("digest", row.event_digest)}


def _of_line(line: Line) -> _Names:
    return frozenset().union(*(_named(part.get("reference")) for part in line.parts))


def _of_entry(entry: ParkedEntry) -> _Names:
    return _named(entry.reference)


def _named(reference: object) -> _Names:
    return frozenset() if reference is None else frozenset([("reference", str(reference))])
