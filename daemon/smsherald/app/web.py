"""The part `web`: the operator's pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial

from smsherald.app.live import Live
from smsherald.app.observed import Observed
from smsherald.settings.values import Settings
from smsherald.web.operations import serve


def web_part(
    settings: Settings, live: Callable[[], Live], to: Observed
) -> AbstractAsyncContextManager[str]:
    """Serve while inside; gives the address. Raises OSError where `http.listen` is taken."""
    return serve(settings.http, to.health, to.metrics, partial(_status, settings, live))


def _status(settings: Settings, live: Callable[[], Live]) -> Mapping[str, object]:
    return {
        "instance": settings.instance,
        "queue": settings.broker.queue,
        "flows": ", ".join(live().flows.ids),
    }
