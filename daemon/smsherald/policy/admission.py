"""Whether an SMS may be asked now: pauses first, then what its account may have in flight."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from smsherald.errors import Reason
from smsherald.model import Sms, Wait
from smsherald.policy.limits import Limit
from smsherald.policy.pauses import Pauses
from smsherald.policy.permit import UNNEEDED
from smsherald.ports import Clock, Permit

A_SECOND = 50
"""So many of what waits for the limit of one account among others come by in a second."""
MOST_WAIT = 20
"""Where there are other accounts, one of so many that may be in flight waits for a limit inside the
process: more would take their places."""
LOOKS_EVERY = 1.0
"""Seconds between two looks whether a limit has grown; whoever leaves wakes the next at once."""


class Admission:
    """Implements `ports.Admission`; `concurrency` SMSes are in flight at once.

    `alone` says whether there is one account only: all that waits for its limit can as well wait
    here, and the queue behind it.
    """

    def __init__(
        self, pauses: Pauses, clock: Clock, *, concurrency: int, alone: Callable[[], bool]
    ) -> None:
        self._pauses = pauses
        self._clock = clock
        self._limits: defaultdict[str, Limit] = defaultdict(partial(Limit, concurrency))
        self._most = max(1, concurrency // MOST_WAIT)
        self._alone = alone
        self._waiting = 0

    async def ask(self, sms: Sms) -> Permit | Wait:
        """See `ports.Admission`."""
        if sms.refused is not None:
            return UNNEEDED
        limit = self._limits[sms.asked.account]
        while not limit.has_room(self._clock.monotonic()):
            if self._waiting >= self._most and not self._alone():
                return Wait(Reason.RATE_LIMITED, self._pauses.turn(A_SECOND))
            await self._room(limit)
        return self._pauses.ask(sms, limit)

    async def _room(self, limit: Limit) -> None:
        """Wait until there may be room."""
        free = asyncio.get_running_loop().create_future()
        limit.wanted.append(free)
        self._waiting += 1
        try:
            await asyncio.wait([free], timeout=LOOKS_EVERY)
        finally:
            self._waiting -= 1
            if not free.done():
                limit.wanted.remove(free)
