"""First words for a text, by what seems to have happened; the operator's own come after."""

from __future__ import annotations

from smsherald.cli.flows.begin.event.leaves import Leaf, spelled, words

_SHIPPED = frozenset(
    {"shipment", "shipped", "ship", "fulfillment", "fulfilment", "fulfilled", "tracking", "parcel",
     "delivery", "dispatched", "label", "shipments", "parcels", "deliveries"}
)  # fmt: skip
_CANCELLED = frozenset({"cancelled", "canceled", "cancel", "voided"})
_BOOKING = frozenset({"booking", "appointment", "reservation", "calendar", "attendee"})
_CUSTOMER = frozenset({"customer", "user", "member", "account", "signup", "registered"})
_ORDER = frozenset({"order", "orders", "checkout", "cart"})


def is_shipment(name: str) -> bool:
    """Say whether an event of that name seems to be about a parcel."""
    return not _SHIPPED.isdisjoint(words(name))


def wording(name: str, whom: str | None, number: Leaf | None, parcel: Leaf | None) -> str:
    """Return a template of a text.

    `name` is what the event is called, `whom` an expression for a first name, `number` what
    people call the thing it is about, `parcel` what follows a parcel.
    """
    said = set(words(name))
    called = "" if number is None else f" {{{{ {spelled(number.path)} }}}}"
    hello = f'Hi {{{{ {whom} or "there" }}}}' if whom else "Hello"
    if not said.isdisjoint(_SHIPPED):
        what = "Follow it" if parcel and str(parcel.value).startswith("http") else "Tracking number"
        follow = "" if parcel is None else f" {what}: {{{{ {spelled(parcel.path)} }}}}"
        return f"{hello}, your order{called} is on its way.{follow}"
    thing = (
        "booking"
        if not said.isdisjoint(_BOOKING)
        else "order"
        if not said.isdisjoint(_ORDER)
        else None
    )
    if thing and not said.isdisjoint(_CANCELLED):
        return f"{hello}, your {thing}{called} is cancelled."
    if thing == "booking":
        return f"{hello}, your booking{called} is confirmed."
    if thing == "order":
        return f"{hello}, thank you! We have your order{called}."
    if not said.isdisjoint(_CUSTOMER):
        return f"{hello}, welcome! We text you here."
    return f"{hello}, we have news for you{f': {called.strip()}' if called else ''}."
