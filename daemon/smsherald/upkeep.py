"""What is done from time to time: the sweeper, and the ledger's retention."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog

from smsherald.model import Outcome, Sms
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import LedgerSettings
from smsherald.sweeper import Sweeper, Swept

LONGEST_PAUSE = 300.0
PRUNED_AT_ONCE = 500
"""Rows of one transaction: one of many would keep SMSes waiting."""
BREATH = 0.05
"""Seconds between two such transactions."""
PULSE = "upkeep"
"""The name under which it beats."""
BEATS_EVERY = 5.0
STALLS = 30.0
"""Seconds without a beat, after which only a restart helps."""
NAMED = 100
"""Unresolved rows that are named in the log; all of them are counted."""

_log = structlog.get_logger(__name__)


class Records(Protocol):
    """What this asks of the ledger."""

    async def unresolved(self, most: int) -> tuple[int, list[str]]:
        """Count the rows `sending` for longer than twice the quarantine; name the oldest."""
        ...

    async def prune(self, retention: float, most: int) -> int:
        """Delete up to `most` rows that have outlived `retention` (seconds); return how many."""
        ...


@contextmanager
def beating(beat: Callable[[], None]) -> Iterator[None]:
    """Beat while inside, whatever is awaited there, and no more once that has ended or failed."""
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []

    def again() -> None:
        timers[:] = [loop.call_later(BEATS_EVERY, again)]
        beat()

    again()
    try:
        yield
    finally:
        timers.pop().cancel()


class Upkeep:
    """Sweeps twice a quarantine, at most `LONGEST_PAUSE` seconds apart."""

    def __init__(
        self,
        settings: LedgerSettings,
        sweeper: Sweeper,
        records: Records,
        metrics: Metrics,
        health: Health,
    ) -> None:
        self._sweeper = sweeper
        self._records = records
        self._metrics = metrics
        self._health = health
        self._pause = min(settings.quarantine / 2, LONGEST_PAUSE)
        self._retention = settings.retention
        self._named: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Go on until cancelled; health knows it alive while it does, whatever it waits for."""
        self._health.expect(PULSE, STALLS)
        with beating(lambda: self._health.beat(PULSE)):
            while True:
                # Replicas that started together should not sweep together.
                await asyncio.sleep(self._pause * random.uniform(0.75, 1.25))  # noqa: S311 - jitter
                await self.once()

    async def once(self) -> None:
        """Sweep, say what is unresolved, forget what has outlived the retention, and tell."""
        await self._turns(
            [
                ("look_up", self._look_up),
                ("unresolved", self._count),
                ("retention", self._prune),
                # Last: the broker may take its time.
                ("tell", self._tell),
            ]
        )

    async def _turns(self, turns: Sequence[tuple[str, Callable[[], Awaitable[None]]]]) -> None:
        """Take one after the other; what fails is logged, and keeps nothing else from its turn."""
        for name, turn in turns:
            try:
                await turn()
            except Exception:  # noqa: BLE001 - it is tried again the next time
                _log.exception("upkeep_failed", turn=name)

    async def _look_up(self) -> None:
        self._observe(await self._sweeper.look_up())

    async def _tell(self) -> None:
        self._observe(await self._sweeper.tell())

    async def _count(self) -> None:
        count, keys = await self._records.unresolved(NAMED)
        self._metrics.unresolved(count)
        news = sorted(set(keys) - self._named)
        if news:
            _log.warning("ledger_unresolved", rows=count, keys=news)
        self._named = frozenset(keys)

    async def _prune(self) -> None:
        pruned = 0
        while some := await self._records.prune(self._retention, PRUNED_AT_ONCE):
            pruned += some
            await asyncio.sleep(BREATH)
        if pruned:
            _log.info("ledger_pruned", rows=pruned)

    def _observe(self, swept: Swept) -> None:
        for sms, outcome in swept.told:
            self._metrics.sms(sms.flow, outcome)
            _say("sweep_told", sms, outcome)
        for sms, found in swept.looked_up:
            _say("sweep_looked_up", sms, found)
        for sms, error in swept.failed:
            _log.error("sweep_failed", key=sms.key, flow=sms.flow, exc_info=error)


def _say(what: str, sms: Sms, outcome: Outcome) -> None:
    _log.info(
        what,
        key=sms.key,
        event_id=sms.event.id,
        flow=sms.flow,
        reference=sms.reference,
        sms=outcome.word,
    )
