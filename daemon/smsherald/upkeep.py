"""What is done from time to time: the sweeper, and the ledger's retention."""

from __future__ import annotations

import asyncio
import random
from typing import Protocol

import structlog

from smsherald.model import Outcome, Sms
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import LedgerSettings
from smsherald.sweeper import Sweeper, Swept

LONGEST_PAUSE = 300.0
PRUNED_AT_ONCE = 500
"""Rows of one transaction: one of many would keep SMSes waiting."""
BREATH = 0.05
"""Seconds between two such transactions."""
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


class Upkeep:
    """Sweeps twice a quarantine, at most `LONGEST_PAUSE` seconds apart."""

    def __init__(
        self, settings: LedgerSettings, sweeper: Sweeper, records: Records, metrics: Metrics
    ) -> None:
        self._sweeper = sweeper
        self._records = records
        self._metrics = metrics
        self._pause = min(settings.quarantine / 2, LONGEST_PAUSE)
        self._retention = settings.retention
        self._named: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Go on until cancelled. A sweep that fails is logged, and the next one tries again."""
        while True:
            # Replicas that started together should not sweep together.
            await asyncio.sleep(self._pause * random.uniform(0.75, 1.25))  # noqa: S311 - jitter
            try:
                await self.once()
            except Exception:  # noqa: BLE001 - a defect must not end all sweeps to come
                _log.exception("sweep_failed")

    async def once(self) -> None:
        """Sweep, say what is unresolved, and forget what has outlived the retention."""
        self._observe(await self._sweeper.sweep())
        count, keys = await self._records.unresolved(NAMED)
        self._metrics.unresolved(count)
        news = sorted(set(keys) - self._named)
        if news:
            _log.warning("ledger_unresolved", rows=count, keys=news)
        self._named = frozenset(keys)
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


def _say(what: str, sms: Sms, outcome: Outcome) -> None:
    _log.info(
        what,
        key=sms.key,
        event_id=sms.event.id,
        flow=sms.flow,
        reference=sms.reference,
        sms=outcome.word,
    )
