"""The part `admission`: what may be asked of Twilio now, and whether anything is consumed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from smsherald.app.live import Live
from smsherald.app.observed import Observed
from smsherald.app.tasks import background
from smsherald.ledger import SqlLedger
from smsherald.observe.health import Health
from smsherald.observe.pause_observer import PauseObserver, Sentences
from smsherald.policy import Admission, Pauses
from smsherald.settings.values import Settings
from smsherald.settle.consumer import Consumer
from smsherald.settle.intake import Intake
from smsherald.settle.port import Broker
from smsherald.upkeep import beating

BRAKE_EVERY = 0.5
"""Seconds between two looks at what operators have paused: every replica obeys within a second."""
LOOKS_EVERY = 0.25
"""Seconds between two looks whether a probe is due."""
PULSE = "brake"
STALLS = 30.0
"""Seconds without a sign of life, after which only a restart helps."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admitting:
    """What says *later*, and what is said of it."""

    pauses: Pauses
    admission: Admission
    sentences: Sentences


async def admission_part(
    settings: Settings, live: Callable[[], Live], to: Observed, ledger: SqlLedger
) -> Admitting:
    """Return it; it knows by then what operators have paused."""
    pauses = Pauses(to.clock, PauseObserver())
    pauses.brake(await ledger.brake())

    def alone() -> bool:
        return len(live().settings.twilio.accounts) == 1

    sentences = Sentences(lambda: pauses.all, lambda: pauses.waiting, to.clock.now, alone=alone)
    to.health.note(sentences.notes)
    to.metrics.paused(lambda: pauses.all)
    to.status.pauses = lambda: pauses.all
    admission = Admission(
        pauses,
        to.clock,
        concurrency=settings.broker.concurrency,
        alone=alone,
    )
    return Admitting(pauses, admission, sentences)


@asynccontextmanager
async def intake_part(
    broker: Broker,
    live: Callable[[], Live],
    to: Observed,
    ledger: SqlLedger,
    *,
    pauses: Pauses,
    consumer: Consumer,
) -> AsyncIterator[Intake]:
    """Let a broker consume as the pauses allow while inside, from its first session on."""

    def shut() -> bool:
        pauses.shut = pauses.hold and all_shut()
        return pauses.shut

    def all_shut() -> bool:
        twilio = live().settings.twilio
        chosen = twilio.accounts if twilio.account_from_parameters else ()
        return all(pauses.shuts(flow.id, chosen or (flow.account.name,)) for flow in live().flows)

    intake = Intake(
        broker,
        to.clock,
        shut=shut,
        due=lambda: pauses.probe_is_due,
        taken=lambda: consumer.taken,
    )
    pauses.on_change = intake.look
    intake.look()
    async with (
        background(_look(intake, pauses), "intake"),
        background(_brake(to.health, ledger, pauses), PULSE),
    ):
        yield intake


async def _look(intake: Intake, pauses: Pauses) -> None:
    while True:
        await asyncio.sleep(LOOKS_EVERY)
        pauses.tidy()
        intake.look()


async def _brake(health: Health, ledger: SqlLedger, pauses: Pauses) -> None:
    """Read what operators have paused, again and again; what fails once is tried again."""
    health.expect(PULSE, STALLS)
    with beating(lambda: health.beat(PULSE)):
        while True:
            await asyncio.sleep(BRAKE_EVERY)
            try:
                pauses.brake(await ledger.brake())
            except Exception:  # noqa: BLE001 - a defect of one look must not hide all to come
                _log.exception("brake_unread")
