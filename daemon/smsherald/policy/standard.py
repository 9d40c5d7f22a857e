"""The policy that is always on: whom an operator lets be texted, and that texts expire."""

from __future__ import annotations

from collections.abc import Callable

from smsherald.errors import Reason
from smsherald.model import Skip, Sms
from smsherald.policy.rules import Rules
from smsherald.ports import Clock


class StandardPolicy:
    """Implements `Policy`; `rules` gives those of this moment."""

    def __init__(self, clock: Clock, rules: Callable[[], Rules]) -> None:
        self._clock = clock
        self._rules = rules

    def __call__(self, sms: Sms) -> Skip | None:
        """Skip a text whose recipient may have none, or not this one, and one that is too late."""
        # Before its age: what would never be sent has the same reason however late it comes.
        refused = self._rules().refuse(sms.asked.to) or sms.refused
        if refused is not None:
            return Skip(refused)
        if sms.expires is not None and self._clock.now() > sms.expires:
            return Skip(Reason.EXPIRED)
        return None
