"""Stops a template that takes too long: it runs on the loop, and all other events wait for it.

What is made of an event is bounded elsewhere; here the work is. `WATCH.due` is asked at every read,
filter and loop step, in line where it is hot: a call would cost more than the look at the clock.
"""

from __future__ import annotations

from math import inf
from time import perf_counter, thread_time

from smsherald.errors import Reason, UnusableError

TEMPLATE = 0.05
"""Seconds that one template may take of one event; a usual one takes some microseconds."""
FLOW = 0.25
"""Seconds that all templates of one flow may take of one event, however many recipients it has."""


class TooSlowError(UnusableError):
    """A template was stopped; nothing more is made of the event by its flow."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.INVALID_VALUE, detail)


class Watch:
    """Counts for the template that runs, and for its flow. There is one, for there is one loop.

    Half of each limit is by the wall clock, then half by this thread's CPU time, which costs more
    to ask. So a process that was stopped, or that a busy machine lets wait, takes nobody for slow.
    """

    __slots__ = ("_cpu_due", "_flow_due", "_template_due", "due")

    def __init__(self) -> None:
        self._template_due = inf
        self._flow_due = inf
        """When the first half of each is over (`perf_counter`)."""
        self._cpu_due: dict[float, float] = {}
        """When the second half is over (`thread_time`), by when the first was."""
        self.due = inf
        """When `late` is to be called: who finds `perf_counter()` beyond it calls it."""

    def begin_flow(self) -> None:
        """Begin to count for all templates of a flow, until `end_flow`."""
        self._flow_due = perf_counter() + FLOW / 2

    def end_flow(self) -> None:
        """Count for no flow."""
        self._flow_due = inf
        self._cpu_due.clear()

    def begin(self) -> None:
        """Begin to count for a template."""
        self._template_due = due = perf_counter() + TEMPLATE / 2
        # Every event comes by here several times: `min` would cost as much as all the rest.
        self.due = due if due < self._flow_due else self._flow_due  # noqa: FURB136

    def late(self) -> None:
        """Raise TooSlowError, unless it is only the machine that is late."""
        now = perf_counter()
        if self._is_over(self._template_due, TEMPLATE, now):
            raise TooSlowError(f"the template takes longer than {TEMPLATE * 1000:.0f} ms")
        if self._is_over(self._flow_due, FLOW, now):
            raise TooSlowError(
                f"the flow's templates take longer than {FLOW * 1000:.0f} ms of one event"
            )

    def _is_over(self, due: float, limit: float, now: float) -> bool:
        if now <= due:
            return False
        cpu = thread_time()
        return cpu > self._cpu_due.setdefault(due, cpu + limit / 2)


WATCH = Watch()
