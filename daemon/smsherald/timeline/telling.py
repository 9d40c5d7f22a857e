"""One timeline, and the sentence that it ends in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from smsherald.policy.in_words import sentence as in_words
from smsherald.sms import mask
from smsherald.timeline.commands import command
from smsherald.timeline.fates import Fate, Rank
from smsherald.timeline.gathering import events_of, fates_of
from smsherald.timeline.known import Known, Step, Timeline
from smsherald.timeline.steps import steps_of
from smsherald.timeline.words import named, on_one_line, span

_NUMBER = re.compile(r"\+?[\d\s().-]{7,}", re.ASCII)
"""What may be meant for a phone number, and was not asked as one."""
_SPELLED_OUT = 4
"""SMSes that a sentence says all of; of others it says how many there are."""
_NOT_ENDED = (Rank.UNKNOWN, Rank.WAITS, Rank.UNTOLD)


def tell(wanted: str, known: Known, now: float) -> Timeline:
    """Say what became of what somebody asks about, what it waits for, and until when.

    `wanted` is a reference, an event's id, a SID or a masked number; `now` in seconds since the
    epoch. Without whole numbers or texts, as the log.
    """
    events = events_of(known)
    found: list[Fate] = []
    for event_id, event in events.items():
        of_event = fates_of(event, now)
        if len(events) > 1 and event_id is not None:
            prefix = f"of event {named(event_id)}, "
            of_event = [replace(it, clause=prefix + it.clause) for it in of_event]
        found += of_event
    if not found:
        return _nothing(wanted, known, now)
    said = f"{shown(wanted)}: {_all(found, wanted)}"
    if not known.by_daemon and any(fate.rank in _NOT_ENDED for fate in found):
        said += "; this is the ledger's word alone"
        said += "" if known.beside else ", and a daemon must run for it to go on"
    return Timeline(f"{said}.", steps_of(known, now))


def shown(wanted: str) -> str:
    """Write what somebody asks about: a number by its ends, and nothing that moves a cursor."""
    return mask(wanted) if wanted.startswith("+") else named(wanted)


def _all(found: Sequence[Fate], wanted: str) -> str:
    """Say what was asked about first; what another reference stands for is said to be that."""
    references = dict.fromkeys(fate.reference for fate in found if fate.reference is not None)
    others = [reference for reference in references if reference != wanted]
    if wanted not in references:
        if len(others) < 2:  # noqa: PLR2004 - of one, all are
            return _together(found)
        named_ones = [
            fate if fate.reference is None else replace(fate, clause=f"{_of(fate)}: {fate.clause}")
            for fate in found
        ]
        return _together(named_ones)
    said = [_together([fate for fate in found if fate.reference in (wanted, None)])]
    for other in others:
        of_other = _together([fate for fate in found if fate.reference == other])
        said.append(f"the same event also stands for {named(other)}: {of_other}")
    return "; ".join(said)


def _of(fate: Fate) -> str:
    return f"for {named(fate.reference)}"


def _together(found: Sequence[Fate]) -> str:
    worst = sorted(found, key=lambda fate: fate.rank)
    if len(worst) == 1:
        return worst[0].clause
    spelled, others = worst[:_SPELLED_OUT], worst[_SPELLED_OUT:]
    clauses = [f"({number}) {fate.clause}" for number, fate in enumerate(spelled, 1)]
    if others:
        counted = Counter(fate.short for fate in others).items()
        clauses.append("and " + ", ".join(f"{count} {short}" for short, count in counted))
    return f"{len(worst)} outcomes, the worst first: {'; '.join(clauses)}"


def _nothing(wanted: str, known: Known, now: float) -> Timeline:
    """Say what cannot be known, and where to look."""
    name = shown(wanted)
    if known.by_daemon:
        said = (
            f"Nothing is known of {name}: it is not in the ledger, and not among what this daemon "
            f"remembers; it may never have come, {_may_wait(known)}, or be long forgotten."
        )
    elif known.beside:
        said = (
            f"Nothing of {name} is in the ledger; what was put off before any claim only the "
            "daemon knows that put it off: it may wait in the queue, or never have come."
        )
    else:
        said = (
            f"Nothing is known of {name}: it is not in the ledger, and without a daemon nobody can "
            "say what was put off before any claim, or waits in the queue: it may wait, "
            "or never have come."
        )
    paused = [
        Step(pause.since, on_one_line(f"paused: {in_words(pause, now)}")) for pause in known.pauses
    ]
    looks = [Step(None, f"look: {look}") for look in _where(wanted, known)]
    return Timeline(said, (*paused, *looks), known=False)


def _may_wait(known: Known) -> str:
    wait = (
        "wait in the queue" if not known.pauses else "wait in the queue while something is paused"
    )
    return (
        wait
        if known.waiting is None
        else f"{wait} ({known.waiting:,} did when last counted, with its retry queues)"
    )


def _where(wanted: str, known: Known) -> list[str]:
    unread = (
        f"this daemon has parked {known.unread} of late of which no event could be read; "
        if known.unread
        else ""
    )
    forgets = "" if known.retention is None else f" ({span(known.retention)})"
    asked = [] if known.by_daemon else ["start the daemon, or ask where it runs"]
    if known.beside:
        asked = ["ask again once the daemon's ledger answers it: /readyz says why it does not"]
    if _NUMBER.fullmatch(wanted):
        asked.insert(0, f"by a phone number: {command('why', '--phone', 'NUMBER')}")
    elif wanted.startswith("+"):
        asked.append("by reference or event id: before any claim nothing is found by a number")
    return [
        *asked,
        f"in the parked queue: {unread}{command('parked', 'list')}",
        "in the queue and its retry queues: what waits there is not looked at",
        "in the daemon's log, by event_id and reference: a daemon that starts anew forgets",
        "at the publisher: is it the exchange that broker.exchange names, and was it taken",
        f"in the flows: does one want its routing key, and make that reference: {command('check')}",
        "by its event id: what no flow wanted has no reference",
        f"the ledger forgets what has ended after ledger.retention{forgets}",
    ]
