"""The part `web`: the operator's pages."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial

from smsherald import __version__
from smsherald.app.descriptors import provide
from smsherald.app.live import Live
from smsherald.app.observed import Observed
from smsherald.ledger import described
from smsherald.observe.doubts import doubts, remarks
from smsherald.settings.values import Settings
from smsherald.web.glance import glance
from smsherald.web.operations import serve
from smsherald.web.said import Whose
from smsherald.web.why import Why


@asynccontextmanager
async def web_part(
    settings: Settings, live: Callable[[], Live], to: Observed
) -> AsyncIterator[str]:
    """Serve while inside; gives the address.

    Raises OSError where `http.listen` is taken, and LimitError where too few descriptors are left
    for the rest.
    """
    # It is the first part, and what it serves is what strangers can take descriptors by.
    provide(settings.broker.concurrency)
    ledger, start = described(settings.ledger.url), os.environ.get("INVOCATION_ID")
    whose = Whose(settings.instance, settings.broker.queue, ledger, start)
    status = partial(_status, whose, live, to)
    to.health.doubt(lambda: [*to.status.doubted, *doubts(live().settings, live().flows)])
    why = Why(
        to.status,
        to.recent,
        to.clock,
        whose,
        lambda: live().settings.default_region,
        settings.ledger.retention,
        lambda flow: live().flows.on_unknown(flow, live().settings.ledger.on_unknown),
    )
    more = why.routes()
    async with serve(settings.http, to.health, to.metrics, status, more) as address:
        yield address


def _status(whose: Whose, live: Callable[[], Live], to: Observed) -> Mapping[str, object]:
    flows, status, now = list(live().flows.ids), to.status, to.clock.now()
    figures = status.figures()
    return {
        "at": now,
        "version": __version__,
        **asdict(whose),
        "broker": status.broker(),
        **figures,
        "replicas": status.others(whose.instance),
        "pauses": status.holding(),
        "refused": status.refused,
        "remarks": remarks(live().settings, live().flows, status),
        "flows": flows,
        **glance(to.recent, flows, status.unfinished, now, figures["parked"]),
    }
