"""One session with RabbitMQ: two kombu connections on the loop, until either breaks.

One connection consumes and acks, the other publishes: the broker stops reading from a connection
that publishes while it has an alarm, and its acks would wait with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from amqp import spec

from smsherald.broker.rabbitmq.address import Address, ended
from smsherald.broker.rabbitmq.asides.binder import Binder
from smsherald.broker.rabbitmq.asides.meter import Meter
from smsherald.broker.rabbitmq.confirms import Publish
from smsherald.broker.rabbitmq.guard import Guard
from smsherald.broker.rabbitmq.link import Link
from smsherald.broker.rabbitmq.outlet import Outlet, stuck
from smsherald.broker.topology import Topology
from smsherald.errors import SessionLostError, UnreachableError
from smsherald.model import Delivery
from smsherald.settle.port import Confirm, Lengths, Message, OnDelivery, Then

OPEN_TIMEOUT = 20.0
"""Seconds for connecting and declaring; a broker that freezes in it would keep us for ever."""
LINGER = 0.3
"""Seconds from the last ack to the end of a session that still stands: a quorum queue takes acks
from its channel bit by bit, and brings again what it has not taken when the channel ends."""
TICK = 1.0
"""Seconds between two looks at the heartbeats."""


class RabbitSession:
    """Keeps the port `Session`; on the loop, but for `close`, which blocks.

    `declare` makes or checks what must stand, on a channel, before anything is consumed; it
    blocks, on a thread. Without `on_delivery` nothing is consumed; `on_stuck` hears once a second
    why nothing that is published gets through, None where it does.
    """

    def __init__(
        self,
        address: Address,
        topology: Topology,
        declare: Callable[[Any], None],
        *,
        heartbeat: float,
        prefetch: int = 0,
        on_delivery: OnDelivery | None = None,
        on_tick: Callable[[], None] = lambda: None,
        on_stuck: Callable[[UnreachableError | None], None] = lambda _: None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._guard = Guard(self._loop, self._ended)
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._topology = topology
        self._declare = declare
        self._on_delivery = on_delivery
        self._wanted = 0 if on_delivery is None else prefetch
        """Deliveries that are wanted at a time; 0 for none."""
        self._consuming = self._wanted
        self.steady = True
        self._tags = count(1)
        self._unacked = 0
        self._on_tick = on_tick
        self._on_stuck = on_stuck
        self._outlets: list[Outlet] = []
        """The last is for events."""
        self._meter: Meter | None = None
        self.binder: Binder | None = None
        """What binds the queue to the exchanges of others; None where nothing is consumed."""
        self._blocked: str | None = None
        self._held_back: deque[Publish] = deque()
        self._consumes = Link(address, "smsherald consume", heartbeat)
        self._publishes = Link(
            address, "smsherald publish", heartbeat, self._on_blocked, self._on_unblocked
        )

    @property
    def alive(self) -> bool:
        """Whether deliveries of this session can still be settled."""
        return not self._lost.done()

    @property
    def trouble(self) -> UnreachableError | None:
        """See the port."""
        if isinstance(error := self._lost.exception() if self._lost.done() else None, Exception):
            return ended(error)
        return stuck(self._blocked, self._outlets, self._loop.time())

    # --- its life ---------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect, declare and consume; no delivery is dispatched before `run`.

        Raises TimeoutError after OPEN_TIMEOUT, and whatever ends it on its thread. However it
        ends, the thread has ended before: what it has opened can be closed.
        """
        opening = asyncio.ensure_future(asyncio.to_thread(self._open))
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                await asyncio.shield(opening)
        except (TimeoutError, asyncio.CancelledError):
            self._consumes.abort()
            self._publishes.abort()
            await asyncio.wait([opening])
            opening.exception()  # Retrieved: what ended it is known.
            raise

    def _open(self) -> None:
        channel, run = self._publishes.open(), self._guard.run
        self._outlets = [Outlet(channel, run, self._publishes.frame_max, apart=False)]
        if self._on_delivery is not None:
            channel = self._publishes.another_channel()
            self._outlets.append(Outlet(channel, run, self._publishes.frame_max, apart=True))
        self._in = self._consumes.open()
        self._declare(self._in)
        if self._on_delivery is not None:
            self._meter = Meter(self._consumes.another_channel(), self._guard.run)
            self.binder = Binder(self._consumes.another_channel(), self._guard.run)
        if self._consuming:
            self._in.basic_qos(0, self._consuming, False)  # noqa: FBT003 - py-amqp's signature
            self._consume(nowait=False)

    def _consume(self, *, nowait: bool) -> None:
        # Another tag each time: a quorum queue delivers again what a tag that returns has unacked.
        self._tag = f"smsherald-{next(self._tags)}"
        self._in.basic_consume(
            self._topology.queue,
            self._tag,
            nowait=nowait,
            callback=self._deliver,
            on_cancel=self._on_cancel,
        )

    async def run(self) -> None:
        """Hand over deliveries until the session ends, and raise what ended it."""
        links = (self._consumes, self._publishes)
        for link in links:
            link.watch(self._guard)
        while self.alive:
            for link in links:
                self._guard.run(link.tick)
            self._on_tick()
            if self.alive:
                self._on_stuck(self.trouble)
            await asyncio.wait([self._lost], timeout=TICK)
        await self._lost

    def consume(self, most: int) -> None:
        """Ask for so many deliveries at a time, or for no more with 0."""
        self._wanted = 0 if self._on_delivery is None else most
        self._consume_or_not()

    def _consume_or_not(self) -> None:
        """While the broker blocks us, what is delivered could only wait in this process."""
        most = self._wanted if self._blocked is None else 0
        if most == self._consuming or not self.alive:
            return
        if self._consuming:
            self._consuming = 0
            self.steady = False
            # Its callback stays: what is on its way still comes.
            self._guard.run(partial(self._in.basic_cancel, self._tag, nowait=True))
        if most and not self._unacked:
            # The prefetch is one consumer's: what another still has would come on top of it.
            self._consuming = most
            # Not `basic_qos`: it would wait for the answer on the loop that has to read it.
            qos = (0, most, False)
            self._guard.run(self._in.send_method, spec.Basic.Qos, "lBb", qos)
            self._guard.run(partial(self._consume, nowait=True))

    async def lengths(self) -> Lengths | None:
        """Count what waits; None where the broker does not say, or the session ends."""
        return None if self._meter is None else await self._meter.lengths(self._topology)

    def give_back(self) -> int:
        """Consume no more, let the queue have what is not acked, and return how much that is."""
        self.consume(0)
        if self._unacked:
            everything = (0, True, True)  # Up to the last, and requeued.
            self._guard.run(self._in.send_method, spec.Basic.Nack, "Lbb", everything)
        return self._unacked

    async def count_ready(self, queue: str | None = None) -> int | None:
        """Count what waits in a queue, or in the one that is consumed, as `lengths` does."""
        return (
            None if self._meter is None else await self._meter.length(queue or self._topology.queue)
        )

    def declare_again(self, declare: Callable[[Any], None]) -> None:
        """Let `declare` work on the channel that consumes; it must not wait for answers."""
        self._guard.run(declare, self._in)

    def end(self, error: Exception) -> None:
        """End the session from our side."""
        self._guard.stop()
        self._ended(error)

    async def close(self, *, politely: bool) -> None:
        """Let the sockets go, cancelled or not. Politely: say goodbye first, for a bounded time."""
        links = (self._consumes, self._publishes)
        ends = (asyncio.to_thread(link.close, politely=politely) for link in links)
        closing = asyncio.gather(*ends, return_exceptions=True)
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait([closing])
            raise

    # --- the port ---------------------------------------------------------------------------

    def publish(
        self, message: Message, exchange: str, routing_key: str, *, mandatory: bool, then: Then
    ) -> None:
        """Publish, or hold it back while the broker has an alarm."""
        publish = Publish(message, exchange, routing_key, mandatory, then, self._loop.time())
        if not self.alive:
            self._loop.call_soon(then, Confirm.LOST)
        elif self._blocked is not None:
            self._held_back.append(publish)
        else:
            self._send(publish)

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        """Publish to the tier's queue, which gives it back to ours."""
        self.publish(message, "", self._topology.retry(tier), mandatory=True, then=then)

    def park(self, message: Message, *, then: Then) -> None:
        """Publish to the parked queue."""
        self.publish(message, "", self._topology.parked, mandatory=True, then=then)

    def fail(self, why: str) -> None:
        """Give the session up; the next one declares what is missing."""
        self.end(SessionLostError(why))

    def ack(self, tag: int) -> None:
        """Settle one delivery; a session that consumes nothing has none."""
        if self._on_delivery is not None:
            self._unacked -= 1
            self._guard.run(self._in.basic_ack, tag)
            if not self._unacked:
                self._consume_or_not()

    # --- what goes out and what comes in ----------------------------------------------------

    def _send(self, publish: Publish) -> None:
        is_event = publish.exchange == self._topology.exchange
        self._outlets[-1 if is_event else 0].send(publish)

    def _deliver(self, message: Any) -> None:
        info, properties = message.delivery_info, message.properties
        properties["headers"] = properties.pop("application_headers", None) or {}
        delivery = Delivery(
            body=message.body or b"",  # py-amqp has text for a body that is empty.
            properties=properties,
            exchange=info["exchange"],
            routing_key=info["routing_key"],
            redelivered=info["redelivered"],
            tag=info["delivery_tag"],
            readable=self._consumes.readable,
        )
        if self._on_delivery is not None:
            self._unacked += 1
            self._on_delivery(self, delivery)

    def _on_cancel(self, _tag: str) -> None:
        raise SessionLostError("the broker cancelled our consumer: its queue was deleted or moved")

    def _on_blocked(self, reason: str) -> None:
        self._blocked = reason
        self._consume_or_not()

    def _on_unblocked(self) -> None:
        self._blocked = None
        while self._held_back and self.alive:
            self._send(self._held_back.popleft())
        self._consume_or_not()

    def _ended(self, error: Exception) -> None:
        if self.alive:
            self._lost.set_exception(error)
            self._lost.exception()  # Retrieved: `run` may never come to await it.
            for waiting in (*(each.confirms.lost() for each in self._outlets), self._held_back):
                for publish in waiting:
                    self._loop.call_soon(publish.then, Confirm.LOST)
            self._held_back.clear()
            if self._meter is not None:
                self._meter.end()
            if self.binder is not None:
                self.binder.end()
