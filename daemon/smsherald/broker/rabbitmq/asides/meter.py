"""How much waits in RabbitMQ's queues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from smsherald.broker.rabbitmq.asides.aside import DECLARE_QUEUE, Aside
from smsherald.broker.topology import Topology
from smsherald.settle.port import Lengths

NOT_FOUND = 404


class Meter:
    """Asks of one queue after the other; `run` is the guard's.

    Nothing else is asked on its channel: the broker lets one wait that asks of a queue without a
    leader.
    """

    def __init__(self, channel: Any, run: Callable[..., None]) -> None:
        self._aside = Aside(channel, run, DECLARE_QUEUE)
        self.end = self._aside.end

    async def lengths(self, topology: Topology) -> Lengths | None:
        """Count what waits; None where the broker does not say, or the session ends."""
        found: dict[str, tuple[int, int]] = {}
        for queue in topology.queues:
            counts = await self._counts(queue)
            if counts is None:
                return None
            found[queue] = counts
        (ours, consumers), (parked, _) = found.pop(topology.queue), found.pop(topology.parked)
        retrying = sum(ready for ready, _ in found.values())
        return Lengths(ready=ours, retrying=retrying, parked=parked, consumers=consumers)

    async def length(self, queue: str) -> int | None:
        """Return how many messages are ready; 0 where there is no such queue.

        None where the broker does not say. It is no look: it counts as no delivery.
        """
        counts = await self._counts(queue)
        return None if counts is None else counts[0]

    async def _counts(self, queue: str) -> tuple[int, int] | None:
        """Return how many messages are ready, and how many consumers there are."""
        passive = (0, queue, True, False, False, False, False, None)
        answer = await self._aside.ask(*passive)
        if answer is None or answer.refused:
            return (0, 0) if answer is not None and answer.refused == NOT_FOUND else None
        _, ready, consumers = answer.said
        return int(ready), int(consumers)
