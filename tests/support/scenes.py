"""A broker of each kind, the shop before it and the listeners behind it."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

import pika
from pika.exceptions import UnroutableError

from smsherald.broker.bindings import Bindings
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.broker.rabbitmq.address import addresses
from smsherald.broker.rabbitmq.supervisor import RabbitBroker
from smsherald.broker.topology import Topology
from smsherald.observe.broker_observer import BrokerObserver
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settle.port import Broker, Message, Session
from support.broker import Consuming, RememberedKeys, topology
from support.publishing import channel
from support.rabbit import Rabbit
from support.waiting import PATIENCE

TIERS = (0.2, 0.6)
QUIET = 0.15
"""Seconds in which what should not come would have come."""


@dataclass(frozen=True, slots=True)
class Published:
    """A message as its publisher wrote it, or as its reader found it."""

    routing_key: str
    body: bytes = b"{}"
    properties: Mapping[str, Any] = field(default_factory=dict)


Heard: TypeAlias = Callable[[], Awaitable[list[Published]]]
"""Returns all that has come since it was asked last."""


@dataclass
class Consumer(Consuming):
    """Takes what a scene's broker delivers."""

    @property
    def bodies(self) -> list[bytes]:
        """What came, in its order."""
        return [delivery.body for delivery in self.deliveries]

    async def until_deliveries(self, count: int) -> None:
        """Wait for so many."""
        await self.until(lambda: len(self.deliveries) >= count)

    async def nothing_more(self) -> None:
        """Fail where another comes after all."""
        so_far = self.bodies
        await asyncio.sleep(QUIET)
        assert self.bodies == so_far

    async def until_another_session(self, than: Session) -> None:
        """Wait for the session that follows one."""
        await self.until(lambda: self.broker.session not in (None, than))


class Scene(ABC):
    """A broker that nobody has used; each `consuming` is another run of it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    @abstractmethod
    def want(self, *keys: str) -> None:
        """Have these keys be all that flows want, from now on."""

    @asynccontextmanager
    async def consuming(self, *, acks: bool = True) -> AsyncIterator[Consumer]:
        """Consume while inside, from the first session on."""
        it = Consumer(self.broker, acks=acks)
        it.task = asyncio.create_task(self.broker.run(it.on_delivery))
        try:
            await it.until(lambda: self.broker.session is not None)
            yield it
        finally:
            it.task.cancel()
            await asyncio.wait([it.task])

    @abstractmethod
    async def shop(self, *events: Published) -> list[bool]:
        """Publish events one after the other, and return of each whether the queue took it."""

    @abstractmethod
    async def listen(self, pattern: str) -> Heard:
        """Bind a listener to the notifications."""

    @abstractmethod
    async def parked(self) -> list[Published]:
        """Take what is parked."""

    @abstractmethod
    async def is_idle(self) -> bool:
        """Say whether our queue holds nothing, neither ready nor unacked."""

    async def until_idle(self) -> None:
        """Wait for it."""
        deadline = time.monotonic() + PATIENCE
        while not await self.is_idle():
            assert time.monotonic() < deadline, "something is left in the queue"
            await asyncio.sleep(0.05)


class NewScene(Protocol):
    """Sets a scene."""

    def __call__(
        self, *, keys: Collection[str] = ("order.created",), prefetch: int = 100
    ) -> Scene: ...


class EmbeddedScene(Scene):
    """The broker inside the process."""

    def __init__(self, *, keys: Collection[str] = ("order.created",), prefetch: int = 100) -> None:
        self._names = _names(keys)
        self.embedded = EmbeddedBroker(lambda: self._names, prefetch=prefetch)
        super().__init__(self.embedded)

    def want(self, *keys: str) -> None:
        self._names = _names(keys)
        self.broker.rebind()

    async def shop(self, *events: Published) -> list[bool]:
        return [
            self.embedded.event(event.routing_key, Message(event.body, event.properties))
            for event in events
        ]

    async def listen(self, pattern: str) -> Heard:
        new: list[Published] = []

        async def heard() -> list[Published]:
            so_far = new.copy()
            new.clear()
            return so_far

        self.embedded.listen(
            self._names.notifications,
            pattern,
            lambda key, message: new.append(_published(key, message)),
        )
        return heard

    async def parked(self) -> list[Published]:
        parked = [_published(self._names.parked, message) for message in self.embedded.parked]
        self.embedded.parked.clear()
        return parked

    async def is_idle(self) -> bool:
        return self.embedded.idle


class RabbitScene(Scene):
    """RabbitMQ; the shop and the listeners use pika."""

    def __init__(
        self,
        rabbit: Rabbit,
        vhost: str,
        *,
        keys: Collection[str] = ("order.created",),
        prefetch: int = 100,
    ) -> None:
        self._names = _names(keys)
        self._rabbit = rabbit
        self._vhost = vhost
        self._url = rabbit.url(vhost)
        super().__init__(
            RabbitBroker(
                addresses(self._url),
                lambda: self._names,
                Bindings(RememberedKeys(), lambda: self._names, 86_400.0, time.monotonic),
                BrokerObserver(Health(("broker",), time.monotonic), Metrics([])),
                prefetch=prefetch,
                heartbeat=10,
            )
        )

    def want(self, *keys: str) -> None:
        self._names = _names(keys)
        self.broker.rebind()

    async def shop(self, *events: Published) -> list[bool]:
        return await asyncio.to_thread(self._shop, events)

    def _shop(self, events: Collection[Published]) -> list[bool]:
        taken = []
        with channel(self._url) as to:
            to.confirm_delivery()
            for event in events:
                properties = pika.BasicProperties(**event.properties)
                try:
                    to.basic_publish(
                        self._names.exchange,
                        event.routing_key,
                        event.body,
                        properties,
                        mandatory=True,
                    )
                except UnroutableError:
                    taken.append(False)
                else:
                    taken.append(True)
        return taken

    async def listen(self, pattern: str) -> Heard:
        queue = await asyncio.to_thread(self._bind, pattern)
        return lambda: asyncio.to_thread(self._take, queue)

    async def parked(self) -> list[Published]:
        return await asyncio.to_thread(self._take, self._names.parked)

    async def is_idle(self) -> bool:
        depth = await asyncio.to_thread(self._rabbit.depth, self._vhost, self._names.queue)
        return depth.ready == depth.unacked == 0

    def _bind(self, pattern: str) -> str:
        with channel(self._url) as to:
            queue = str(to.queue_declare("").method.queue)
            to.queue_bind(queue, self._names.notifications, pattern)
        return queue

    def _take(self, queue: str) -> list[Published]:
        taken = []
        with channel(self._url) as to:
            while (got := to.basic_get(queue, auto_ack=True))[0] is not None:
                method, properties, body = got
                given = _given(vars(properties))
                taken.append(Published(str(method.routing_key), body or b"", given))
        return taken


def _names(keys: Collection[str]) -> Topology:
    return replace(topology(keys), tiers=TIERS)


def _published(routing_key: str, message: Message) -> Published:
    return Published(routing_key, message.body, _given(message.properties))


def _given(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}
