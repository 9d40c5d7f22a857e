"""What a person sees of the recent past at one glance: bounded, however much there was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, get_args

from smsherald.model import Line, Outcome, Unfinished
from smsherald.observe.recent import IGNORED, Recent

LINES: Final = 40
"""Events that are shown."""
PARTS: Final = 4
"""SMSes of one event that are shown."""
KEYS: Final = 30
"""Routing keys of which it is said what tells their events apart."""
WORDS: Final = tuple(kind.word for kind in get_args(Outcome))
"""What can become of an SMS."""

_OF_AN_EVENT = ("event_id", "routing_key", "attempt", "reason")
_OF_A_PART = ("flow", "sms", "to", "reference", "sid", "reason", "detail", "twilio_code", "failure")


def glance(
    recent: Recent,
    flows: Iterable[str],
    unfinished: Unfinished | None,
    now: float,
    parked: int | None = None,
) -> dict[str, Any]:
    """Return it as JSON has it; `now` is wall clock, in seconds. No number is whole in it.

    `parked` is how much the broker says is parked, where that is known.
    """
    minutes = recent.hour(now)
    return {
        "deferred": dict(recent.put_off),
        "deferred_by_flow": dict(recent.put_off_by_flow),
        "unfinished": None if unfinished is None else _unfinished(unfinished, parked),
        "last_hour": {
            word: [minute.get(word, 0) for minute in minutes] for word in (*WORDS, IGNORED)
        },
        "flow_outcomes": {
            flow: {word: recent.of_flow(flow).get(word, 0) for word in WORDS} for flow in flows
        },
        "identities": {key: dict(rules) for key, rules in islice(recent.identities.items(), KEYS)},
        "last_events": [_event(line) for line in recent.lines(LINES)],
    }


def _unfinished(unfinished: Unfinished, parked: int | None) -> dict[str, Any]:
    # Ledger and broker are counted one after the other: what is listed beyond the queue's length is
    # of another moment, just before `parked drop` for example.
    is_of_now = parked is None or sum(unfinished.parked.values()) <= parked
    return {
        "held": unfinished.held,
        "parked": dict(unfinished.parked) if is_of_now else {},
        "outbox": unfinished.outbox,
    }


def _event(line: Line) -> dict[str, Any]:
    parts = line.parts
    return {
        "at": line.at,
        "outcome": line.outcome,
        "again": line.again,
        "times": line.times,
        **_chosen(line.fields, _OF_AN_EVENT),
        "parts": [_chosen(part, _OF_A_PART) for part in parts[:PARTS]],
        "more": max(0, len(parts) - PARTS),
    }


def _chosen(fields: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}
