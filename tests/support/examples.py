"""One event and one SMS of it, for tests that ask what is said about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smsherald.model import Asked, Event, OnUnknown, Sent, Sms

EVENT = Event(
    id="5519811a43454e16463a0100",
    identity=("request_id", "5519811a43454e16463a0100"),
    digest="d" * 64,
    routing_key="order.created",
    body={"order": {"number": "R12345"}},
    headers={},
    time=1_750_000_000.0,
)
ASKED = Asked(
    account="default",
    sender="+15550001111",
    to="+15558675309",
    text="Hi Ann, we have your order R12345.",
)
SMS = Sms(
    key="k" * 64,
    fingerprint="f" * 64,
    event=EVENT,
    flow="order-created",
    reference="R12345",
    asked=ASKED,
    expires=None,
    on_unknown=OnUnknown.LOOKUP,
)
SENT = Sent(asked=ASKED, sid="SM" + "0" * 32, status="queued", at=1_750_000_001.0)


def an_sms(**changes: Any) -> Sms:
    """Return `SMS` with other values; those of `Asked` reach its `asked`."""
    asked = {name: changes.pop(name) for name in Asked.__slots__ if name in changes}
    return replace(SMS, asked=replace(SMS.asked, **asked), **changes)
