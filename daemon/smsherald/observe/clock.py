"""The machine's clocks."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's own times."""

    def now(self) -> float:
        """Return the wall clock."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that go on while the machine sleeps: a paused request is a late one."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
