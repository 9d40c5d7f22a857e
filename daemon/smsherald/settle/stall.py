"""Whether nothing is settled any more though events wait: a session that only looks well.

A broker may have lost our consumer while connection and heartbeats are fine. Only another session
helps then, and where two did not, only a restart.
"""

from __future__ import annotations

import math

from smsherald.ports import Clock

LONGEST_GAP = 15.0
"""Seconds that one look adds at most: a process that was stopped has seen no stall meanwhile."""
SELDOM = 600.0
"""Seconds between two sessions that are ended for it: each end counts against all that was
prefetched."""
MOST_IN_VAIN = 2
"""Sessions made anew without anything settled since, after which another would not help either."""


class Stall:
    """`patience`: for how many seconds a daemon that works may settle nothing, slow peers too."""

    def __init__(self, patience: float, clock: Clock) -> None:
        self._patience = patience
        self._clock = clock
        self._done = 0
        self._looked = 0.0
        self._quiet: float | None = None
        """For how many seconds nothing was settled; None where nothing had to be."""
        self._remade = -math.inf
        self._in_vain = 0
        self.hopeless = False
        """Whether only a restart helps."""

    def look(self, *, done: int, ready: int | None, held_up: bool) -> str | None:
        """Say why the session should be made anew now; None where it should not.

        `done` grows with whatever comes to an end; `ready` are the events that could be brought,
        None where nobody knows; `held_up` says that they wait for something that is known.
        """
        now = self._clock.monotonic()
        gap, self._looked = min(now - self._looked, LONGEST_GAP), now
        progress, self._done = done != self._done, done
        if progress:
            self._in_vain = 0
        if progress or held_up or not ready:
            self._quiet, self.hopeless = None, False
            return None
        self._quiet = 0.0 if self._quiet is None else self._quiet + gap
        if self._quiet < self._patience:
            return None
        self.hopeless = self._in_vain >= MOST_IN_VAIN
        if self.hopeless or now - self._remade < SELDOM:
            return None
        events = "1 event is" if ready == 1 else f"{ready} events are"
        why = f"nothing was settled for {self._quiet:.0f} s, and {events} ready"
        self._remade, self._quiet = now, None
        self._in_vain += 1
        return why
