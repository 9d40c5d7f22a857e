"""Tells what became of SMSes where no delivery does: what the sweeper finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from smsherald.errors import SessionLostError
from smsherald.model import Ended, Held, Sms
from smsherald.settle.notifications import Notifications
from smsherald.settle.observer import Observer
from smsherald.settle.port import Session
from smsherald.settle.publisher import Publisher

CONFIRMED_WITHIN = 30.0
"""Seconds; what the broker has not confirmed by then is told with the next sweep."""


class Herald:
    """Tells by the session that stands now (`ports.Herald`)."""

    def __init__(
        self,
        notifications: Notifications,
        publisher: Publisher,
        observer: Observer,
        session: Callable[[], Session | None],
    ) -> None:
        self._notifications = notifications
        self._publisher = publisher
        self._session = session
        self._observer = observer

    async def tell(self, facts: Sequence[tuple[Sms, Ended | Held]]) -> bool:
        """Publish as for a delivery, with the same ids; return whether all is confirmed."""
        session = self._session()
        if session is None:
            return False
        told = [self._notifications.of_sms(sms, outcome) for sms, outcome in facts]
        try:
            async with asyncio.timeout(CONFIRMED_WITHIN):
                await self._publisher.publish(session, told)
        except (SessionLostError, TimeoutError):
            return False
        for notification in told:
            self._observer.notified(notification.routing_key)
        return True
