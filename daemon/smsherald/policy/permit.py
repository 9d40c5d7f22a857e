"""Leave to claim one SMS and to send it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, TypeAlias

from smsherald.errors import Reason
from smsherald.model import Evidence, Fresh, Shows, Sms, Wait
from smsherald.model.evidence import NOTHING
from smsherald.policy.limits import Limit
from smsherald.policy.own_pause import FIRST_WAIT, OwnPause

Probing: TypeAlias = tuple[OwnPause, ...]


class Giver(Protocol):
    """Who gave it."""

    @property
    def now(self) -> float:
        """The monotonic time."""
        ...

    def since(self, permit: Permit) -> Wait | None:
        """Return how long to wait for a pause that has begun since; None where none has."""
        ...

    def instead(self, permit: Permit, sms: Sms) -> Wait | None:
        """Let it be for another SMS; return how long that must wait, None where it need not."""
        ...

    def covers(self, sms: Sms) -> bool:
        """Whether a pause covers it."""
        ...

    def heard(self, permit: Permit, evidence: Evidence) -> None:
        """Take it back, with what was heard."""
        ...


class Unneeded:
    """What an SMS gets that its own flow has recorded and not sent.

    It needs no account, so no pause holds it and it takes no place of another; and it may never be
    sent. Where it may have gone out before, it is looked up like any other.
    """

    is_paused = False

    def again(self, _claim: Fresh) -> Wait:
        """Let nothing be sent by it."""
        return Wait(Reason.PAUSED, FIRST_WAIT)

    def heard(self, evidence: Evidence) -> None:
        """There is nothing to learn."""

    def listed(self, account: str, evidence: Evidence) -> None:
        """There is nothing to give back for it."""

    def give_back(self) -> None:
        """There is nothing to give back."""


UNNEEDED = Unneeded()


class Permit:
    """Leave to claim one SMS and to send it; given back whatever happens, with what was heard."""

    __slots__ = ("_brake", "_entered", "_giver", "_limit", "_out", "probing", "sms", "version")

    def __init__(
        self,
        giver: Giver,
        sms: Sms,
        limit: Limit,
        *,
        version: int,
        brake: int,
        probing: Probing = (),
    ) -> None:
        self._giver = giver
        self._brake = brake
        self._limit = limit
        self._entered = limit.enter()
        self._out = True
        self.sms = sms
        self.version = version
        """How many pauses had begun or ended when it was given."""
        self.probing = probing
        """Those that it is out to end."""

    def again(self, claim: Fresh) -> Wait | None:
        """Look again, beside the fence: a pause may have come since. None where none has.

        What is sent again goes out as it was asked before, perhaps by another account or sender.
        """
        if claim.brake != self._brake:
            return Wait(Reason.PAUSED, FIRST_WAIT)
        asked, now = claim.asked, self.sms.asked
        if (asked.account, asked.sender) != (now.account, now.sender):
            return self._giver.instead(self, replace(self.sms, asked=asked))
        return self._giver.since(self)

    @property
    def is_paused(self) -> bool:
        """Whether a pause covers its SMS by now."""
        return self._giver.covers(self.sms)

    def heard(self, evidence: Evidence) -> None:
        """Give it back with what the request to send has shown."""
        if self._out:
            self._out = False
            self._limit.leave(self._entered, self._giver.now, limited=evidence.limits)
            self._giver.heard(self, evidence)

    def listed(self, account: str, evidence: Evidence) -> None:
        """Give it back, where a look-up shows that nothing would be sent for now.

        One that is refused does not: who may not list may send all the same.
        """
        if account != self.sms.asked.account:
            return  # The row was asked of another, whose answer shows nothing of this one.
        if self.probing and evidence.shows in {Shows.UNKNOWN, Shows.NO_CONNECTION}:
            self.heard(evidence)

    def give_back(self) -> None:
        """Give it back, where that has not been done."""
        self.heard(NOTHING)
