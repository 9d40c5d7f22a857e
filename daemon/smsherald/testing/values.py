"""Values to ask pure functions about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smsherald.model import Event, OnUnknown, Row, Sms, State
from smsherald.sms import asked

_ASKED = ("account", "account_sid", "sender", "to", "text")
_ACCOUNT_SID = "AC" + 32 * "0"

_EVENT = Event(
    id="request:5519811a43454e16463a0100",
    identity=("request", "5519811a43454e16463a0100"),
    digest="d" * 64,
    routing_key="order.created",
    body={"order": {"number": "R12345"}},
    headers={},
    time=1_750_000_000.0,
)
_SMS = Sms(
    key="k" * 64,
    fingerprint="f" * 64,
    event=_EVENT,
    flow="order-created",
    reference="R12345",
    asked=asked(
        "default",
        _ACCOUNT_SID,
        "+15550001111",
        "+15558675309",
        "Hi Ann, we have your order R12345.",
    ),
    expires=None,
    on_unknown=OnUnknown.LOOKUP,
)


def an_event(**changes: Any) -> Event:
    """Return an order event, with other values where the test asks for them."""
    return replace(_EVENT, **changes)


def an_sms(**changes: Any) -> Sms:
    """Return an SMS of that event; account, account_sid, sender, to and text reach its `asked`."""
    parts = {name: changes.pop(name, getattr(_SMS.asked, name)) for name in _ASKED}
    return replace(_SMS, asked=asked(**parts), **changes)


def a_row(sms: Sms = _SMS, **changes: Any) -> Row:
    """Return the row of an SMS that was claimed for the first time ten seconds ago."""
    row = Row(
        key=sms.key,
        event_id=sms.event.id,
        event_digest=sms.event.digest,
        routing_key=sms.event.routing_key,
        attempt=sms.event.attempt,
        flow=sms.flow,
        reference=sms.reference,
        state=State.SENDING,
        fingerprint=sms.fingerprint,
        owner="one/1",
        claim_number=1,
        in_vain=0,
        since=1_749_999_990.0,
        claimed_at=1_749_999_990.0,
        quarantine=100.0,
        asked=sms.asked,
        phone_tail=sms.asked.to[-2:],
        sid=None,
        result={},
        ended_at=None,
        notified_at=None,
    )
    return replace(row, **changes)
