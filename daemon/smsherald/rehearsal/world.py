"""A world in which all goes well: nothing is paused, and Twilio takes what it is asked for."""

from __future__ import annotations

from smsherald.model import Absent, Accepted, Evidence, Fresh, Sms, TakenOver, Wait
from smsherald.ports import Permit


class SetClock:
    """Implements `Clock`: it stands at the time of the event that is being looked at."""

    def __init__(self) -> None:
        self.at = 0.0
        """Seconds since the epoch."""

    def now(self) -> float:
        """Return the event's time."""
        return self.at

    def monotonic(self) -> float:
        """Return the same: nothing is measured by it."""
        return self.at


class Leave:
    """Implements `Permit`: it holds whatever comes."""

    is_paused = False

    def again(self, claim: Fresh) -> Wait | None:  # noqa: ARG002 (The port's signature.)
        """Say that it may still be sent."""
        return None

    def heard(self, evidence: Evidence) -> None:
        """Learn nothing."""

    def listed(self, account: str, evidence: Evidence) -> None:
        """Learn nothing."""

    def give_back(self) -> None:
        """Go on."""


_LEAVE = Leave()


class Open:
    """Implements `Admission`."""

    async def ask(self, sms: Sms) -> Permit | Wait:  # noqa: ARG002 (The port's signature.)
        """Let it in."""
        return _LEAVE


class TakesAll:
    """Implements `Gateway`."""

    async def send(self, claim: Fresh, permit: Permit) -> Accepted:  # noqa: ARG002 (The port's.)
        """Take it: its key is as good as a SID, for each is sent once."""
        return Accepted(claim.sms.key, None)

    async def find(
        self,
        claim: TakenOver,  # noqa: ARG002 (The port's signature.)
        permit: Permit | None = None,  # noqa: ARG002 (The same.)
    ) -> Absent:
        """Find nothing: no fate is unknown here, so nobody asks."""
        return Absent()
