"""Where nothing is known of it: why that may be, and where to look."""

from __future__ import annotations

from collections.abc import Mapping

from smsherald.policy.in_words import sentence
from smsherald.timeline.commands import ask, command, ended_by
from smsherald.timeline.known import Known, Step, Timeline
from smsherald.timeline.words import like_a_number, named, on_one_line, span

_SPELLED_OUT = 2
"""Pauses that are told, and daemons."""


def nothing(wanted: str, name: str, known: Known, now: float) -> Timeline:
    """Say what cannot be known, and where to look; `name` is what is wanted as it may be shown."""
    if known.by_daemon:
        said = (
            f"Nothing is known of {name}: {_paused(known, now)}it is not in the ledger, and not "
            f"among what this daemon remembers; it may never have come, {_may_wait(known)}, or be "
            "long forgotten"
        )
    elif known.beside:
        said = (
            f"Nothing of {name} is in the ledger: {_paused(known, now)}what was put off before any "
            "claim only the daemon knows that put it off: it may wait in the queue, or never have "
            "come"
        )
    else:
        said = (
            f"Nothing is known of {name}: {_paused(known, now)}it is not in the ledger, and "
            "without a daemon nobody can say what was put off before any claim, or waits in the "
            "queue: it may wait, or never have come"
        )
    if known.by_daemon and not known.by_phone:
        said += (
            "; an event that no flow wanted has no reference: ask for it by its event id, which "
            "the publisher and the daemon's log have"
        )
    looks = tuple(Step(None, f"look: {look}") for look in _where(wanted, known))
    return Timeline(f"{said}.", looks, known=False)


def elsewhere(wanted: str, others: Mapping[str, str | None]) -> str:
    """Name the other daemons, and what asks each; there must be some."""
    units = [name for name, unit in sorted(others.items()) if unit is not None]
    names = [name for name in sorted(others) if name not in units]
    asks = [f"{named(name)} ({ask(wanted, others[name])})" for name in units[:_SPELLED_OUT]]
    asks += map(named, names[: _SPELLED_OUT - len(asks)])
    more = f" and {len(others) - len(asks)} more" if len(others) > len(asks) else ""
    daemon = "another daemon" if len(others) == 1 else "other daemons"
    each = f"; ask where it runs: {ask(wanted)}" if names else ""
    return (
        f"{daemon} on this ledger may have handled it, and alone will know of what was put off "
        f"there: {', '.join(asks)}{more}{each}"
    )


def _paused(known: Known, now: float) -> str:
    """Say first what is paused, which may be all the reason there is."""
    told = [f"{sentence(it, now)}{ended_by(it)}" for it in known.pauses[:_SPELLED_OUT]]
    if more := len(known.pauses) - len(told):
        told.append(f"{more} more ({command('pauses')})")
    waits = ", and what is paused waits unseen; " if told else ""
    return on_one_line(", and ".join(told)) + waits


def _may_wait(known: Known) -> str:
    if known.waiting is None:
        return "wait in the queue"
    waiting = f"{known.waiting:,} did when last counted, with its retry queues"
    return f"wait in the queue ({waiting})"


def _where(wanted: str, known: Known) -> list[str]:
    asked = [] if known.by_daemon else ["start the daemon, or ask where it runs"]
    if known.beside:
        asked = ["ask again once the daemon's ledger answers it: /readyz says why it does not"]
    if known.others and not known.by_phone:
        asked.append(elsewhere(wanted, known.others))
    if known.by_phone:
        asked.append("by reference or event id: before any claim nothing is found by a number")
    elif like_a_number(wanted):
        asked.insert(0, f"by a phone number: {command('why', '--phone', 'NUMBER')}")
    unread = (
        f"; this daemon has parked {known.unread} of late of which no event could be read"
        if known.unread
        else ""
    )
    forgets = "" if known.retention is None else f" ({span(known.retention)})"
    return [
        *asked,
        f"what is parked: {command('parked', 'list')}{unread}",
        (
            "the publisher: did it publish to the exchange that broker.exchange names: "
            f"{command('tap', '--routing-key', '#')} shows what comes there from now on, and by "
            "which routing key"
        ),
        f"the queue: does another consumer take events off it: {command('check', '--live')}",
        (
            f"the flows: does one want its routing key, and make that reference: {command('check')}"
            "; where one says `once`, the ledger names only the event that was texted"
        ),
        f"what has ended longer ago than ledger.retention{forgets} is only in logs",
    ]
