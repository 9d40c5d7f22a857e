"""Publishes what `publications.py` makes, and waits for the broker's word on all of it."""

from __future__ import annotations

import asyncio
import math
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
GIVEN_UP = 30.0
"""Seconds of refusal after which another channel is tried: RabbitMQ 3.10 goes on refusing on one
after the policy that made it do so has gone."""
SELDOM = 600.0
"""Seconds between two sessions that are ended for that: each end counts against all deliveries."""


class Publisher:
    """The only one who publishes. `mandatory` asks that somebody is bound to notifications."""

    def __init__(self, exchange: str, *, mandatory: bool, observer: Observer) -> None:
        self._exchange = exchange
        self._mandatory = mandatory
        self._observer = observer
        self._waiting = 0
        self._gave_up = -math.inf

    async def publish(self, session: Session, publications: Sequence[Publication]) -> None:
        """Publish all, and again what the broker would not take, until every one is confirmed.

        Raises SessionLostError when the session ends first: then nobody knows, and the delivery
        that this is about comes again.
        """
        left, nacked = await self._once(session, publications)
        if left:
            self._wait(1)
            try:
                await self._again(session, left, nacked=nacked)
            finally:
                self._wait(-1)

    async def _again(self, session: Session, left: Sequence[Publication], *, nacked: bool) -> None:
        wait = FIRST_WAIT
        now = asyncio.get_running_loop().time
        began = now()
        while left:
            self._observer.refused(len(left), wait)
            await asyncio.sleep(wait)
            if nacked and now() - began > GIVEN_UP and now() - self._gave_up > SELDOM:
                self._gave_up = now()
                session.fail(f"the broker has refused a publish for {GIVEN_UP:.0f} s")
            left, nacked = await self._once(session, left)
            wait = min(2 * wait, LONGEST_WAIT)

    def _wait(self, more: int) -> None:
        self._waiting += more
        self._observer.waiting(self._waiting)

    async def _once(
        self, session: Session, publications: Sequence[Publication]
    ) -> tuple[list[Publication], bool]:
        """Publish side by side; return what was nacked or returned, and whether any was nacked."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused: list[Publication] = []
        nacked = False
        waiting = len(publications)

        def settle(publication: Publication, word: Confirm) -> None:
            nonlocal nacked, waiting
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
                nacked = nacked or word is Confirm.NACKED
            if not waiting:
                done.set_result(None)

        for publication in publications:
            self._send(session, publication, partial(settle, publication))
        if publications:
            await done
        return refused, nacked

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
