"""The part `outbox`: facts are told, what of the ledger waits is counted, and who else is there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import structlog

from smsherald import __version__
from smsherald.app.observed import Observed
from smsherald.app.tasks import background
from smsherald.ledger import SqlLedger
from smsherald.model import Fact, Unfinished
from smsherald.ports import Herald
from smsherald.settings.values import Settings
from smsherald.settle.herald import Teller
from smsherald.unit import ours
from smsherald.upkeep import beating

EVERY = 1.0
"""Seconds between two looks at the outbox."""
COUNTED_EVERY = 5.0
"""Seconds between two counts."""
SEEN_EVERY = 30.0
"""Seconds between two words in the ledger that this daemon is there."""
STALLS = 30.0
"""Seconds without a beat, after which only a restart helps."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def outbox_part(
    settings: Settings, to: Observed, ledger: SqlLedger, herald: Herald
) -> AsyncIterator[None]:
    """Tell and count while inside; no count waits for a broker that refuses what is told."""
    outbox = _Outbox(settings, to, ledger, Teller(ledger, herald, _cannot_tell))
    to.health.note(outbox.notes)
    async with (
        outbox.again("outbox", outbox.tell, EVERY),
        outbox.again("counts", outbox.count, COUNTED_EVERY),
        outbox.again("replicas", outbox.say_here, SEEN_EVERY),
    ):
        yield


@dataclass(slots=True)
class _Outbox:
    settings: Settings
    to: Observed
    ledger: SqlLedger
    teller: Teller
    unfinished: Unfinished | None = None

    def again(
        self, name: str, what: Callable[[], Awaitable[None]], every: float
    ) -> AbstractAsyncContextManager[object]:
        """Do it while inside, so many seconds apart; health knows it alive, whatever it awaits."""
        return background(self._again(name, what, every), name)

    async def _again(self, name: str, what: Callable[[], Awaitable[None]], every: float) -> None:
        self.to.health.expect(name, STALLS)
        with beating(lambda: self.to.health.beat(name)):
            while True:
                try:
                    await what()
                except Exception:  # noqa: BLE001 - it is tried again the next time
                    _log.exception("outbox_failed", turn=name)
                await asyncio.sleep(every)

    async def tell(self) -> None:
        for fact in await self.teller.tell():
            sms = fact.sms
            _log.info(
                "told",
                key=sms.key,
                event_id=sms.event.id,
                flow=sms.flow,
                reference=sms.reference,
                sms=fact.outcome.word,
            )

    async def count(self) -> None:
        self.unfinished = await self.ledger.unfinished(self.settings.broker.queue)
        self.to.metrics.unfinished(self.unfinished)
        self.to.status.unfinished = self.unfinished

    async def say_here(self) -> None:
        seen = await self.ledger.replicas(self.settings.instance, __version__)
        self.to.status.replicas = seen

    def notes(self) -> Sequence[str]:
        """Say what waits for a person."""
        held = 0 if self.unfinished is None else self.unfinished.held
        wait = "1 SMS is held and waits" if held == 1 else f"{held:,} SMSes are held and wait"
        listing = ours(os.environ, "ledger", "list", "--state", "held")
        return [f"{wait} for a person: {listing}"] if held else ()


def _cannot_tell(fact: Fact, error: Exception) -> None:
    _log.error("cannot_tell", fact=fact.id, flow=fact.sms.flow, exc_info=error)
