"""The part `waiting`: how much waits in the broker, and whether any of it is still taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from smsherald.app.broker import Consuming
from smsherald.app.observed import Observed
from smsherald.app.settle import Settling
from smsherald.app.tasks import background
from smsherald.model import Deferred, Parked
from smsherald.observe.doubts import Strangers
from smsherald.policy import Pauses
from smsherald.settings.values import Settings
from smsherald.settle.intake import Mode
from smsherald.settle.port import Broker, Lengths
from smsherald.settle.stall import Stall

EVERY = 10.0
"""Seconds between two counts of what waits."""
PAUSED_EVERY = 2.0
"""The same while something is paused: somebody may look at how much waits for its end."""
STEP = 0.25
"""Seconds after which a pause is seen, and what was put off or parked."""
SOON = 1.0
"""Seconds at least between two counts, however much is put off or parked."""
_ELSEWHERE = (Deferred.word, Parked.word)
"""What has gone into another queue."""
PATIENCE = 60.0
"""Seconds without anything settled, beside what Twilio may take, that a busy machine needs."""
PULSE = "consumer"
STALLS = 60.0
"""Seconds without a beat, after which only a restart helps."""
HOLD_UP = ("ledger", "broker", "publisher")
"""Components whose problem is reason enough that nothing is settled."""

_log = structlog.get_logger(__name__)


def patience(settings: Settings) -> float:
    """Return for how many seconds a daemon that works may settle nothing.

    An SMS that was asked for twice, and looked up, may be all that is in flight.
    """
    return PATIENCE + settings.ledger.fence + 3 * settings.twilio.timeout


@asynccontextmanager
async def waiting_part(
    settings: Settings,
    to: Observed,
    consuming: Consuming,
    settling: Settling,
    pauses: Pauses,
) -> AsyncIterator[None]:
    """Count what waits while inside, and have the session made anew where nothing is taken."""

    def held_up() -> bool:
        problems = to.health.components
        return consuming.intake.mode is not Mode.ALL or any(
            problems[component] is not None for component in HOLD_UP
        )

    strangers = Strangers(settings.broker.queue, to.clock)
    to.health.doubt(strangers.doubts)
    watch = _Watch(
        to,
        strangers,
        pauses,
        consuming.broker,
        Stall(patience(settings), to.clock),
        done=lambda: settling.consumer.settled + settling.pipeline.ended,
        held_up=held_up,
    )
    async with background(watch.run(), PULSE):
        yield


@dataclass(frozen=True, slots=True)
class _Watch:
    """Looks again and again; `done` and `held_up` as `Stall.look` has them."""

    to: Observed
    strangers: Strangers
    pauses: Pauses
    broker: Broker
    stall: Stall
    done: Callable[[], int]
    held_up: Callable[[], bool]

    async def run(self) -> None:
        """Go on until cancelled; it beats while events are taken, or need not be."""
        self.to.health.expect(PULSE, STALLS)
        while True:
            # What comes while it looks may not be counted yet.
            moved = self._moved()
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - a defect of one look must not hide all to come
                _log.exception("lengths_unknown")
            if not self.stall.hopeless:
                self.to.health.beat(PULSE)
            await self._rest(moved)

    async def _look(self) -> None:
        lengths = await self.broker.lengths()
        self.to.metrics.lengths(lengths)
        self.to.status.lengths = lengths
        consumers = None if lengths is None else lengths.consumers
        self.strangers.look(consumers, len(self.to.status.replicas))
        self.pauses.waiting = 0 if lengths is None else lengths.waiting
        self._judge(lengths)

    def _judge(self, lengths: Lengths | None) -> None:
        why = self.stall.look(
            done=self.done(),
            ready=None if lengths is None else lengths.ready,
            held_up=self.held_up(),
        )
        session = self.broker.session
        if why is not None and session is not None:
            _log.warning("session_remade", why=why)
            self.to.metrics.session_remade()
            session.fail(why)

    async def _rest(self, moved: object) -> None:
        held, rested = self.pauses.hold, 0.0
        while rested < (PAUSED_EVERY if held else EVERY):
            await asyncio.sleep(STEP)
            rested += STEP
            if self.pauses.hold and not held:
                return
            if rested >= SOON and self._moved() != moved:
                return

    def _moved(self) -> object:
        """Return what is another once something has gone into another queue, or out of one.

        What others do there, the ledger knows first: another daemon, and who replays or drops.
        """
        minutes, unfinished = self.to.recent.hour(self.to.clock.now()), self.to.status.unfinished
        here = sum(minute.get(word, 0) for minute in minutes for word in _ELSEWHERE)
        return here, None if unfinished is None else unfinished.parked
