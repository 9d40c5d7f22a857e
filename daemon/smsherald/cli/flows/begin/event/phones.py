"""Where an event has its recipient's number: by the names of keys, and by the shape of values.

A number of the wrong person is the worst guess there is: a key that may be the shop's own, a
courier's or an emergency contact's is never taken, and beside a number that is surely the
recipient's none of an object that might be somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from smsherald.cli.flows.begin.event.leaves import Leaf, text_of, words

_PHONE = frozenset(
    {"phone", "phones", "mobile", "cell", "cellphone", "telephone", "tel", "msisdn", "sms",
     "smartphone", "handy", "telefon", "telefono", "teléfono", "celular", "movil", "móvil",
     "portable", "phonenumber", "mobilephone", "whatsapp"}
)  # fmt: skip
_OTHERWISE = frozenset(
    {"fax", "at", "date", "time", "verified", "id", "code", "ext", "extension", "country", "area",
     "type", "count", "hash", "masked", "carrier", "prefix", "consent", "opt", "model"}
)  # fmt: skip
"""What else a key with one of those words can be about."""
_OTHERS = frozenset(
    {"store", "shop", "merchant", "seller", "vendor", "sender", "from", "origin", "warehouse",
     "company", "location", "locations", "courier", "driver", "agent", "support", "emergency",
     "supplier", "branch", "restaurant", "organizer", "host", "employee", "staff", "employer",
     "provider", "office", "hotline", "helpdesk", "pickup", "sold", "carrier", "doctor", "dr",
     "dentist", "physician", "practitioner", "therapist", "nurse", "clinic", "practice", "hospital",
     "pharmacy", "hotel", "salon", "venue", "garage", "bank", "stylist", "technician", "mechanic",
     "instructor", "teacher", "tutor", "coach", "trainer", "rider", "dealer", "landlord",
     "salesperson", "salesman", "representative", "dispatcher", "manager", "assigned", "assignee",
     "referrer", "author", "business", "organization", "organisation", "facility", "kin", "old",
     "previous", "former", "prior"}
)  # fmt: skip
"""Whose number it is where one of these words is on the way to it: not the customer's, or not
the customer's any more."""
_OTHERS_TOGETHER = (frozenset({"return", "address"}), frozenset({"customer", "service"}))
"""The same where all of them are in one key."""
_CODE = re.compile(r"\+?[1-9]\d{0,2}")
_CODE_OF = frozenset({"country", "dial", "dialing", "dialling", "calling", "phone", "mobile"})
_INNER = frozenset({"value", "number", "e164", "raw", "national", "international", "formatted"})
"""Keys of an object that is a number in several spellings."""
_CUSTOMER = frozenset(
    {"customer", "user", "recipient", "contact", "attendee", "attendees", "guest", "patient",
     "client", "buyer", "member", "person", "passenger", "tenant", "student", "to"}
)  # fmt: skip
_NEUTRAL = frozenset({"address", "addresses", "contacts", "details", "info", "phones", "numbers"})
"""Objects that are nobody by themselves."""
_SHIPPING = frozenset({"shipping", "ship", "delivery", "shipment", "destination"})
_BILLING = frozenset({"billing", "bill", "invoice"})
_ANYWHERE = 4
"""The place of a number in an object that says nothing of whose it is."""
_DIGITS = re.compile(r"\+?[\d\s().\-/\u00a0]+")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?\b|\d\d?[./]\d\d?[./]\d{4}$|\d+\.\d+$")
_FEWEST, _MOST = 6, 15


@dataclass(frozen=True, slots=True)
class Phones:
    """What was found; `ways` leads to numbers, the likeliest first."""

    ways: tuple[Leaf, ...]
    """At least one of them is filled, or there are none."""
    by_shape: bool = False
    """No key says that it is a phone: only the value looks like one."""
    others: tuple[Leaf, ...] = ()
    """Numbers that are there and may be somebody else's."""

    @property
    def first(self) -> Leaf | None:
        """The first that there is a number."""
        return next((way for way in self.ways if text_of(way.value)), None)


def find(several: Sequence[Leaf], *, billing_first: bool = False) -> Phones:
    """Find the recipient's number among an event's values.

    Of an order of the shipped schema the billing address counts first, elsewhere the last.
    """
    named = [leaf for leaf in several if _is_named(leaf)]
    others = tuple(leaf for leaf in named if is_others(leaf) and looks_like_one(leaf.value))
    own = _surest([leaf for leaf in named if not is_others(leaf)])
    others += tuple(
        leaf
        for leaf in named
        if leaf not in own and not is_others(leaf) and looks_like_one(leaf.value)
    )
    live = [leaf for leaf in own if looks_like_one(leaf.value)]
    if live:
        # Other events may have a number where this one has nothing.
        empty = [leaf for leaf in own if leaf.value is None or leaf.value == ""]
        return Phones(tuple(_ranked([*live, *empty], billing_first)), others=others)
    shaped = [
        leaf
        for leaf in several
        if _is_international(leaf) and leaf not in others and not is_others(leaf)
    ]
    return Phones(tuple(shaped[:1]), by_shape=bool(shaped), others=others)


def looks_like_one(value: Any) -> bool:
    """Say whether a value has the shape of a phone number, of whatever country."""
    text = (text_of(value) or "").strip()
    if not _DIGITS.fullmatch(text) or _DATE.match(text):
        return False
    return _FEWEST <= sum(map(str.isdigit, text)) <= _MOST


def calling_code(several: Sequence[Leaf], way: Leaf) -> Leaf | None:
    """Find the calling code that stands beside a number which has none itself.

    Without it the number would be read in a country that is not its own, and be a stranger's.
    """
    if (text_of(way.value) or "").strip().startswith(("+", "00")):
        return None
    return next(
        (leaf for leaf in several if leaf.parent == way.parent and _is_calling_code(leaf)), None
    )


def _is_calling_code(leaf: Leaf) -> bool:
    said = set(words(leaf.key))
    return (
        not said.isdisjoint({"code", "prefix"})
        and not said.isdisjoint(_CODE_OF)
        and _CODE.fullmatch((text_of(leaf.value) or "").strip()) is not None
    )


def _is_international(leaf: Leaf) -> bool:
    value = leaf.value
    return (
        isinstance(value, str)
        and value.strip().startswith("+")
        and looks_like_one(value)
        and _OTHERWISE.isdisjoint(words(leaf.key))
    )


def _is_named(leaf: Leaf) -> bool:
    said = set(words(leaf.key))
    if leaf.key.lower() in _INNER:
        said = {word for step in leaf.path[-3:-1] if isinstance(step, str) for word in words(step)}
    return not said.isdisjoint(_PHONE) and said.isdisjoint(_OTHERWISE)


def is_others(leaf: Leaf) -> bool:
    """Say whether a value seems to be about somebody else than the recipient."""
    several = (set(words(step)) for step in leaf.path[1:] if isinstance(step, str))
    return any(
        not _OTHERS.isdisjoint(said) or any(each <= said for each in _OTHERS_TOGETHER)
        for said in several
    )


def _surest(several: Sequence[Leaf]) -> list[Leaf]:
    """Leave out what stands in an object of its own, where the recipient's place is known."""
    sure = [leaf for leaf in several if _place(leaf) < _ANYWHERE]
    if not sure:
        return list(several)
    return [leaf for leaf in several if leaf in sure or any(_is_near(leaf, one) for one in sure)]


def _is_near(leaf: Leaf, sure: Leaf) -> bool:
    """Say whether nothing that may be somebody leads to a value from the way to a sure one."""
    common = 0
    for step, other in zip(leaf.path[:-1], sure.path[:-1], strict=False):
        if step != other:
            break
        common += 1
    return all(
        _NEUTRAL.issuperset(words(step)) for step in leaf.path[common:-1] if isinstance(step, str)
    )


def _place(leaf: Leaf, *, billing_first: bool = False) -> int:
    """Return how likely a place is the recipient's: 0 is the likeliest."""
    said = {word for step in leaf.path[1:] if isinstance(step, str) for word in words(step)}
    if not said.isdisjoint(_BILLING):
        return 1 if billing_first else 3
    if not said.isdisjoint(_SHIPPING):
        return 2
    if len(leaf.path) == (3 if leaf.path[:2] == ("event", "body") else 2):
        return 0
    return 1 if not said.isdisjoint(_CUSTOMER) else _ANYWHERE


def _ranked(several: Iterable[Leaf], billing_first: bool) -> list[Leaf]:  # noqa: FBT001 - private.
    return sorted(several, key=lambda leaf: (_place(leaf, billing_first=billing_first), leaf.depth))
