"""Admission without a pause, and what a pause tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from smsherald.model import Pause
from smsherald.policy import Admission, Pauses
from smsherald.ports import Clock


@dataclass
class PauseLog:
    """Keeps what began and what ended."""

    told: list[tuple[str, Pause]] = field(default_factory=list)

    def paused(self, pause: Pause) -> None:
        """Listen as the log does."""
        self.told.append(("paused", pause))

    def resumed(self, pause: Pause) -> None:
        """Listen to that too."""
        self.told.append(("resumed", pause))


def admission(clock: Clock, *, concurrency: int = 1000) -> Admission:
    """Return one that lets everything in, up to so many at once."""
    pauses = Pauses(clock, PauseLog())
    return Admission(pauses, clock, concurrency=concurrency, alone=lambda: True)
