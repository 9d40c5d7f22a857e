"""What is searched: daemons as they are, and with one rule taken away."""

from __future__ import annotations

from dataclasses import replace

from model.replicas.books import NEW
from model.replicas.world import Faults, Published, Rule, Shop

_CREATED, _NEW, _KEYLESS = Published("order.created"), Published(NEW), Published("")
_FOREIGN = Published(NEW, headers=(("x-smsherald-routing-key", "order.elsewhere"),))
"""Sent on by some program that keeps the headers of what it was brought."""
_WITH_ID = Published("order.created", (("app_id", "shop"), ("message_id", "1")))
_OLD, _BOTH = ("old",), ("old", "new")
_COMES = ((_OLD, _BOTH), (_BOTH,))
_GOES = ((_BOTH, _OLD), (_OLD,))
_BESIDE = ((_OLD,), (("old", "mistaken beside"), ("old", "beside")))

WHOLE = {
    "a flow comes; a kill": Shop((_NEW,), _COMES, (0,), Faults(kills=1)),
    "a flow goes; a kill": Shop((_NEW,), _GOES, (0,), Faults(kills=1)),
    "a flow comes, and goes again": Shop((_NEW,), ((_OLD,), (_BOTH, _OLD, _BOTH)), (0,)),
    "a flow beside another is mended, and its copy is sent again; a kill": Shop(
        (_CREATED,), _BESIDE, (0, 1), Faults(kills=1, replays=2),
        parked=("bad_number", "unknown_flow"),
    ),
    "copies that are written bare; two refusals and a kill": Shop(
        (_WITH_ID, _KEYLESS), (("old", "keyless"),) * 1 and ((("old", "keyless"),),), (0,),
        Faults(kills=1, bare=1, refusals=2),
    ),
}  # fmt: skip
"""All that can be reached is gone through."""

TAKEN_AWAY: dict[Rule, Shop] = {}


def whole(gone: Shop) -> Shop:
    """Return the same with the rule."""
    return replace(gone, without=None)
