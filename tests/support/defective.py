"""`smsherald` with planted defects, for the alerts that watch for some: it has none of its own.

Every `order.cancelled` is one, the sweeper makes no sign of life, and a consumer that the broker
has lost is missed within seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from smsherald import upkeep
from smsherald.app import waiting
from smsherald.cli.main import main
from smsherald.model import Event, Settlement
from smsherald.pipeline import Pipeline
from smsherald.settings.values import Settings

DEFECT = "order.cancelled"
_handle = Pipeline.handle


@contextmanager
def silent(beat: Callable[[], None]) -> Iterator[None]:
    """Make no sign of life while inside."""
    del beat
    yield


def hasty(settings: Settings) -> float:
    """Be patient for a second."""
    del settings
    return 1.0


async def handle(self: Pipeline, event: Event) -> Settlement:
    """Fail on what is planted."""
    if event.routing_key == DEFECT:
        raise NotImplementedError(DEFECT)
    return await _handle(self, event)


if __name__ == "__main__":
    # The product has no switch for it.
    upkeep.beating = silent
    upkeep.STALLS = 3.0
    waiting.patience = hasty
    waiting.EVERY = 1.0
    Pipeline.handle = handle  # type: ignore[method-assign]
    main()
