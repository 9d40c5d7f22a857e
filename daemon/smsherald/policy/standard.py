"""The policy that is always on: texts expire."""

from __future__ import annotations

from smsherald.errors import Reason
from smsherald.model import Skip, Sms
from smsherald.ports import Clock


class StandardPolicy:
    """Implements `Policy`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(self, sms: Sms) -> Skip | None:
        """Skip a text that has come too late."""
        if sms.expires is not None and self._clock.now() > sms.expires:
            return Skip(Reason.EXPIRED)
        return None
