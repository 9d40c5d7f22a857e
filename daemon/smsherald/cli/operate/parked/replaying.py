"""Brings what is parked again, or drops it, some at a time: what was done is done at any moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from smsherald.broker.shop import publish_event
from smsherald.cli.operate.opening import opened
from smsherald.cli.operate.parked.visit import Visit, visiting
from smsherald.errors import UnreachableError, UnusableError
from smsherald.events import decode
from smsherald.ledger import ForCommand
from smsherald.ledger.replay import Again
from smsherald.model import Delivery
from smsherald.settings.load import LoadedStores
from smsherald.settle.parked import ParkedMessage
from smsherald.settle.port import Confirm, Message

AT_ONCE = 200
"""Messages: each so many cost one transaction, and one way to the broker and back."""

Wanted = Callable[[ParkedMessage], bool]
Progress = Callable[[int], object]
"""Hears how many more are done."""


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


async def replay(
    stores: LoadedStores,
    wanted: Wanted,
    *,
    flow: str | None,
    rate: float | None,
    stop: asyncio.Event,
    progress: Progress,
) -> Done:
    """Bring all that is wanted again, at most `rate` a second, until `stop` is set.

    Each is published to the daemon's queue and confirmed before it leaves the parked one. So it
    may come twice, where this is killed in between, and never not at all.
    """
    done = Done()
    with opened(stores.ledger) as ledger:
        bringing = _Bringing(stores, ledger, flow)
        while not stop.is_set():
            before = done.done
            async with visiting(stores, wanted) as visit:
                for some in _pieces(visit.found, rate):
                    began = time.monotonic()
                    await bringing.bring(visit, some, done)
                    progress(len(some))
                    if stop.is_set():
                        break
                    await _rest(began, len(some), rate, stop)
            if done.done == before or not (visit.left or visit.missing):
                break
    return done


async def drop(
    stores: LoadedStores, wanted: Wanted, *, stop: asyncio.Event, progress: Progress
) -> Done:
    """Take all that is wanted out of the queue, for good, until `stop` is set."""
    done = Done()
    while not stop.is_set():
        before = done.done
        async with visiting(stores, wanted) as visit:
            for some in _pieces(visit.found, None):
                for message in some:
                    visit.session.ack(message.delivery.tag)
                _require_alive(visit)
                done.done += len(some)
                progress(len(some))
                # The acks go out.
                await asyncio.sleep(0)
                if stop.is_set():
                    break
        if done.done == before or not (visit.left or visit.missing):
            break
    return done


@dataclass(frozen=True, slots=True)
class _Bringing:
    stores: LoadedStores
    ledger: ForCommand
    flow: str | None

    async def bring(self, visit: Visit, some: Sequence[ParkedMessage], done: Done) -> None:
        now, queue = time.time(), self.stores.broker.queue
        known = [(each, again) for each in some if (again := each.again(now, self.flow))]
        done.unknown += len(some) - len(known)
        if events := [event for _, again in known if (event := self._event(again, now))]:
            done.freed += await asyncio.to_thread(self.ledger.replay.free_failed, events)
        words = await asyncio.gather(
            *(publish_event(visit.session, again, "", queue) for _, again in known)
        )
        for (parked, _), word in zip(known, words, strict=True):
            if word is Confirm.CONFIRMED:
                visit.session.ack(parked.delivery.tag)
                done.done += 1
            else:
                done.refused += 1
        _require_alive(visit)

    def _event(self, again: Message, now: float) -> Again | None:
        """Return the event as the daemon will read it; None where it can read none."""
        broker = self.stores.broker
        delivery = Delivery(
            again.body, again.properties, "", broker.queue, redelivered=False, tag=0
        )
        try:
            event = decode(delivery, now=now, max_body=broker.max_body)
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
