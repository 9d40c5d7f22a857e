"""The policy that is always on: texts expire, and attempts run out."""

from __future__ import annotations

from smsherald.errors import Reason
from smsherald.model import Absent, Answer, NotTaken, Rejected, Skip, Sms
from smsherald.ports import Clock


class StandardPolicy:
    """Implements `Policy`; `attempts` is how often an event may be deferred."""

    def __init__(self, clock: Clock, attempts: int) -> None:
        self._clock = clock
        self._attempts = attempts

    def before(self, sms: Sms) -> Answer | None:
        """Skip a text that has come too late."""
        if sms.expires is not None and self._clock.now() > sms.expires:
            return Skip(Reason.EXPIRED)
        return None

    def after(self, sms: Sms, answer: Answer) -> Answer:
        """Give up at the last attempt, unless it was not ours to make: a pause ends by itself.

        What may have been sent (Unknown, Unlisted) is never given up here.
        """
        if sms.event.attempt < self._attempts:
            return answer
        match answer:
            case NotTaken(reason=reason, code=code) if reason is not Reason.PAUSED:
                return Rejected(reason, code)
            case Absent():
                return Rejected(Reason.NOT_TAKEN, None)
            case _:
                return answer
