"""One event and one SMS of it, for tests that ask what is said about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smsherald.model import Sent, SmsEvent
from smsherald.testing import an_event, an_sms

__all__ = ["ASKED", "EVENT", "SENT", "SMS", "SMS_EVENT", "an_sms", "an_sms_event"]

EVENT = an_event()
SMS = an_sms()
ASKED = SMS.asked
SMS_EVENT = SmsEvent(
    key="p" * 64,
    flow="order-texts",
    to=ASKED.to,
    routing_key="sms.requested",
    body={"sms": {"phone": ASKED.to, "message": ASKED.text}},
    event=EVENT,
    reference=SMS.reference,
)
"""What another flow publishes of that event, in place of the SMS."""
SENT = Sent(asked=ASKED, sid="SM" + "0" * 32, status="queued", at=1_750_000_001.0)


def an_sms_event(**changes: Any) -> SmsEvent:
    """Return `SMS_EVENT` with other values where the test asks for them."""
    return replace(SMS_EVENT, **changes)
