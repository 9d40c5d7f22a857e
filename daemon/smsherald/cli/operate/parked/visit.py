"""One visit to the parked queue: all that is in it is brought, looked at, and goes back or not."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from smsherald.broker.choose import MOST_LOOKED_AT, looking
from smsherald.broker.topology import Topology
from smsherald.cli import say
from smsherald.cli.operate.opening import opened
from smsherald.errors import LedgerError, UnreachableError
from smsherald.model import Delivery, ParkedEntry, Stay
from smsherald.settings.load import LoadedStores
from smsherald.settle.parked import ParkedMessage, read
from smsherald.settle.port import Session

_SILENCE = 2.0
"""Seconds without another message after which none comes: others may have the rest."""
_LONGEST = 300.0
"""Seconds after which another visit takes over."""
_MOST_HELD = 64 * 2**20
"""Bytes of bodies that a visit keeps."""


@dataclass(slots=True)
class Visit:
    """What was brought, in the order of the queue."""

    session: Session
    ready: int
    """How many were there when it began, but for what others held."""
    others: int
    """How many other commands are at it."""
    began: float = field(default_factory=time.monotonic)
    found: list[ParkedMessage] = field(default_factory=list)
    """What is wanted of them."""
    entries: dict[Stay, ParkedEntry] = field(default_factory=dict)
    """What is there, wanted or not, but for what was taken away."""
    gone: set[Stay] = field(default_factory=set)
    """What was taken away."""
    stood: bool = True
    """Whether the session did to the end: else nobody knows which acks the broker has."""
    _alike: Counter[Stay] = field(default_factory=Counter)
    """What the broker has parked twice at once is told apart by nothing."""
    seen: int = 0
    left: int = 0
    """How many are wanted and for another visit: there was no room for their bodies."""
    _bytes: int = 0
    _over: bool = False

    @property
    def missing(self) -> int:
        """How many were there and were not brought: another command has them, or there are many."""
        return max(0, self.ready - self.seen)

    def take(self, delivery: Delivery, wanted: Callable[[ParkedMessage], bool]) -> None:
        """Keep it if it is wanted; what comes after the look is for another."""
        if self._over:
            return
        self.seen += 1
        message = read(delivery, time.time())
        self.entries[message.entry.stay] = message.entry
        self._alike[message.entry.stay] += 1
        if not wanted(message):
            return
        if self._bytes > _MOST_HELD:
            self.left += 1
            return
        self._bytes += len(delivery.body)
        self.found.append(message)

    def take_away(self, message: ParkedMessage) -> None:
        """Let the queue forget it."""
        self.session.ack(message.delivery.tag)
        stay = message.entry.stay
        self._alike[stay] -= 1
        if not self._alike[stay]:
            self.gone.add(stay)
            self.entries.pop(stay, None)

    def end_look(self) -> None:
        """Take nothing more."""
        self._over = True

    @property
    def is_too_long(self) -> bool:
        """Whether the broker may soon take back what was not acked for long (30 min by default)."""
        return time.monotonic() - self.began > _LONGEST


def topology(stores: LoadedStores) -> Topology:
    """Return the names of the daemon's queues; it binds nothing."""
    broker = stores.broker
    return Topology(
        exchange=broker.exchange,
        queue=broker.queue,
        tiers=stores.tiers,
        notifications=stores.notifications,
        keys=frozenset(),
        own=False,
    )


@asynccontextmanager
async def visiting(
    stores: LoadedStores, wanted: Callable[[ParkedMessage], bool]
) -> AsyncIterator[Visit]:
    """Give all that is there and wanted; what is not taken away inside goes back.

    The ledger's list is corrected afterwards. Raises UnreachableError and TopologyError.
    """
    came, last = asyncio.Event(), time.monotonic()
    visit: Visit | None = None
    early: list[Delivery] = []

    def on_delivery(_: Session, delivery: Delivery) -> None:
        nonlocal last
        last = time.monotonic()
        came.set()
        if visit is None:
            early.append(delivery)
        else:
            visit.take(delivery, wanted)

    try:
        async with looking(stores.broker, topology(stores), on_delivery) as (
            session,
            ready,
            others,
        ):
            visit = Visit(session, ready, others)
            for delivery in early:
                visit.take(delivery, wanted)
            while visit.seen < min(visit.ready, MOST_LOOKED_AT) and session.alive:
                came.clear()
                try:
                    async with asyncio.timeout(_SILENCE):
                        await came.wait()
                except TimeoutError:
                    if time.monotonic() - last >= _SILENCE:
                        break
            visit.end_look()
            try:
                yield visit
            finally:
                visit.stood = session.alive
    finally:
        if visit is not None:
            await asyncio.to_thread(_correct, stores, visit)


def _correct(stores: LoadedStores, visit: Visit) -> None:
    """Let the ledger list what is parked by now; what cannot be written now, a later look does."""
    is_all = visit.stood and not (visit.missing or visit.others)
    begun = time.monotonic() - visit.began
    try:
        with opened(stores.ledger) as ledger:
            queue = stores.broker.queue
            if visit.stood:
                ledger.parked.forget(queue, visit.gone)
            seen = list(visit.entries.values())
            ledger.parked.agree(queue, seen, everything=is_all, begun=begun)
    except (LedgerError, UnreachableError) as error:
        say.warning(f"status and why do not know yet what is parked by now: {error}")
