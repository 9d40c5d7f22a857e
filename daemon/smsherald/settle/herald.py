"""Tells what no delivery does: what the sweeper finds, and what waits in the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from smsherald import ports
from smsherald.errors import SessionLostError
from smsherald.model import Ended, Fact, Held, Sms
from smsherald.settle.notifications import Notifications
from smsherald.settle.observer import Observer
from smsherald.settle.port import Session
from smsherald.settle.publisher import Publisher

CONFIRMED_WITHIN = 30.0
"""Seconds; what the broker has not confirmed by then is told with the next sweep."""

AT_ONCE = 100
"""Facts that are told side by side."""


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


class Teller:
    """Tells the outbox: at least once, and each fact with the same id every time.

    `on_defect` hears of a fact that cannot be told because of a defect of ours.
    """

    def __init__(
        self,
        outbox: ports.Outbox,
        herald: ports.Herald,
        on_defect: Callable[[Fact, Exception], None],
    ) -> None:
        self._outbox = outbox
        self._herald = herald
        self._on_defect = on_defect
        self._bad: set[str] = set()
        """What cannot be told: it must not hide the others."""

    async def tell(self) -> Sequence[Fact]:
        """Tell as much as can be told now, and return it."""
        waiting = await self._outbox.facts(AT_ONCE + len(self._bad))
        told = await self._tell([fact for fact in waiting if fact.id not in self._bad])
        if told:
            await self._outbox.forget_facts([fact.id for fact in told])
        return told

    async def _tell(self, facts: Sequence[Fact]) -> Sequence[Fact]:
        if not facts:
            return ()
        try:
            confirmed = await self._herald.tell([(fact.sms, fact.outcome) for fact in facts])
        except Exception as error:  # noqa: BLE001 - a defect of one must not hide the others
            if len(facts) > 1:
                return [told for fact in facts for told in await self._tell([fact])]
            self._bad.add(facts[0].id)
            self._on_defect(facts[0], error)
            return ()
        return facts if confirmed else ()
