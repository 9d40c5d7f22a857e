"""Whether a refusal is about more than the one text that got it.

Twilio's codes say whom they are about, and a few of them are about one text all the same: a sender
that cannot reach that number, a proxy that dislikes that body. Such a text would pause everybody
again and again. So what was let in after a pause is paused again only by several refusals in a row:
twice as many each time, until an hour has gone by.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

MOST = 64
"""Refusals in a row that are asked for at the most."""
REMEMBERED = 3600.0
"""Seconds after which the first refusal is enough again."""


@dataclass(slots=True)
class _Doubt:
    needed: int
    since: float
    in_a_row: int = 0


class Refusals:
    """Counts for each that may be paused; times are monotonic seconds."""

    def __init__(self) -> None:
        self._doubts: dict[Hashable, _Doubt] = {}

    @property
    def none(self) -> bool:
        """Whether the first refusal of anything is enough."""
        return not self._doubts

    def heard(self, key: Hashable, now: float) -> bool:
        """Count a refusal; say whether that is enough for a pause."""
        doubt = self._doubts.get(key)
        if doubt is not None and now - doubt.since > REMEMBERED:
            del self._doubts[key]
            doubt = None
        if doubt is None:
            return True
        doubt.in_a_row += 1
        if doubt.in_a_row < doubt.needed:
            return False
        doubt.in_a_row = 0
        return True

    def let_in(self, key: Hashable) -> None:
        """Learn that it was let in: what was refused before was about one text."""
        if doubt := self._doubts.get(key):
            doubt.in_a_row = 0

    def ended(self, key: Hashable, now: float) -> None:
        """Learn that its pause has ended, for a probe was let in."""
        doubt = self._doubts.setdefault(key, _Doubt(1, now))
        doubt.needed, doubt.since, doubt.in_a_row = min(2 * doubt.needed, MOST), now, 0
