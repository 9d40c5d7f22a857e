"""What people call the thing that an event is about: an order's number, a booking's, a parcel's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from smsherald.cli.flows.begin.event.leaves import Leaf, joined, text_of, words

_KEYS = (
    "ordernumber", "orderno", "orderreference", "number", "reference", "bookingnumber",
    "bookingreference", "confirmationnumber", "confirmationcode", "reservationnumber",
    "invoicenumber", "incrementid", "displayid", "ordername", "name", "orderid", "bookingid",
    "appointmentid", "reservationid", "shipmentid", "invoiceid", "customerid", "uid", "id",
)  # fmt: skip
_TRACKING = ("trackingnumber", "trackingcode", "tracking", "trackingno")
_LINKS = ("trackingurl", "trackinglink", "trackingurls")
_APART = frozenset(
    {"phone", "mobile", "address", "billing", "shipping", "card", "payment", "country", "items",
     "item", "line", "product", "products", "location"}
)  # fmt: skip
"""What has numbers of its own."""
_HASH = re.compile(r"#?[A-Z]{0,4}[- ]?\d[\w.-]*")
_LONGEST, _DEEPEST = 64, 3
_IN_A_TEXT = 20
_EVENT_S = re.compile(r"(evt|event|msg|wh|whk)_", re.IGNORECASE)
"""How the id of an event itself begins: nobody searches by it."""
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def number(several: Sequence[Leaf]) -> Leaf | None:
    """Find what support would search by."""
    there = [leaf for leaf in several if joined(leaf.key) in _KEYS and _may_be(leaf)]
    return min(
        there,
        key=lambda leaf: (_KEYS.index(joined(leaf.key)), leaf.depth),
        default=None,
    )


def tracking(several: Sequence[Leaf]) -> Leaf | None:
    """Find what follows a parcel: a link, else its number."""
    for keys in (_LINKS, _TRACKING):
        for leaf in several:
            text = text_of(leaf.value)
            if joined(leaf.key) in keys and text and " " not in text.strip():
                return leaf
    return None


def is_short(value: Any) -> bool:
    """Say whether a number does not fill a text: a UUID would."""
    text = text_of(value) or ""
    return len(text) <= _IN_A_TEXT and not _UUID.fullmatch(text)


def _may_be(leaf: Leaf) -> bool:
    text = text_of(leaf.value)
    if text is None or len(text) > _LONGEST or leaf.depth > _DEEPEST or not text.isprintable():
        return False
    if joined(leaf.key) in ("name", "ordername") and not _HASH.fullmatch(text):
        return False
    if joined(leaf.key) in ("uid", "id") and _EVENT_S.match(text):
        return False
    above = {word for step in leaf.path[1:-1] if isinstance(step, str) for word in words(step)}
    return above.isdisjoint(_APART)
