"""Whether an SMS may be asked now: pauses first, then what its account may have in flight."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial

from smsherald.errors import Reason
from smsherald.model import Sms, Wait
from smsherald.policy.limits import Limit
from smsherald.policy.pauses import Pauses
from smsherald.ports import Clock, Permit

MOST_WAIT = 20
"""One of so many that may be in flight waits inside the process for an account's limit."""
LOOKS_EVERY = 0.05
"""Seconds between two looks whether there is room."""
LONGEST = 5.0
"""Seconds that one waits so."""


class Admission:
    """Implements `ports.Admission`; `concurrency` SMSes are in flight at once."""

    def __init__(self, pauses: Pauses, clock: Clock, *, concurrency: int) -> None:
        self._pauses = pauses
        self._clock = clock
        self._limits: defaultdict[str, Limit] = defaultdict(partial(Limit, concurrency))
        self._most = max(1, concurrency // MOST_WAIT)
        self._waiting = 0

    async def ask(self, sms: Sms) -> Permit | Wait:
        """See `ports.Admission`."""
        limit = self._limits[sms.asked.account]
        if not limit.has_room(self._clock.monotonic()) and not await self._room(limit):
            return Wait(Reason.RATE_LIMITED, self._pauses.turn)
        return self._pauses.ask(sms, limit)

    async def _room(self, limit: Limit) -> bool:
        """Wait for room, where not too many do; say whether there is."""
        if self._waiting >= self._most:
            return False
        self._waiting += 1
        try:
            until = self._clock.monotonic() + LONGEST
            while self._clock.monotonic() < until:
                await asyncio.sleep(LOOKS_EVERY)
                if limit.has_room(self._clock.monotonic()):
                    return True
            return False
        finally:
            self._waiting -= 1
