"""What accounts may send that are not full ones: those of a trial, and test credentials.

Sources: Twilio's "Test credentials", its error dictionary (20008, 21608), and the bodies that its
API answers trial accounts with.
"""

from __future__ import annotations

from dataclasses import replace

from smsherald.sandbox.messages import Draft
from smsherald.sandbox.owned import Owned
from smsherald.sandbox.refusals import Refusal

TRIAL_PREFIX = "Sent from your Twilio trial account - "
TEST_SENDER = "+15005550006"


def restricted(draft: Draft, owned: Owned) -> Draft | Refusal:
    """Return what becomes of a valid request: a trial's text is longer than it was asked for."""
    if owned.test_credentials and draft.sender != TEST_SENDER:
        sender = draft.sender or draft.service
        return Refusal(
            400, 21606, f"The 'From' number {sender} is not message-capable for this destination"
        )
    if owned.type != "Trial":
        return draft
    if owned.verified is not None and draft.to not in owned.verified:
        return Refusal(400, 21608, f"The number {draft.to} is unverified: trial accounts may not")
    return replace(draft, text=TRIAL_PREFIX + draft.text)
