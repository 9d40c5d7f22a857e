"""The daemon's own broker code under test, without the rest of the daemon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from smsherald.broker.address import addresses
from smsherald.broker.amqp import AmqpBroker
from smsherald.broker.port import Confirm, Message, Session
from smsherald.broker.topology import Topology
from smsherald.broker.watch import Watch
from smsherald.model import Delivery
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from support.waiting import PATIENCE

TIERS = (0.3, 2.0)


class RememberedKeys:
    """The memory of bound keys that the ledger has, here for one test."""

    def __init__(self, keys: Collection[str] = ()) -> None:
        self.keys = frozenset(keys)

    async def bound_keys(self, queue: str) -> frozenset[str]:
        """Return what was remembered last."""
        del queue
        return self.keys

    async def remember_bound_keys(self, queue: str, keys: Collection[str]) -> None:
        """Replace it."""
        del queue
        self.keys = frozenset(keys)


def topology(keys: Collection[str] = ("order.created",), *, own: bool = True) -> Topology:
    """Return the names of a test; each has a virtual host of its own."""
    return Topology("events", "smsherald", TIERS, "smsherald", frozenset(keys), own)


@dataclass
class Running:
    """A broker that hands over deliveries; `deliveries` has all that came, `session` the last's."""

    broker: AmqpBroker
    health: Health
    task: asyncio.Task[None] | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    acks: bool = True

    def on_delivery(self, session: Session, delivery: Delivery) -> None:
        """Take one."""
        self.deliveries.append(delivery)
        if session not in self.sessions:
            self.sessions.append(session)
        if self.acks:
            session.ack(delivery.tag)

    @property
    def problem(self) -> str | None:
        """Say what `/readyz` would."""
        return self.health.components["broker"]

    async def until(self, condition: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait, and fail where it does not come true."""
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            if self.task is not None and self.task.done():
                self.task.result()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    url: str,
    names: Topology | None = None,
    *,
    memory: RememberedKeys | None = None,
    prefetch: int = 100,
    acks: bool = True,
) -> AsyncIterator[Running]:
    """Run the broker while inside, from its first session or its first problem on."""
    health = Health(("broker",), time.monotonic)
    watch = Watch(health, Metrics([]), lambda _: None)
    broker = AmqpBroker(
        addresses(url),
        names or topology(),
        memory or RememberedKeys(),
        watch,
        prefetch=prefetch,
        heartbeat=10,
    )
    it = Running(broker, health, acks=acks)
    it.task = asyncio.create_task(broker.run(it.on_delivery))
    try:
        await it.until(watch.heard.is_set)
        yield it
    finally:
        it.task.cancel()
        await asyncio.wait([it.task])


async def word(publish: Callable[[Callable[[Confirm], None]], None]) -> Confirm:
    """Publish by `publish(then)`, and return the broker's word."""
    said: asyncio.Future[Confirm] = asyncio.get_running_loop().create_future()
    publish(said.set_result)
    return await asyncio.wait_for(said, PATIENCE)


def message(body: bytes = b"{}") -> Message:
    """Return a persistent message."""
    return Message(body, {"delivery_mode": 2, "headers": {}})
