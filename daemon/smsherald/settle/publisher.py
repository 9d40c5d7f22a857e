"""Publishes what `publications.py` makes, and waits for the broker's word on all of it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from smsherald.errors import SessionLostError
from smsherald.settle.copies import ParkedCopy, RetryCopy
from smsherald.settle.notifications import Notification
from smsherald.settle.observer import Observer
from smsherald.settle.port import Confirm, Session, Then
from smsherald.settle.publications import Publication, SmsEventMessage

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
GIVEN_UP = 30.0
"""Seconds of refusal after which another channel is tried: RabbitMQ 3.10 goes on refusing on one
after the policy that made it do so has gone."""
SELDOM = 600.0
"""Seconds between two sessions that are ended for that: each end counts against all deliveries."""


@dataclass(slots=True)
class _Words:
    """The broker's words on several publications, but for those that it confirmed."""

    refused: list[Publication] = field(default_factory=list)
    """To be published again."""
    nacked: bool = False
    """Whether any of them was nacked; the others were returned."""
    returned: list[SmsEventMessage] = field(default_factory=list)


class Publisher:
    """The only one who publishes. `mandatory` asks that somebody is bound to notifications.

    They go to `exchange`, SMS events to `events`; `queue_of` names the queue of a copy.
    """

    def __init__(
        self,
        exchange: str,
        events: str,
        queue_of: Callable[[RetryCopy | ParkedCopy], str],
        *,
        mandatory: bool,
        observer: Observer,
    ) -> None:
        self._exchange = exchange
        self._events = events
        self._queue_of = queue_of
        self._mandatory = mandatory
        self._observer = observer
        self._waiting = 0
        self._gave_up = -math.inf

    async def publish(
        self, session: Session, publications: Sequence[Publication]
    ) -> Sequence[SmsEventMessage]:
        """Publish all, and again what the broker would not take, until every one is confirmed.

        Returns the SMS events that no queue took, which are not published again. Raises
        SessionLostError when the session ends first: then nobody knows, and the delivery that this
        is about comes again.
        """
        words = await self._once(session, publications)
        if not words.refused:
            return words.returned
        self._wait(1)
        try:
            return words.returned + await self._again(session, words)
        finally:
            self._wait(-1)

    async def _again(self, session: Session, words: _Words) -> list[SmsEventMessage]:
        returned: list[SmsEventMessage] = []
        wait = FIRST_WAIT
        now = asyncio.get_running_loop().time
        began = now()
        while words.refused:
            self._observer.refused(len(words.refused), wait)
            await asyncio.sleep(wait)
            if words.nacked and now() - began > GIVEN_UP and now() - self._gave_up > SELDOM:
                self._gave_up = now()
                session.fail(f"the broker has refused a publish for {GIVEN_UP:.0f} s")
            words = await self._once(session, words.refused)
            returned += words.returned
            wait = min(2 * wait, LONGEST_WAIT)
        return returned

    def _wait(self, more: int) -> None:
        self._waiting += more
        self._observer.waiting(self._waiting)

    async def _once(self, session: Session, publications: Sequence[Publication]) -> _Words:
        """Publish side by side."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        words = _Words()
        waiting = len(publications)

        def settle(publication: Publication, word: Confirm) -> None:
            nonlocal waiting
            waiting -= 1
            if done.done():
                return
            if word is Confirm.LOST:
                done.set_exception(SessionLostError("the session ended before the confirm"))
                return
            if word is Confirm.RETURNED and isinstance(publication, RetryCopy | ParkedCopy):
                gone = f"a copy was returned: the queue {self._queue_of(publication)} is gone"
                session.fail(gone)
                done.set_exception(SessionLostError(gone))
                return
            if word is Confirm.RETURNED and isinstance(publication, SmsEventMessage):
                words.returned.append(publication)
            elif word is not Confirm.CONFIRMED:
                words.refused.append(publication)
                words.nacked = words.nacked or word is Confirm.NACKED
            if not waiting:
                done.set_result(None)

        for publication in publications:
            self._send(session, publication, partial(settle, publication))
        if publications:
            await done
        return words

    def _send(self, session: Session, publication: Publication, then: Then) -> None:
        match publication:
            case Notification(routing_key, message):
                session.publish(
                    message, self._exchange, routing_key, mandatory=self._mandatory, then=then
                )
            case SmsEventMessage(sms_event, message):
                session.publish(
                    message, self._events, sms_event.routing_key, mandatory=True, then=then
                )
            case RetryCopy(tier, message):
                session.retry(message, tier, then=then)
            case ParkedCopy(message):
                session.park(message, then=then)
            case _:
                assert_never(publication)
