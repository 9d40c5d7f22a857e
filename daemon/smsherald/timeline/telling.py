"""One timeline, and the sentence that it ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from smsherald.sms import mask
from smsherald.timeline.bodies import is_shared
from smsherald.timeline.fates import Fate, Rank
from smsherald.timeline.gathering import events_of, fates_of
from smsherald.timeline.known import Became, Known, Timeline
from smsherald.timeline.nothing import nothing
from smsherald.timeline.steps import beside_it, steps_of
from smsherald.timeline.words import named

_SPELLED_OUT = 4
"""SMSes that a sentence says all of; of others it says how many there are."""
_ID_DIGITS = 6
"""Of a row or of what is parked, by which somebody asks for it."""
_NOT_ENDED = (Rank.UNKNOWN, Rank.WAITS, Rank.UNTOLD)


def tell(wanted: str, known: Known, now: float) -> Timeline:
    """Say what became of what somebody asks about, what it waits for, and until when.

    `wanted` is a reference, an event's id, a SID or a masked number; `now` in seconds since the
    epoch. Without whole numbers or texts, as the log.
    """
    events = events_of(known)
    asked: list[Fate] = []
    others: list[tuple[str, Fate]] = []
    for event_id, event in events.items():
        of_event = fates_of(event, now)
        references = {it.became.reference for it in of_event if _is_about(it.became, wanted)}
        several = len(events) > 1 and event_id is not None
        prefix = f"of event {named(event_id)}, " if several else ""
        uses = f"event id {named(event_id)}" if several else "same event id"
        for fate in of_event:
            reference = fate.became.reference
            if not references - {None} or reference is None or reference in references:
                beside = beside_it(reference, wanted)
                asked.append(replace(fate, subject=f"{prefix}{fate.subject}{beside}"))
            elif is_shared(event):
                others.append((f"the {uses} was also used for {named(reference)}", fate))
            else:
                others.append((f"{prefix}the same event also stands for {named(reference)}", fate))
    if not asked:
        return nothing(wanted, shown(wanted), known, now)
    asked.sort(key=lambda fate: fate.rank)
    others.sort(key=lambda it: (it[0], it[1].rank))
    said = f"{shown(wanted)}: {_together(asked)}{_beside(others)}"
    all_of_them = [*asked, *(fate for _, fate in others)]
    if not known.by_daemon and any(fate.rank in _NOT_ENDED for fate in all_of_them):
        said += "; this is the ledger's word alone"
        said += "" if known.beside else ", and a daemon must run for it to go on"
    outcomes = tuple(fate.became for fate in all_of_them)
    return Timeline(f"{said}.", steps_of(known, wanted, now), outcomes=outcomes)


def _is_about(became: Became, wanted: str) -> bool:
    """Say whether somebody asks for this outcome itself, and not for its event or a number."""
    if wanted in (became.reference, became.sid):
        return True
    ids = (became.key or "", became.parked_id or "")
    return len(wanted) >= _ID_DIGITS and any(each.startswith(wanted) for each in ids)


def shown(wanted: str) -> str:
    """Write what somebody asks about: a number by its ends, and nothing that moves a cursor."""
    return mask(wanted) if wanted.startswith("+") else named(wanted)


def _together(worst: Sequence[Fate]) -> str:
    if len(worst) == 1:
        return str(worst[0])
    spelled, others = worst[:_SPELLED_OUT], worst[_SPELLED_OUT:]
    clauses = [f"({number}) {fate!s}" for number, fate in enumerate(spelled, 1)]
    if others:
        clauses.append(f"and {_counted(others)}")
    return f"{len(worst)} outcomes, the worst first: {'; '.join(clauses)}"


def _beside(others: Sequence[tuple[str, Fate]]) -> str:
    """Say what became of other references' texts, which nobody has asked for."""
    said = [
        f"; {of}: {', and '.join(str(fate) for _, fate in fates)}"
        for of, fates in groupby(others[:_SPELLED_OUT], key=lambda it: it[0])
    ]
    if rest := [fate for _, fate in others[_SPELLED_OUT:]]:
        said.append(f"; and of more references, {_counted(rest)}")
    return "".join(said)


def _counted(fates: Sequence[Fate]) -> str:
    counted = Counter(fate.short for fate in fates).items()
    return ", ".join(f"{count} {short}" for short, count in counted)
