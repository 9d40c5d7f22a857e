"""Takes deliveries through the pipeline, and is the only one who settles them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from smsherald.errors import Reason, SessionLostError, UnusableError
from smsherald.events.headers import ours
from smsherald.model import (
    Defect,
    Deferred,
    Delivery,
    Event,
    EventOutcome,
    ParkedEntry,
    Settlement,
)
from smsherald.ports import Clock, Memory
from smsherald.settle.copies import ParkedCopy
from smsherald.settle.elsewhere import Elsewhere, Whose
from smsherald.settle.escaped import Escaped
from smsherald.settle.notifications import Notification
from smsherald.settle.observer import Observer
from smsherald.settle.other_ledger import OtherLedger
from smsherald.settle.parked import entry_of
from smsherald.settle.port import Session
from smsherald.settle.publications import Publication, Publications
from smsherald.settle.publisher import Publisher

LISTED_WITHIN = 2.0
"""Seconds that a ledger which is away holds up an event that is parked."""


class Consumer:
    """Handles up to `concurrency` events at once; what is delivered beyond them waits here.

    `decode` raises UnusableError where the bytes are no event; `list_parked` writes down what is
    parked; `attempts` bound how often a defect of ours is tried again.
    """

    def __init__(
        self,
        *,
        decode: Callable[[Delivery], Event],
        handle: Callable[[Event], Awaitable[Settlement]],
        elsewhere: Elsewhere,
        other_ledger: OtherLedger,
        memory: Memory,
        list_parked: Callable[[Collection[ParkedEntry]], Awaitable[None]],
        publications: Publications,
        publisher: Publisher,
        observer: Observer,
        clock: Clock,
        concurrency: int,
        attempts: int,
    ) -> None:
        self._decode = decode
        self._handle = handle
        self._elsewhere = elsewhere
        self._other_ledger = other_ledger
        self._memory = memory
        self._list_parked = list_parked
        self._publications = publications
        self._publisher = publisher
        self._observer = observer
        self._clock = clock
        self._attempts = attempts
        self._turns = concurrency
        """How many more events may be decided now: a turn ends before anything is published."""
        self._waiting: deque[tuple[Session, Delivery]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._escaped = Escaped()
        self._draining = False
        self.taken = 0
        """How many deliveries have come."""
        self.settled = 0
        """How many of them were acked."""

    def on_delivery(self, session: Session, delivery: Delivery) -> None:
        """Take a delivery; it is settled later, or comes again in another session."""
        self.taken += 1
        if self._waiting and self._is_left(self._waiting[0][0]):
            # While no turn ends, as with a ledger that is away, those of each session would gather.
            self._waiting = deque(each for each in self._waiting if not self._is_left(each[0]))
        self._waiting.append((session, delivery))
        self._begin()

    async def drain(self, seconds: float) -> bool:
        """Begin nothing new, and let what is in flight finish; return whether all of it did.

        What has not begun is left to the broker, which brings it again.
        """
        self._draining = True
        self._waiting.clear()
        if not self._tasks:
            return True
        _, unfinished = await asyncio.wait(self._tasks, timeout=seconds)
        return not unfinished

    async def handle(
        self, session: Session, delivery: Delivery, decided: Callable[[], None] | None = None
    ) -> Settlement | None:
        """Handle and settle one delivery; None where it was left to the broker.

        The session may end in the middle of it. An SMS that is claimed goes on all the same.
        `decided` is called, whatever happens, before anything is published about the event.
        """
        try:
            if self._is_left(session):
                return None
            started = self._clock.monotonic()
            event, settlement = await self._decide(session, delivery)
        finally:
            if decided is not None:
                decided()
        try:
            if settlement.published:
                settlement = await self._published(session, settlement)
            event, settlement, publications = self._about(delivery, event, settlement)
            await self._publisher.publish(session, publications)
        except SessionLostError:
            return None
        if told := [
            publication.told
            for publication in publications
            if isinstance(publication, Notification) and publication.told is not None
        ]:
            await self._memory.told(told)
        if settlement.outcome is EventOutcome.PARKED:
            await self._list(event, publications)
        if _has_ended(session):
            return None
        session.ack(delivery.tag)
        self.settled += 1
        self._escaped.forget(delivery)
        duration = self._clock.monotonic() - started
        self._observer.settled(delivery, event, settlement, publications, duration)
        return settlement

    async def _published(self, session: Session, settlement: Settlement) -> Settlement:
        """Publish what flows publish in place of SMSes, and say how the event ends by that.

        What no queue takes defers it, until one is bound: nothing else ends that. Its defects wait
        for its return then, as they do for an SMS that is deferred.
        """
        messages = self._publications.of_sms_events(settlement)
        returned = tuple(
            each.sms_event for each in await self._publisher.publish(session, messages)
        )
        if not returned:
            return settlement
        return replace(
            settlement,
            outcome=EventOutcome.DEFERRED,
            defects=(),
            why=Deferred(Reason.UNROUTABLE, None),
            returned=returned,
        )

    async def _list(self, event: Event | None, publications: Sequence[Publication]) -> None:
        """Write down what is parked. The queue has it: without that it is only not seen so soon.

        So it is not waited for long: an event that is not acked would be parked once more.
        """
        copies = [each.message for each in publications if isinstance(each, ParkedCopy)]
        try:
            async with asyncio.timeout(LISTED_WITHIN):
                await self._list_parked([entry_of(copy, self._clock.now()) for copy in copies])
        except TimeoutError:
            pass  # It is written when the ledger is back, or by the next look at the queue.
        except Exception as error:  # noqa: BLE001 - it must not come again for that
            self._observer.unexpected(event, error)

    def _begin(self) -> None:
        """Begin what waits, as far as there are turns; who waits has no task yet, which is cheap.

        What is left to the broker comes again in another session.
        """
        while self._turns and self._waiting:
            session, delivery = self._waiting.popleft()
            if self._is_left(session):
                continue
            self._turns -= 1
            taking = self._take(session, delivery)
            self._tasks.add(asyncio.get_running_loop().create_task(taking))

    def _give_back(self) -> None:
        self._turns += 1
        self._begin()

    def _is_left(self, session: Session) -> bool:
        return self._draining or _has_ended(session)

    async def _take(self, session: Session, delivery: Delivery) -> Settlement | None:
        """Handle a delivery; whatever escapes that ends its session, so that it comes again."""
        try:
            return await self.handle(session, delivery, self._give_back)
        except Exception as error:  # noqa: BLE001 - a delivery must not be left unsettled, unseen
            self._observer.unexpected(None, error)
            self._escaped.note(delivery)
            session.fail(f"a defect of ours: {type(error).__name__}")
            return None
        finally:
            # To be called back about its end would cost a turn of the loop.
            if (task := asyncio.current_task()) is not None:
                self._tasks.discard(task)

    def _about(
        self, delivery: Delivery, event: Event | None, settlement: Settlement
    ) -> tuple[Event | None, Settlement, list[Publication]]:
        """Make what is published; where that cannot be made, a bare copy is parked instead."""
        now = self._clock.now()
        if self._escaped.too_often(delivery):
            delivery = _bare(delivery)
        try:
            return event, settlement, self._publications.about(delivery, event, settlement, now)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not lose the event
            self._observer.unexpected(event, error)
            settlement = _parked(Reason.POISON, type(error).__name__)
            delivery = _bare(delivery)
            return event, settlement, self._publications.about(delivery, event, settlement, now)

    async def _ignored(self, event: Event, settlement: Settlement) -> Settlement:
        """Say how an event ends that no flow here wants."""
        match await self._elsewhere.whose(event):
            case Whose.THEIRS:
                return _deferred(Reason.NOT_MINE)
            case Whose.UNNAMED:
                brought = self._elsewhere.as_brought(event)
                settlement = await self._handle(brought)
                if settlement.outcome is EventOutcome.IGNORED:
                    # Once more at most: it is of an exchange now that the flows name.
                    return await self._ignored(brought, settlement)
                return settlement
            case Whose.OURS | Whose.NOBODYS:
                return settlement

    async def _decide(
        self, session: Session, delivery: Delivery
    ) -> tuple[Event | None, Settlement]:
        """Say how the event ends. A defect of ours parks it too, but only after its attempts."""
        event = None
        if self._escaped.too_often(delivery):
            return None, _parked(Reason.POISON, "it ended sessions before")
        try:
            if why := self._other_ledger.known_by(delivery, session):
                self._observer.another_ledger(why)
            event = self._decode(delivery)
            settlement = await self._handle(event)
            if settlement.outcome is EventOutcome.IGNORED:
                settlement = await self._ignored(event, settlement)
        except UnusableError as error:
            return event, _parked(error.reason, error.detail)
        except Exception as error:  # noqa: BLE001 - a defect of ours must not lose the event
            self._observer.unexpected(event, error)
            if event is None or event.defects >= self._attempts:
                return event, _parked(Reason.POISON, type(error).__name__)
            return event, _deferred(Reason.DEFECT)
        return event, settlement


def _has_ended(session: Session) -> bool:
    return not session.alive


def _bare(delivery: Delivery) -> Delivery:
    """Return it with nothing of the publisher's but the body."""
    return replace(delivery, properties={"headers": ours(delivery.properties["headers"])})


def _deferred(reason: Reason) -> Settlement:
    return Settlement(EventOutcome.DEFERRED, why=Deferred(reason, None))


def _parked(reason: Reason, detail: str) -> Settlement:
    return Settlement(EventOutcome.PARKED, defects=(Defect(None, reason, detail),))
