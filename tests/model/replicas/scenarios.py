"""What is searched: daemons as they are, and with one rule taken away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from model.replicas.books import NEW
from model.replicas.world import NO_FAULTS, Faults, Published, Rule, Shop

_CREATED, _NEW, _KEYLESS = Published("order.created"), Published(NEW), Published("")
_FOREIGN = Published(NEW, headers=(("x-smsherald-routing-key", "order.elsewhere"),))
"""Sent on by some program that keeps the headers of what it was brought."""
_WITH_ID = Published("order.created", (("app_id", "shop"), ("message_id", "1")))
_OLD, _BOTH = ("old",), ("old", "new")
_COMES = ((_OLD, _BOTH), (_BOTH,))
"""One by one, daemons are given a new flow; the second starts with it."""
_GOES = ((_BOTH, _OLD), (_OLD,))
_TWICE = ((_OLD,), (_BOTH, _OLD, _BOTH))
"""A flow that comes, goes and comes again, while another daemon never has it."""
_BESIDE = (_OLD,), (("old", "mistaken beside"), ("old", "beside"))
"""A flow beside another makes nothing of its event until a person has mended it."""
_ONE = ((("old", "new", "keyless"),),)
_MENDED = ("bad_number", "unknown_flow")

WHOLE = {
    "a flow comes; two kills and a ledger that is away": Shop(
        (_NEW,), _COMES, (0,), Faults(kills=2, outages=1)
    ),
    "a flow goes; a kill and a ledger that is away": Shop(
        (_NEW,), _GOES, (0,), Faults(kills=1, outages=1)
    ),
    "a flow comes, goes and comes again; a kill": Shop((_NEW,), _TWICE, (0,), Faults(kills=1)),
    "a flow beside another is mended, and its copies are sent again; a kill": Shop(
        (_CREATED,), _BESIDE, (0, 1), Faults(kills=1, replays=2), parked=_MENDED
    ),
    "bare copies, two refusals, a kill, and texts that are too late": Shop(
        (_WITH_ID, _KEYLESS), _ONE, (0,), Faults(kills=1, bare=1, refusals=2, expiries=1)
    ),
    "two daemons and another's headers; bare copies, two kills and a refusal": Shop(
        (_WITH_ID, _FOREIGN), (*_ONE, *_ONE), (0, 1), Faults(kills=2, bare=1, refusals=1)
    ),
}
"""All that can be reached is gone through."""


def _gone(
    rule: Rule,
    event: Published,
    plans: tuple[tuple[tuple[str, ...], ...], ...],
    faults: Faults = NO_FAULTS,
    **more: Any,
) -> tuple[Rule, Shop]:
    up = (0,) if plans in (_COMES, _TWICE) else tuple(range(len(plans)))
    return rule, Shop((event,), plans, up, faults, rule, **more)


TAKEN_AWAY = dict(
    [
        _gone(Rule.IDENTITY, _WITH_ID, _ONE, Faults(kills=1, bare=1, refusals=1)),
        _gone(Rule.ROUTING_KEY, _KEYLESS, _ONE, Faults(refusals=1)),
        _gone(Rule.EXCHANGE, _NEW, _COMES),
        _gone(Rule.ONLY_FLOW, _CREATED, _BESIDE, Faults(replays=1), parked=_MENDED),
        _gone(Rule.FIRST_SEEN, _CREATED, _ONE, Faults(refusals=1, expiries=1)),
        _gone(Rule.ATTEMPT, _CREATED, _ONE, Faults(refusals=2)),
        _gone(Rule.DEFECTS, _CREATED, _ONE, broken=True, parked=("poison",)),
        _gone(Rule.COPIES_ALONE, _FOREIGN, _ONE),
        _gone(Rule.NOT_MINE, _NEW, _COMES),
        _gone(Rule.RECENTLY, _NEW, _COMES),
        _gone(Rule.STEADY, _NEW, _COMES, Faults(outages=1)),
        _gone(Rule.MISSED, _NEW, _COMES, Faults(outages=1)),
        _gone(Rule.SAID_AGAIN, _NEW, _COMES),
        _gone(Rule.WRITTEN_FIRST, _NEW, _COMES),
        _gone(Rule.UNKNOWN_FLOW, _CREATED, _BESIDE, Faults(replays=1), parked=_MENDED),
        _gone(Rule.UNBIND_AFTER, _NEW, _COMES),
        _gone(Rule.FORGOTTEN_UNCHANGED, _NEW, _TWICE),
        _gone(Rule.AWAITED, _NEW, _TWICE),
        _gone(Rule.LOOKED_AGAIN, _NEW, _TWICE),
    ]
)
"""The least that has to go wrong, where a rule is gone."""


def whole(gone: Shop) -> Shop:
    """Return the same with the rule."""
    return replace(gone, without=None)
