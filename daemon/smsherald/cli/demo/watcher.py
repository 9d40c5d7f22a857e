"""Hears of every settled delivery in the demo, and tells who waits for one."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

from smsherald.cli.demo.fates import fates
from smsherald.cli.demo.view import View
from smsherald.model import Delivery, Event, EventOutcome, Settlement
from smsherald.sandbox.publishing.progress import Progress


class Watcher:
    """Knows the samples by their message id, and what a visitor publishes by its correlation id.

    Both stay with an event, however often it is deferred.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._waiting: dict[object, asyncio.Future[Settlement]] = {}
        # Gone with the page's last way to ask: an event may be deferred for ever.
        self._followed: WeakValueDictionary[object, Progress] = WeakValueDictionary()

    def expect(self, message_id: str) -> asyncio.Future[Settlement]:
        """Return what the next delivery with this message id will end as."""
        future: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        return future

    def follow(self, correlation_id: str) -> Progress:
        """Return what will be told of the event with this correlation id, while it is kept."""
        progress = self._followed[correlation_id] = Progress()
        return progress

    def settled(self, delivery: Delivery, event: Event | None, settlement: Settlement) -> None:
        """Show a settled delivery."""
        self._view.settled(event.routing_key if event else delivery.routing_key, settlement)
        properties = delivery.properties
        waiting = self._waiting.pop(properties.get("message_id"), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(settlement)
        if progress := self._followed.get(properties.get("correlation_id")):
            over = settlement.outcome is not EventOutcome.DEFERRED
            progress.tell(fates(settlement, progress.fates), over=over)
