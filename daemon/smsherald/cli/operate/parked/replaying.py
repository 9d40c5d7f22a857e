"""Brings what is parked again, or drops it, some at a time: what was done is done at any moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from smsherald.broker.shop import publish_event
from smsherald.cli.operate.opening import opened
from smsherald.cli.operate.parked.visit import Visit, visiting
from smsherald.errors import UnreachableError, UnusableError
from smsherald.ledger import ForCommand
from smsherald.ledger.replay import Again
from smsherald.model import Delivery
from smsherald.settings.load import LoadedStores
from smsherald.settle.parked import ParkedMessage
from smsherald.settle.port import Confirm, Message

AT_ONCE = 200
"""Messages: each so many cost one transaction, and one way to the broker and back."""

Wanted = Callable[[ParkedMessage], bool]
Progress = Callable[[int, int], object]
"""Hears how many more are done, and how many there are still to do, as far as is known."""


@dataclass(frozen=True, slots=True)
class How:
    """How things are brought again."""

    flow: str | None
    """The flow that they are for; None is the one that each was parked for."""
    rate: float | None
    """At most so many a second."""
    force: bool
    """Also what may be sent once more by that."""


@dataclass(slots=True)
class Done:
    """What became of them."""

    done: int = 0
    freed: int = 0
    """SMSes that had failed and may be sent."""
    unknown: int = 0
    """Messages of which nobody knows with which routing key they were published."""
    refused: int = 0
    """The broker would not take them: they stay parked."""
    begun: int = 0
    """Another flow has sent some of what these would send: they stay parked."""
    missing: int = 0
    """What could not be looked at."""
    others: int = 0
    """Other commands that were at the queue."""

    @property
    def stays(self) -> int:
        """How many stay parked of those that were meant, as far as is known."""
        return self.unknown + self.refused + self.begun + self.missing


async def replay(
    stores: LoadedStores,
    wanted: Wanted,
    *,
    how: How,
    stop: asyncio.Event,
    notice: Callable[[Sequence[ParkedMessage]], object],
    progress: Progress,
) -> Done:
    """Bring all that is wanted again until `stop` is set, each of them once.

    `notice` hears of what a visit has found before any of it is brought.

    Each is published to the daemon's queue and confirmed before it leaves the parked one. So it
    may come twice, where this is killed in between, and never not at all. What is parked again
    meanwhile stays.
    """
    with opened(stores.ledger) as ledger:
        bringing = _Bringing(stores, ledger, how)

        def not_yet(message: ParkedMessage) -> bool:
            return wanted(message) and message.fact() not in bringing.seen

        async def work(visit: Visit, done: Done) -> None:
            left = len(visit.found)
            notice(visit.found)
            progress(0, left)
            for some in _pieces(visit.found, how.rate):
                if stop.is_set() or visit.is_too_long:
                    return
                began = time.monotonic()
                # What was young enough at the beginning may be too old by now.
                await bringing.bring(visit, [each for each in some if wanted(each)], done)
                left -= len(some)
                progress(len(some), left)
                await _rest(began, len(some), how.rate, stop)

        return await _visits(stores, not_yet, work, stop)


async def drop(
    stores: LoadedStores, wanted: Wanted, *, stop: asyncio.Event, progress: Progress
) -> Done:
    """Take all that is wanted out of the queue, for good, until `stop` is set."""

    async def work(visit: Visit, done: Done) -> None:
        left = len(visit.found)
        progress(0, left)
        for some in _pieces(visit.found, None):
            if stop.is_set():
                return
            for message in some:
                visit.take_away(message)
            _require_alive(visit)
            done.done += len(some)
            left -= len(some)
            progress(len(some), left)
            # The acks go out.
            await asyncio.sleep(0)

    return await _visits(stores, wanted, work, stop)


async def _visits(
    stores: LoadedStores,
    wanted: Wanted,
    work: Callable[[Visit, Done], Awaitable[None]],
    stop: asyncio.Event,
) -> Done:
    """Work on one look at the queue after the other, as long as one has left something to do."""
    done = Done()
    while True:
        before = done.done
        async with visiting(stores, wanted) as visit:
            await work(visit, done)
            is_cut = visit.is_too_long and done.done - before < len(visit.found)
        done.missing, done.others = visit.missing + visit.left, max(done.others, visit.others)
        if stop.is_set() or done.done == before or not (is_cut or done.missing):
            return done


@dataclass(slots=True)
class _Bringing:
    stores: LoadedStores
    ledger: ForCommand
    how: How
    seen: set[tuple[str, ...]] = field(default_factory=set)
    """What this command has had: parked again, it is not brought again."""

    async def bring(self, visit: Visit, some: Sequence[ParkedMessage], done: Done) -> None:
        now, queue = time.time(), self.stores.broker.queue
        flow = self.how.flow
        self.seen |= {fact for each in some for fact in (each.fact(), each.fact(flow))}
        known = [(each, again) for each in some if (again := each.again(now, flow))]
        done.unknown += len(some) - len(known)
        if flow is not None and not self.how.force:
            known = await self._not_begun(known, now, done)
        if events := [event for _, again in known if (event := self._event(again, now))]:
            done.freed += await asyncio.to_thread(self.ledger.replay.free_failed, events)
        words = await asyncio.gather(
            *(publish_event(visit.session, again, "", queue) for _, again in known)
        )
        for (parked, _), word in zip(known, words, strict=True):
            if word is Confirm.CONFIRMED:
                visit.take_away(parked)
                done.done += 1
            else:
                done.refused += 1
        _require_alive(visit)
        # What a kill leaves listed is there no more.
        await asyncio.to_thread(self.ledger.parked.forget, queue, visit.gone)

    async def _not_begun(
        self, known: list[tuple[ParkedMessage, Message]], now: float, done: Done
    ) -> list[tuple[ParkedMessage, Message]]:
        """Leave out what another flow has begun to send: for this one, all of it would go out."""
        events = {}
        for parked, again in known:
            if event := self._event(again, now):
                events[parked.entry.id] = Again(event.event_id, event.digest, parked.entry.flow)
        begun = await asyncio.to_thread(self.ledger.replay.begun, set(events.values()))
        left = [each for each in known if events.get(each[0].entry.id) not in begun]
        done.begun += len(known) - len(left)
        return left

    def _event(self, again: Message, now: float) -> Again | None:
        """Return the event as the daemon will read it; None where it can read none."""
        broker = self.stores.broker
        delivery = Delivery(
            again.body, again.properties, "", broker.queue, redelivered=False, tag=0
        )
        try:
            event = self.stores.reading.of(delivery, now)
        except UnusableError:
            return None
        return Again(event.id, event.digest, event.only_flow)


def _require_alive(visit: Visit) -> None:
    if not visit.session.alive:
        raise UnreachableError("the broker went away; run it again: what was done is done")


def _pieces(found: Sequence[ParkedMessage], rate: float | None) -> Iterator[list[ParkedMessage]]:
    size = AT_ONCE if rate is None else max(1, min(AT_ONCE, int(rate)))
    for begin in range(0, len(found), size):
        yield list(found[begin : begin + size])


async def _rest(began: float, count: int, rate: float | None, stop: asyncio.Event) -> None:
    """Wait until so many are no more than `rate` a second, or until it stops."""
    if rate is None:
        return
    left = began + count / rate - time.monotonic()
    if left > 0:
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([stopping], timeout=left)
        stopping.cancel()
