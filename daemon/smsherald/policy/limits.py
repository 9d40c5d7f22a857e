"""How many requests an account may have at once: halved by each 429, and one more each second.

Twilio bounds the concurrency of an account, and says so by 429 (its error 20429); what it refuses
for that was never processed. Additive increase and multiplicative decrease find the bound, as TCP
finds that of a link (RFC 5681, 3.1).
"""

from __future__ import annotations

from asyncio import Future
from collections import deque

A_SECOND = 1.0
"""Requests by which the bound grows in a second without a 429."""


class Limit:
    """Of one account; `most` is what there can be anyway. Times are monotonic seconds."""

    __slots__ = ("_allowed", "_at", "_halvings", "_most", "in_flight", "wanted")

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._at = 0.0
        self._halvings = 0
        self.in_flight = 0
        self.wanted: deque[Future[None]] = deque()
        """Of who waits for room; the first is woken by who leaves."""

    def has_room(self, now: float) -> bool:
        """Say whether one more may be in flight."""
        if self._allowed >= self._most:
            return True
        self._allowed += A_SECOND * (now - self._at)
        self._at = now
        return self.in_flight < int(self._allowed)

    def enter(self) -> int:
        """Count one more; return what `leave` wants back."""
        self.in_flight += 1
        return self._halvings

    def leave(self, entered: int, now: float, *, limited: bool) -> None:
        """Count one less; `limited` says that it came back with a 429.

        Of all that were in flight together the first halves the bound, and the others do no more.
        """
        if limited and entered == self._halvings:
            self._allowed = max(1.0, min(self._allowed, self.in_flight) / 2)
            self._at = now
            self._halvings += 1
        self.in_flight -= 1
        while self.wanted and self.has_room(now):
            first = self.wanted.popleft()
            if not first.done():
                first.set_result(None)
                break
