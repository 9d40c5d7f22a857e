"""When requests to an account come to nothing too often: nobody knows what became of them."""

from __future__ import annotations

from typing import assert_never

from smsherald.model import Evidence, Shows

IN_A_ROW = 10
"""So many in a row are too many."""
LAST = 100
"""Over half of so many last requests are too many as well."""

_ROW_MASK = (1 << IN_A_ROW) - 1
_LAST_MASK = (1 << LAST) - 1


class Unanswered:
    """Counts by account: a bit for each of the last requests, the newest lowest, 1 is unanswered.

    That is one which Twilio may or may not have taken, or that got no connection.
    """

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def clean(self, account: str) -> bool:
        """Say whether one more answer changes nothing."""
        return not self._last.get(account)

    def heard(self, account: str, evidence: Evidence) -> str | None:
        """Count what a request has shown; say which are too many, None where they are not."""
        last = self._last.get(account, 0)
        match evidence.shows:
            case Shows.ANSWER:
                self._last[account] = last << 1 & _LAST_MASK
                return None
            case Shows.UNKNOWN | Shows.NO_CONNECTION:
                last = self._last[account] = (last << 1 | 1) & _LAST_MASK
            case Shows.NOTHING:
                return None
            case _:
                assert_never(evidence.shows)
        to = f" to {evidence.where}" if evidence.where else ""
        which = f"(the last{to}: {evidence.failure})"
        if last & _ROW_MASK == _ROW_MASK:
            return f"{IN_A_ROW} requests in a row came to nothing {which}"
        count = last.bit_count()
        if 2 * count > LAST:
            return f"{count} of the last {LAST} requests came to nothing {which}"
        return None

    def forget(self, account: str) -> None:
        """Begin to count anew."""
        self._last.pop(account, None)

    def doubt(self, account: str) -> None:
        """Let the next one be too many, if it is not answered."""
        self._last[account] = _ROW_MASK >> 1
