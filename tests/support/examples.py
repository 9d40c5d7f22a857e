"""One event and one SMS of it, for tests that ask what is said about them."""

from __future__ import annotations

from smsherald.model import Sent
from smsherald.testing import an_event, an_sms

__all__ = ["ASKED", "EVENT", "SENT", "SMS", "an_sms"]

EVENT = an_event()
SMS = an_sms()
ASKED = SMS.asked
SENT = Sent(asked=ASKED, sid="SM" + "0" * 32, status="queued", at=1_750_000_001.0)
