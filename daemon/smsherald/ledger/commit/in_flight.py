"""The SMSes that this process has claimed, or is about to, and has not recorded.

A second claim of such a key or fingerprint waits for that record instead of asking the database,
which could only say "busy" until the quarantine is over: so an event that comes again after a
lost connection is told at once.

A task that ends between claim and record, by an error or because the process ends, leaves its
row as it is, like a crash: those who wait for it are let go when the task has ended, and the
database answers them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from smsherald.model import Mine, Sms


class Holding:
    """One SMS in flight, and who waits for it."""

    __slots__ = ("_task", "_waiters", "claim", "quarantined_until", "sms")

    def __init__(self, sms: Sms, task: asyncio.Task[Any] | None) -> None:
        self.sms = sms
        self.claim: Mine | None = None
        self.quarantined_until = 0.0
        """Monotonic clock; known once it is claimed."""
        self._task = task
        self._waiters: list[asyncio.Future[None]] | None = None

    def blocks(self, task: asyncio.Task[Any] | None) -> bool:
        """Say whether waiting for it makes sense: who holds it has not ended, and is not us."""
        return self._task is not None and self._task is not task and not self._task.done()

    @property
    def has_ended(self) -> bool:
        """Whether its task has: then it blocks nobody, and nobody will record it."""
        return self._task is not None and self._task.done()

    async def left(self) -> None:
        """Wait until it is recorded, or its task has ended."""
        if self._waiters is None:
            self._waiters = []
            if self._task is not None:
                self._task.add_done_callback(self.let_go)
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def let_go(self, _task: asyncio.Task[Any] | None = None) -> None:
        """Let those go on who wait."""
        waiters, self._waiters = self._waiters or (), None
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


class InFlight:
    """What is in flight, by key and by fingerprint."""

    def __init__(self) -> None:
        self._by_key: dict[str, Holding] = {}
        self._by_fingerprint: dict[str, Holding] = {}

    def count(self) -> int:
        """Return how many there are, less those whose task has ended between claim and record."""
        for holding in [each for each in self._by_key.values() if each.has_ended]:
            self.leave(holding)
        return len(self._by_key)

    async def enter(self, sms: Sms) -> Holding:
        """Wait while another task has this key or fingerprint in flight, then hold them."""
        task = asyncio.current_task()
        while (other := self._blocking(sms, task)) is not None:
            await other.left()
        holding = Holding(sms, task)
        self._by_key[sms.key] = holding
        self._by_fingerprint[sms.fingerprint] = holding
        return holding

    def holding(self, claim: Mine) -> Holding | None:
        """Return what this claim holds."""
        found = self._by_key.get(claim.sms.key)
        return found if found is not None and found.claim is claim else None

    def leave(self, holding: Holding) -> None:
        """Hold it no longer."""
        sms = holding.sms
        if self._by_key.get(sms.key) is holding:
            del self._by_key[sms.key]
        if self._by_fingerprint.get(sms.fingerprint) is holding:
            del self._by_fingerprint[sms.fingerprint]
        holding.let_go()

    def _blocking(self, sms: Sms, task: asyncio.Task[Any] | None) -> Holding | None:
        for other in (self._by_key.get(sms.key), self._by_fingerprint.get(sms.fingerprint)):
            if other is not None and other.blocks(task):
                return other
        return None
