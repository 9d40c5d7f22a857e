"""A broker inside the process, behind the same port: for the demo and for users' own tests.

A topic exchange, prefetch, redelivery and the retry tiers, on the loop. It keeps nothing: what is
in it when the process ends is gone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from smsherald.broker.topology import Topology
from smsherald.flows import matches
from smsherald.model import Delivery
from smsherald.settle.port import Confirm, Message, OnDelivery, Then

OnMessage = Callable[[str, Message], None]


class EmbeddedBroker:
    """Keeps the ports `Broker` and `Session`, and lets the process itself publish and listen."""

    def __init__(self, topology: Topology, *, prefetch: int) -> None:
        self._topology = topology
        self._prefetch = prefetch
        self._ready: deque[Delivery] = deque()
        self._unacked: dict[int, Delivery] = {}
        self._tags = count(1)
        self._on_delivery: OnDelivery | None = None
        self._consuming = True
        self._listeners: list[tuple[str, str, OnMessage]] = []
        self.parked: list[Message] = []
        """What waits for a person."""

    # --- what only an embedded broker has ---------------------------------------------------

    def listen(self, exchange: str, pattern: str, on_message: OnMessage) -> None:
        """Call `on_message(routing key, message)` for all that goes through an exchange."""
        self._listeners.append((exchange, pattern, on_message))

    def event(self, routing_key: str, message: Message) -> bool:
        """Publish an event as a shop does; return whether the queue took it."""
        return self._route(message, self._topology.exchange, routing_key)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is in flight; what a retry tier holds is not seen."""
        return not self._ready and not self._unacked

    # --- the port Broker --------------------------------------------------------------------

    async def run(self, on_delivery: OnDelivery) -> None:
        """Hand over deliveries until cancelled; what was not acked then comes again."""
        self._on_delivery = on_delivery
        self._hand_over()
        try:
            await asyncio.Event().wait()
        finally:
            self._on_delivery = None
            for delivery in reversed(self._unacked.values()):
                self._ready.appendleft(replace(delivery, redelivered=True))
            self._unacked.clear()

    @property
    def session(self) -> EmbeddedBroker:
        """Itself."""
        return self

    def consume(self, *, on: bool) -> None:
        """Hand over deliveries, or no more; what was can still be settled."""
        self._consuming = on
        self._hand_over()

    # --- the port Session -------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Return True: nothing lies between the process and itself."""
        return True

    def publish(
        self, message: Message, exchange: str, routing_key: str, *, mandatory: bool, then: Then
    ) -> None:
        """Publish; `then` is called on the next turn of the loop."""
        routed = self._route(message, exchange, routing_key)
        word = Confirm.RETURNED if mandatory and not routed else Confirm.CONFIRMED
        asyncio.get_running_loop().call_soon(then, word)

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        """Publish to our own queue after the tier's delay."""
        loop = asyncio.get_running_loop()
        loop.call_later(
            self._topology.tiers[tier], self._enqueue, message, "", self._topology.queue
        )
        loop.call_soon(then, Confirm.CONFIRMED)

    def park(self, message: Message, *, then: Then) -> None:
        """Keep it in `parked`."""
        self.parked.append(message)
        asyncio.get_running_loop().call_soon(then, Confirm.CONFIRMED)

    def fail(self, why: str) -> None:
        """Do nothing: what stands here cannot be deleted."""

    def ack(self, tag: int) -> None:
        """Settle a delivery; one of an earlier `run` is unknown, and nothing happens."""
        if self._unacked.pop(tag, None) is not None:
            self._hand_over()

    # --- inside -----------------------------------------------------------------------------

    def _route(self, message: Message, exchange: str, routing_key: str) -> bool:
        routed = False
        for listened, pattern, on_message in self._listeners:
            if listened == exchange and matches(pattern, routing_key):
                on_message(routing_key, message)
                routed = True
        if exchange == self._topology.exchange and any(
            matches(key, routing_key) for key in self._topology.keys
        ):
            self._enqueue(message, exchange, routing_key)
            routed = True
        return routed

    def _enqueue(self, message: Message, exchange: str, routing_key: str) -> None:
        properties = {"headers": {}, **message.properties}
        self._ready.append(
            Delivery(message.body, properties, exchange, routing_key, redelivered=False, tag=0)
        )
        self._hand_over()

    def _hand_over(self) -> None:
        if self._on_delivery is None or not self._consuming:
            return
        while self._ready and len(self._unacked) < self._prefetch:
            delivery = replace(self._ready.popleft(), tag=next(self._tags))
            self._unacked[delivery.tag] = delivery
            asyncio.get_running_loop().call_soon(self._on_delivery, self, delivery)
