"""The daemon's own broker code under test, without the rest of the daemon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from smsherald.broker.bindings import Bindings, Key
from smsherald.broker.rabbitmq.address import addresses
from smsherald.broker.rabbitmq.supervisor import RabbitBroker
from smsherald.broker.topology import Topology
from smsherald.model import Delivery
from smsherald.observe.broker_observer import BrokerObserver
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.secret import Secret
from smsherald.settings.values import BrokerSettings
from smsherald.settle.port import Broker, Confirm, Message, Session
from support.waiting import PATIENCE

TIERS = (0.3, 2.0)


class RememberedKeys:
    """The memory of bindings that the ledger has, here for one test; its clock is a count."""

    def __init__(self, keys: Collection[str] = ()) -> None:
        self.wanted: dict[Key, float] = {("events", key): 0.0 for key in keys}
        self.clock = 1.0

    @property
    def keys(self) -> set[str]:
        """The keys of the exchange of events."""
        return {key for exchange, key in self.wanted if exchange == "events"}

    async def want_keys(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        """Write down that these are wanted now."""
        del queue
        self.wanted |= {(exchange, key): self.clock for key in keys}
        self.clock += 1

    async def wanted_keys(self, queue: str) -> Mapping[Key, float]:
        """Return all, with when they were last wanted."""
        del queue
        return dict(self.wanted)

    async def forget_key(self, queue: str, key: Key, wanted_at: float) -> bool:
        """Forget one that is unchanged."""
        del queue
        if self.wanted.get(key) != wanted_at:
            return False
        del self.wanted[key]
        return True


def broker_settings(*urls: str) -> BrokerSettings:
    """Return the settings of a broker, or of several that fail over."""
    return BrokerSettings(
        url=Secret(";".join(urls)),
        exchange="events",
        queue="smsherald",
        declare=True,
        unbind_after=86_400.0,
        management=None,
        concurrency=2,
        prefetch=8,
        heartbeat=10,
        max_body=1_000_000,
        drain=25,
    )


def topology(
    keys: Collection[str] = ("order.created",),
    *,
    own: bool = True,
    others: Collection[Key] = (),
) -> Topology:
    """Return the names of a test; each has a virtual host of its own."""
    keys, others = frozenset(keys), frozenset(others)
    return Topology("events", "smsherald", TIERS, "smsherald", keys, own, others)


@dataclass
class Consuming:
    """A consumer of a broker that runs; `deliveries` has all that came, `sessions` whence."""

    broker: Broker
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
    def session(self) -> Session:
        """Return the session that stands."""
        session = self.broker.session
        assert session is not None
        return session

    async def until(self, condition: Callable[[], bool], within: float = PATIENCE) -> None:
        """Wait, and fail where it does not come true."""
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            if self.task is not None and self.task.done():
                self.task.result()
            await asyncio.sleep(0.01)


@dataclass
class Running(Consuming):
    """RabbitMQ's, with what it says of itself."""

    health: Health = field(kw_only=True)

    @property
    def problem(self) -> str | None:
        """Say what `/readyz` would."""
        return self.health.components["broker"]


@asynccontextmanager
async def running(
    url: str,
    names: Topology | Callable[[], Topology] | None = None,
    *,
    memory: RememberedKeys | None = None,
    unbind_after: float = 86_400.0,
    prefetch: int = 100,
    acks: bool = True,
) -> AsyncIterator[Running]:
    """Run the broker while inside, from its first session or its first problem on."""
    health = Health(("broker",), time.monotonic)
    observer = BrokerObserver(health, Metrics([]))
    wanted = names if callable(names) else lambda: names or topology()
    broker = RabbitBroker(
        addresses(url),
        wanted,
        Bindings(memory or RememberedKeys(), wanted, unbind_after, time.monotonic),
        observer,
        prefetch=prefetch,
        heartbeat=10,
    )
    it = Running(broker, health=health, acks=acks)
    it.task = asyncio.create_task(broker.run(it.on_delivery))
    try:
        await it.until(observer.reported.is_set)
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
