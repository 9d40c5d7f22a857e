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


class _Limit:
    """Half of it by the wall clock, then half by this thread's CPU time, which costs more to ask.

    So a process that was stopped, or that a busy machine lets wait, takes nobody for slow.
    """

    __slots__ = ("_cpu_due", "_half", "due")

    def __init__(self, seconds: float) -> None:
        self._half = seconds / 2
        self.due = inf
        """When the first half is over (`perf_counter`); never, while nothing runs."""
        self._cpu_due: float | None = None

    def begin(self, now: float) -> None:
        self.due = now + self._half
        self._cpu_due = None

    def end(self) -> None:
        self.due = inf

    def is_over(self, now: float) -> bool:
        if now <= self.due:
            return False
        if self._cpu_due is None:
            self._cpu_due = thread_time() + self._half
            return False
        return thread_time() > self._cpu_due


class Watch:
    """What runs now: one template, perhaps one of a flow's. There is one, for there is one loop."""

    __slots__ = ("_flow", "_template", "due")

    def __init__(self) -> None:
        self._template = _Limit(TEMPLATE)
        self._flow = _Limit(FLOW)
        self.due = inf
        """When `late` is to be called: who finds `perf_counter()` beyond it calls it."""

    def begin_flow(self) -> None:
        """Begin to count for all templates of a flow, until `end_flow`."""
        self._flow.begin(perf_counter())

    def end_flow(self) -> None:
        """Count for no flow."""
        self._flow.end()

    def begin(self) -> None:
        """Begin to count for a template."""
        self._template.begin(perf_counter())
        self.due = min(self._template.due, self._flow.due)

    def end(self) -> None:
        """Count for no template."""
        self.due = inf

    def late(self) -> None:
        """Raise TooSlowError, unless it is only the machine that is late."""
        now = perf_counter()
        if self._template.is_over(now):
            raise TooSlowError(f"the template takes longer than {TEMPLATE * 1000:.0f} ms")
        if self._flow.is_over(now):
            raise TooSlowError(
                f"the flow's templates take longer than {FLOW * 1000:.0f} ms of one event"
            )


WATCH = Watch()
