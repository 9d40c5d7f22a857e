"""Pauses an account whose requests to send come to nothing that anyone knows.

Each request of unknown fate costs its SMS a whole quarantine of waiting. So a Twilio that does
not answer is soon asked nothing but one probe now and then, and all other SMSes wait where they
are: in the broker, and free in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from smsherald.twilio.evidence import Evidence, Shows

IN_A_ROW = 10
"""Unknowns in a row that begin a pause."""
LAST = 100
"""Over half of so many last requests, unknown, begin one too."""
FIRST_WAIT = 5.0
"""Seconds from the beginning of a pause to its first probe."""
LONGEST_WAIT = 60.0
"""Seconds; each probe that fails doubles the wait for the next one, up to this."""
FORGOTTEN = 7200.0
"""Seconds after which who had to go without a permit has not come again, and will not: it has ended
by its age, or another replica has sent it."""

_ROW_MASK = (1 << IN_A_ROW) - 1
_LAST_MASK = (1 << LAST) - 1


class Permit:
    """Leave to make one request; who asks gives it back with what it has shown."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Began:
    """A pause has begun; `why` is for an operator."""

    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The pause is over."""


Change: TypeAlias = Began | Ended


class Breaker:
    """Says for one account whether Twilio may be asked now. Times are monotonic seconds.

    Requests that were made before the latest pause began count for nothing when they end: of 200
    that fail together the first ten pause the account, once, and a late one never does again.
    """

    def __init__(self) -> None:
        self._usual = Permit()
        """Everyone's between two pauses; another one after each."""
        self._last = 0
        """A bit for each of the last requests, the newest lowest: 1 is unknown."""
        self._due: float | None = None
        """When the next probe may go; None while there is no pause."""
        self._wait = FIRST_WAIT
        self._probe: Permit | None = None
        self._wanted: float | None = None
        """When somebody last went without a permit; None if nobody did since the last probe."""

    def permit(self, now: float) -> Permit | None:
        """Return a permit to ask, to be given back whatever happens; None in a pause."""
        if self._due is None:
            return self._usual
        if self._probe is not None or now < self._due:
            self._wanted = now
            return None
        self._wanted = None
        self._probe = Permit()
        return self._probe

    def wait(self, now: float) -> float:
        """Return how long to wait for the next permit, in seconds.

        While a probe is out that is a guess, and the shortest: its answer may end the pause.
        """
        if self._due is None:
            return 0.0
        return FIRST_WAIT if self._probe is not None else max(0.0, self._due - now)

    @property
    def paused(self) -> bool:
        """Whether only probes are let through."""
        return self._due is not None

    def hurry(self, now: float) -> None:
        """Let the next probe go at once: what it goes by is new. One that is out shows nothing."""
        if self._due is not None:
            self._due, self._wait, self._probe = now, FIRST_WAIT, None

    def give_back(self, permit: Permit, evidence: Evidence, now: float) -> Change | None:
        """Take a permit back, and say whether a pause has begun or ended by it."""
        if permit is self._probe:
            self._probe = None
            return self._probed(evidence, now)
        if permit is self._usual and self._due is None:
            return self._counted(evidence, now)
        return None

    def listed(self, now: float) -> Ended | None:
        """Take note that a look-up was answered, and say whether a pause has ended by it.

        Only one that nobody waits in, for it would last until somebody sends a text: Twilio may
        list what it has while it takes nothing new. So one more unknown begins it again.
        """
        if self._due is None or now < self._due or self._probe is not None:
            return None
        if self._wanted is not None and now - self._wanted < FORGOTTEN:
            return None
        self._due = None
        self._last = _ROW_MASK >> 1
        return Ended()

    def _counted(self, evidence: Evidence, now: float) -> Change | None:
        match evidence.shows:
            case Shows.ANSWER:
                self._last = self._last << 1 & _LAST_MASK
                return None
            case Shows.UNKNOWN:
                self._last = (self._last << 1 | 1) & _LAST_MASK
            case Shows.NO_CONNECTION | Shows.NOTHING:
                return None
            case _:
                assert_never(evidence.shows)
        why = _too_many(self._last)
        if why is None:
            return None
        self._usual = Permit()
        self._last = 0
        self._wait = FIRST_WAIT
        self._due = now + self._wait
        self._wanted = None
        return Began(f"{why} (the last: {evidence.failure})")

    def _probed(self, evidence: Evidence, now: float) -> Change | None:
        match evidence.shows:
            case Shows.ANSWER:
                self._due = None
                return Ended()
            case Shows.UNKNOWN | Shows.NO_CONNECTION:
                self._wait = min(2 * self._wait, LONGEST_WAIT)
                self._due = now + self._wait
            case Shows.NOTHING:
                pass  # It is still due: whoever comes next is the probe.
            case _:
                assert_never(evidence.shows)
        return None


def _too_many(last: int) -> str | None:
    """Say which unknowns are too many, None where they are not."""
    if last & _ROW_MASK == _ROW_MASK:
        return f"{IN_A_ROW} requests in a row that Twilio may or may not have taken"
    unknown = last.bit_count()
    if 2 * unknown > LAST:
        return f"{unknown} of the last {LAST} requests that Twilio may or may not have taken"
    return None
