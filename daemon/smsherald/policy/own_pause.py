"""A pause that this process has begun by itself, until a probe shows that it is over."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.model import Cause, Evidence, Pause, Scope, Shows, Target

FIRST_WAIT = 5.0
"""Seconds from the beginning of a pause to its first probe, and the shortest wait in one."""
LONGEST_WAIT = 60.0
"""Seconds; each probe that fails doubles the wait for the next one, up to this."""

FORGOTTEN = 7200.0
"""Seconds after which who had to wait has not come again, and will not: it has ended by its age, or
another replica has sent it."""


@dataclass(slots=True, eq=False)
class OwnPause:
    """A pause that this process has begun by itself. Times are monotonic, but for `since`."""

    target: Target
    account: str
    cause: Cause
    why: str
    since: float
    due: float
    """When the next probe may go."""
    look_up: float
    """When the next look-up may."""
    wait: float = FIRST_WAIT
    probe: object | None = None
    """Who is out to see whether it is over."""
    wanted: float | None = None
    """When somebody last had to wait; None if nobody did since the last probe."""

    def open(self, now: float) -> bool:
        """Say whether a probe may go."""
        return self.probe is None and now >= self.due

    def is_forgotten(self, now: float) -> bool:
        """Say whether nobody waits for its end."""
        return self.wanted is None or now - self.wanted >= FORGOTTEN

    def is_over(self, evidence: Evidence) -> bool:
        """Say whether a probe's evidence shows that its pause is over."""
        if self.cause is Cause.UNANSWERED:
            return evidence.shows is Shows.ANSWER
        if self.target.scope is Scope.ACCOUNT and evidence.refuses in {Scope.SENDER, Scope.FLOW}:
            return True
        return evidence.lets_in

    def shown(self, ahead: float) -> Pause:
        """Return it for a person's eyes; `ahead` is the wall clock less the monotonic one."""
        return Pause(self.target, self.cause, self.why, self.since, probe=self.due + ahead)
