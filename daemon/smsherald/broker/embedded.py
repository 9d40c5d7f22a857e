"""A broker inside the process, behind the same port: for the demo and for users' own tests.

Topic exchanges, prefetch, redelivery and the retry tiers, on the loop. It keeps nothing: what is
in it when the process ends is gone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count

from smsherald.broker.topology import Topology
from smsherald.errors import UnreachableError
from smsherald.flows import matches
from smsherald.model import Delivery
from smsherald.settle.port import Confirm, Lengths, Message, OnDelivery, Then

OnMessage = Callable[[str, Message], None]
Later = Callable[[float, Callable[[], None]], object]
"""Calls something once so many seconds are over."""


class EmbeddedBroker:
    """Keeps the port `Broker`, and lets the process itself publish and listen.

    `topology` gives the names of all, and the keys that are bound by now.
    """

    def __init__(self, topology: Callable[[], Topology], *, prefetch: int) -> None:
        self._topology = topology()
        self._prefetch = prefetch
        self._queues = _Queues(topology)
        self._most = prefetch
        self._session: EmbeddedSession | None = None

    # --- what only an embedded broker has ---------------------------------------------------

    def listen(self, exchange: str, pattern: str, on_message: OnMessage) -> None:
        """Call `on_message(routing key, message)` for all that goes through an exchange."""
        self._queues.listeners.append((exchange, pattern, on_message))

    def event(self, routing_key: str, message: Message, exchange: str | None = None) -> bool:
        """Publish an event as a shop does; return whether the queue took it.

        Without `exchange` it is `broker.exchange`.
        """
        return self._queues.route(message, exchange or self._topology.exchange, routing_key)

    def publishing(self) -> EmbeddedSession:
        """Return a session that consumes nothing, as a command has it."""
        return EmbeddedSession(self._topology, self._queues)

    def wait_by(self, later: Later) -> None:
        """Let the retry tiers wait by `later`, in place of the loop."""
        self._queues.later = later

    @property
    def parked(self) -> list[Message]:
        """What waits for a person."""
        return self._queues.parked

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is in flight; what a retry tier holds is not seen."""
        in_flight = self._session is not None and self._session.in_flight
        return not self._queues.ready and not in_flight

    # --- the port ---------------------------------------------------------------------------

    async def run(self, on_delivery: OnDelivery) -> None:
        """Make one session after the other until cancelled."""
        while True:
            session = EmbeddedSession(self._topology, self._queues, on_delivery)
            self._session = session
            session.consume(self._most)
            try:
                await session.ended.wait()
            finally:
                self._session = None
                session.fail("nobody consumes any more")

    @property
    def session(self) -> EmbeddedSession | None:
        """The session that stands now; None while there is none."""
        return self._session

    def consume(self, *, on: bool, most: int | None = None) -> None:
        """Ask for deliveries, or for no more; what was delivered can still be settled."""
        self._most = (most or self._prefetch) if on else 0
        if self._session is not None:
            self._session.consume(self._most)

    def rebind(self) -> None:
        """Do nothing: each event is routed by what is wanted then."""

    async def lengths(self) -> Lengths | None:
        """Count what waits; None while there is no session."""
        queues = self._queues
        if self._session is None:
            return None
        return Lengths(len(queues.ready), queues.retrying, len(queues.parked), consumers=1)


class EmbeddedSession:
    """Keeps the port `Session`; it breaks only where it is given up."""

    def __init__(
        self, topology: Topology, queues: _Queues, on_delivery: OnDelivery | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._topology = topology
        self._queues = queues
        self._on_delivery = on_delivery
        self._prefetch = 0
        self._tags = count(1)
        self._unacked: dict[int, Delivery] = {}
        self.ended = asyncio.Event()
        self.steady = True  # Nothing is ever on its way here.

    @property
    def alive(self) -> bool:
        """Whether deliveries of this session can still be settled."""
        return not self.ended.is_set()

    @property
    def trouble(self) -> UnreachableError | None:
        """See the port: nothing keeps what is published from getting through."""
        return None

    @property
    def in_flight(self) -> bool:
        """Whether something that was handed over is not acked."""
        return bool(self._unacked)

    def consume(self, prefetch: int) -> None:
        """Take deliveries until so many are not acked; none any more with 0."""
        self._prefetch = prefetch
        self._queues.on_ready = self._hand_over
        self._hand_over()

    # --- the port ---------------------------------------------------------------------------

    def publish(
        self, message: Message, exchange: str, routing_key: str, *, mandatory: bool, then: Then
    ) -> None:
        """Publish; `then` is called on the next turn of the loop."""
        if self.alive and not self._queues.stands(exchange):
            self.fail(f"no exchange {exchange!r}")
        word = Confirm.CONFIRMED
        if self.alive and not self._queues.route(message, exchange, routing_key) and mandatory:
            word = Confirm.RETURNED
        self._loop.call_soon(self._tell, then, word)

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        """Publish to the tier's queue, which gives it back to ours."""
        self.publish(message, "", self._topology.retry(tier), mandatory=True, then=then)

    def park(self, message: Message, *, then: Then) -> None:
        """Publish to the parked queue."""
        self.publish(message, "", self._topology.parked, mandatory=True, then=then)

    def fail(self, why: str) -> None:
        """Give the session up; what was not acked comes again, first."""
        del why  # What stands here cannot be missing: there is nobody to tell.
        self.ended.set()
        for delivery in reversed(self._unacked.values()):
            self._queues.ready.appendleft(replace(delivery, redelivered=True))
        self._unacked.clear()

    def ack(self, tag: int) -> None:
        """Settle one delivery; after the end of the session there is none."""
        if self._unacked.pop(tag, None) is not None:
            self._hand_over()

    # --- inside -----------------------------------------------------------------------------

    def _tell(self, then: Then, word: Confirm) -> None:
        then(word if self.alive else Confirm.LOST)

    def _hand_over(self) -> None:
        ready = self._queues.ready
        while self.alive and ready and len(self._unacked) < self._prefetch:
            delivery = replace(ready.popleft(), tag=next(self._tags))
            self._unacked[delivery.tag] = delivery
            self._loop.call_soon(self._deliver, delivery)

    def _deliver(self, delivery: Delivery) -> None:
        if self.alive and self._on_delivery is not None:
            self._on_delivery(self, delivery)


class _Queues:
    """What stands: listeners on the exchanges, our queue, its retry tiers, what is parked."""

    def __init__(self, wanted: Callable[[], Topology]) -> None:
        self._wanted = wanted
        self._topology = topology = wanted()
        self._tiers = {topology.retry(tier): delay for tier, delay in enumerate(topology.tiers)}
        self.listeners: list[tuple[str, str, OnMessage]] = []
        self.ready: deque[Delivery] = deque()
        self.parked: list[Message] = []
        self.retrying = 0
        """How many the retry tiers hold."""
        self.on_ready: Callable[[], None] = lambda: None
        self.later: Later = _by_the_loop

    def stands(self, exchange: str) -> bool:
        """Whether it can be published to an exchange; `""` leads to a queue by its name.

        What a route names stands: nobody else could declare it here.
        """
        return exchange in ("", *self._topology.exchanges) or any(
            exchange == name for name, _ in self._wanted().others
        )

    def route(self, message: Message, exchange: str, routing_key: str) -> bool:
        """Give a message to all who want it; return whether anybody did."""
        if exchange == "":
            return self._to_queue(routing_key, message)
        routed = False
        for listened, pattern, on_message in self.listeners:
            if listened == exchange and matches(pattern, routing_key):
                on_message(routing_key, message)
                routed = True
        wanted = self._wanted()
        keys = wanted.keys if exchange == wanted.exchange else _keys(wanted, exchange)
        if any(matches(key, routing_key) for key in keys):
            self._take(message, exchange, routing_key)
            routed = True
        return routed

    def _to_queue(self, name: str, message: Message) -> bool:
        ours = self._topology.queue
        if name == ours:
            self._take(message, "", ours)
        elif name == self._topology.parked:
            self.parked.append(message)
        elif name in self._tiers:
            self.retrying += 1
            self.later(self._tiers[name], partial(self._give_back, message))
        else:
            return False
        return True

    def _give_back(self, message: Message) -> None:
        self.retrying -= 1
        self._take(message, "", self._topology.queue)

    def _take(self, message: Message, exchange: str, routing_key: str) -> None:
        given = {name: it for name, it in message.properties.items() if it is not None}
        properties = {"headers": {}, **given}
        self.ready.append(
            Delivery(message.body, properties, exchange, routing_key, redelivered=False, tag=0)
        )
        self.on_ready()


def _by_the_loop(seconds: float, callback: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(seconds, callback)


def _keys(topology: Topology, exchange: str) -> list[str]:
    return [key for name, key in topology.others if name == exchange]
