"""The part `twilio`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smsherald.app.admission import Admitting
from smsherald.app.observed import Observed
from smsherald.ledger import SqlLedger
from smsherald.observe.twilio_observer import TwilioObserver
from smsherald.settings.values import Settings
from smsherald.twilio import TwilioGateway


@asynccontextmanager
async def twilio_part(
    settings: Settings, to: Observed, ledger: SqlLedger, admitting: Admitting
) -> AsyncIterator[TwilioGateway]:
    """Give the gateway to all accounts; it connects when it first asks."""
    observer = TwilioObserver(to.health, to.metrics, admitting.sentences)
    to.status.twilio_asked = lambda: observer.asked
    async with TwilioGateway(
        settings.twilio,
        fence=settings.ledger.fence,
        skew=settings.ledger.skew,
        concurrency=settings.broker.concurrency,
        clock=to.clock,
        known=ledger.known,
        pausing=admitting.pauses,
        observer=observer,
    ) as gateway:
        yield gateway
