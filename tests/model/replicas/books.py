"""The flows that daemons know, as the daemon has them."""

from __future__ import annotations

from functools import cache

from smsherald.flows import Flow, FlowBook, Route, Template, Way
from smsherald.model import Account, OnUnknown

MAX_AGE = 100.0
EVENTS, NEW = "events", "order.new"
KEY = (EVENTS, NEW)
"""The key that not all want."""

_ACCOUNT = Account("default", "AC" + "0" * 32, "+15550100", frozenset({"+15550100"}))
_SUBSCRIBED = {"old": "order.created", "new": NEW, "beside": "order.created", "keyless": ""}
_MISTAKEN = "mistaken "


def _flow(name: str) -> Flow:
    """Return a flow; a mistaken one is the same before a person mended its number."""
    flow = name.removeprefix(_MISTAKEN)
    return Flow(
        id=flow,
        subscribe=(Route(key=_SUBSCRIBED[flow]),),
        schema=None,
        when=None,
        to_each=None,
        to=(Way(Template("+15550199" if flow == name else "nobody"), None),),
        messages={"en": Template(f"{flow} {{{{ event.body.number }}}}")},
        locale=None,
        reference=None,
        account=_ACCOUNT,
        sender=None,
        default_region="US",
        max_age=MAX_AGE,
        on_unknown=OnUnknown.LOOKUP,
    )


@cache
def book_of(names: tuple[str, ...]) -> FlowBook:
    """Return a flow book by the names of its flows."""
    return FlowBook(map(_flow, names))
