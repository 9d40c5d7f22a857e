"""The part `ledger`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smsherald.app.observed import Observed
from smsherald.ledger import Opener, SqlLedger, described, open_ledger
from smsherald.observe.ledger_observer import PULSE, LedgerObserver
from smsherald.settings.values import Settings

STALLS = 15.0
"""Seconds without a sign of life of the group commit, after which only a restart helps."""


@asynccontextmanager
async def ledger_part(
    settings: Settings, to: Observed, opener: Opener | None = None
) -> AsyncIterator[SqlLedger]:
    """Open the ledger; wait for one that is away, while health says why.

    `opener` opens its database in place of the one that the scheme of its URL names. Raises
    LedgerError where it can never be used.
    """
    observer = LedgerObserver(to.health, to.metrics)
    async with open_ledger(
        settings.ledger, settings.instance, to.clock, observer, opener=opener
    ) as ledger:
        to.health.problem("ledger", None)
        to.health.expect(PULSE, STALLS)
        to.status.new_ledger = described(settings.ledger.url) if ledger.is_new else None
        to.status.history = ledger
        yield ledger
