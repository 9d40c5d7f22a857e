"""Publishes what `publications.py` makes, and waits for the broker's word on all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import assert_never

from smsherald.errors import SessionLostError
from smsherald.settle.copies import ParkedCopy, RetryCopy
from smsherald.settle.notifications import Notification
from smsherald.settle.observer import Observer
from smsherald.settle.port import Confirm, Session, Then
from smsherald.settle.publications import Publication

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0


class Publisher:
    """The only one who publishes. `mandatory` asks that somebody is bound to notifications."""

    def __init__(self, exchange: str, *, mandatory: bool, observer: Observer) -> None:
        self._exchange = exchange
        self._mandatory = mandatory
        self._observer = observer
        self._waiting = 0

    async def publish(self, session: Session, publications: Sequence[Publication]) -> None:
        """Publish all, and again what the broker would not take, until every one is confirmed.

        Raises SessionLostError when the session ends first: then nobody knows, and the delivery
        that this is about comes again.
        """
        left = await self._once(session, publications)
        if left:
            self._wait(1)
            try:
                await self._again(session, left)
            finally:
                self._wait(-1)

    async def _again(self, session: Session, left: Sequence[Publication]) -> None:
        wait = FIRST_WAIT
        while left:
            self._observer.refused(len(left), wait)
            await asyncio.sleep(wait)
            left, wait = await self._once(session, left), min(2 * wait, LONGEST_WAIT)

    def _wait(self, more: int) -> None:
        self._waiting += more
        self._observer.waiting(self._waiting)

    async def _once(
        self, session: Session, publications: Sequence[Publication]
    ) -> list[Publication]:
        """Publish side by side; return what was nacked or returned."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused: list[Publication] = []
        waiting = len(publications)

        def settle(publication: Publication, word: Confirm) -> None:
            nonlocal waiting
            waiting -= 1
            if done.done():
                return
            if word is Confirm.LOST:
                done.set_exception(SessionLostError("the session ended before the confirm"))
                return
            if word is Confirm.RETURNED and not isinstance(publication, Notification):
                session.fail("a copy was returned: the retry or the parked queue is gone")
                done.set_exception(SessionLostError("the copy's queue is gone"))
                return
            if word is not Confirm.CONFIRMED:
                refused.append(publication)
            if not waiting:
                done.set_result(None)

        for publication in publications:
            self._send(session, publication, partial(settle, publication))
        if publications:
            await done
        return refused

    def _send(self, session: Session, publication: Publication, then: Then) -> None:
        match publication:
            case Notification(routing_key, message):
                session.publish(
                    message, self._exchange, routing_key, mandatory=self._mandatory, then=then
                )
            case RetryCopy(tier, message):
                session.retry(message, tier, then=then)
            case ParkedCopy(message):
                session.park(message, then=then)
            case _:
                assert_never(publication)
