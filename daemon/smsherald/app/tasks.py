"""What runs in the background: the loop's own heartbeat, and upkeep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from smsherald.app.live import Live
from smsherald.app.observed import Observed
from smsherald.ledger import SqlLedger
from smsherald.model import OnUnknown
from smsherald.observe.health import Health
from smsherald.ports import Gateway, Herald, LookUps
from smsherald.settings.values import Settings
from smsherald.sweeper import Sweeper
from smsherald.upkeep import Upkeep

LOOP_STALLS = 15.0
"""Seconds without a turn after which only a restart helps."""

T = TypeVar("T")


@asynccontextmanager
async def background(work: Coroutine[Any, Any, T], name: str) -> AsyncIterator[asyncio.Task[T]]:
    """Run while inside, and wait for its end: what it holds is let go by then."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def tasks_part(
    settings: Settings,
    live: Callable[[], Live],
    to: Observed,
    ledger: SqlLedger,
    gateway: Gateway,
    *,
    look_ups: LookUps,
    herald: Herald,
) -> AsyncIterator[Upkeep]:
    """Run them while inside."""
    sweeper = Sweeper(
        ledger,
        gateway,
        herald,
        look_ups,
        on_unknown=partial(_on_unknown, live),
    )
    upkeep = Upkeep(settings.ledger, sweeper, ledger, to.metrics, to.health)
    async with background(_beat(to.health), "beat"), background(upkeep.run(), "upkeep"):
        yield upkeep


def _on_unknown(live: Callable[[], Live], flow: str) -> OnUnknown:
    now = live()
    return now.flows.on_unknown(flow, now.settings.ledger.on_unknown)


async def _beat(health: Health) -> None:
    health.expect("loop", LOOP_STALLS)
    while True:
        health.beat("loop")
        await asyncio.sleep(1)
