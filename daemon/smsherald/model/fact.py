"""What is to be told of an SMS beside how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.model.outcome import Held
from smsherald.model.sms import Sms


@dataclass(frozen=True, slots=True)
class Fact:
    """It waits in the outbox until somebody was told."""

    id: str
    """The same for the same fact, whoever writes it."""
    sms: Sms
    outcome: Held
