"""A status page without the rest of a daemon: what it says is what a test says."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from smsherald.model import Deferred, Duplicate, EventOutcome, Line, Outcome, Settlement, Unfinished
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.recent import Recent
from smsherald.settings.secret import Secret
from smsherald.settings.values import HttpSettings
from smsherald.web.glance import glance
from smsherald.web.operations import serve
from support.examples import SENT, SMS

FLOWS = ["order-created", "shipment-created"]
TOKEN = "a-token-of-the-tests-only"


class Watched:
    """What stands behind the page."""

    def __init__(self) -> None:
        self.health = Health(["ledger", "broker", "twilio"], time.monotonic)
        for component in self.health.components:
            self.health.problem(component, None)
        self.recent = Recent()
        self.pauses: list[Mapping[str, Any]] = []
        self.figures: dict[str, int | None] = {
            "in_flight": 3,
            "in_queue": 1204,
            "in_retry_queues": 5,
            "parked": None,
        }
        self.unfinished: Unfinished | None = None
        self.address = ""
        self.asked = 0
        """How often."""

    def status(self) -> Mapping[str, object]:
        self.asked += 1
        now = time.time()
        return {
            "at": now,
            "version": "0.1.0",
            "instance": "shop-1",
            "queue": "smsherald",
            "ledger": "/var/lib/smsherald/ledger.db",
            "pauses": self.pauses,
            "flows": FLOWS,
            **self.figures,
            **glance(self.recent, FLOWS, self.unfinished, now),
        }

    def happened(self, outcome: Outcome = SENT, **fields: Any) -> None:
        """Settle an event now."""
        kind = EventOutcome.DEFERRED if isinstance(outcome, Deferred) else EventOutcome.HANDLED
        line = {
            "outcome": kind,
            "event_id": "order-1",
            "routing_key": "order.created",
            "attempt": 1,
            "flow": "order-created",
            "sms": outcome.word,
            "to": "+1•••••••09",
            **fields,
        }
        now = time.time()
        again = now + 5 if isinstance(outcome, Deferred) else None
        self.recent.settled(Line(now, line, "message", again), Settlement(kind, ((SMS, outcome),)))

    def again(self) -> None:
        """Settle one of which there is nothing to say."""
        self.happened(Duplicate(SENT))


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    """Serve a page to whoever comes."""
    watched = Watched()
    http = HttpSettings("127.0.0.1", 0)
    async with serve(http, watched.health, Metrics(FLOWS), watched.status) as watched.address:
        yield watched


@pytest.fixture
async def guarded() -> AsyncIterator[Watched]:
    """Serve one to who has the token."""
    watched = Watched()
    http = HttpSettings("127.0.0.1", 0, Secret(TOKEN))
    async with serve(http, watched.health, Metrics(FLOWS), watched.status) as watched.address:
        yield watched
