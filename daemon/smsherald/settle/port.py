"""What the consumer and the publisher ask of a broker; AMQP and the embedded one both keep it.

Every method is called on the loop; those that are not awaited return at once. A callback never
runs inside the call that handed it over. `tests/contract/broker/` holds each broker to all that is
said here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from smsherald.errors import UnreachableError
from smsherald.model import Delivery

PERSISTENT = 2
"""AMQP's delivery mode for what must outlive a restart of the broker."""


@dataclass(frozen=True, slots=True)
class Message:
    """What we publish. `properties` are AMQP's basic properties by their names; None is absent."""

    body: bytes
    properties: Mapping[str, Any]
    bare: Mapping[str, Any] | None = None
    """What is written instead where a publisher's `properties` cannot be, or are too large."""


class Confirm(Enum):
    """The broker's word on one published message."""

    CONFIRMED = "confirmed"
    NACKED = "nacked"
    RETURNED = "returned"
    """No queue took it: only for a mandatory message."""
    LOST = "lost"
    """The session ended first: nobody knows. The delivery will come again."""


Then = Callable[[Confirm], None]
OnDelivery = Callable[["Session", Delivery], None]


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many messages wait, those left out that are delivered and not settled."""

    ready: int
    """In our own queue."""
    retrying: int
    """In its retry queues, all tiers together."""
    parked: int
    consumers: int = 0
    """Of our own queue."""

    @property
    def waiting(self) -> int:
        """How many events have still to be handled."""
        return self.ready + self.retrying


class Session(Protocol):
    """One consuming and one publishing channel, until either breaks.

    Once `alive` is False nothing is published or acked any more, every `then` that waits gets
    LOST, and the broker brings each delivery that was not acked again, in another session.
    """

    @property
    def alive(self) -> bool:
        """Whether deliveries of this session can still be settled."""
        ...

    @property
    def steady(self) -> bool:
        """Whether it has asked for deliveries without a break.

        After one some come again that were on their way: marked as redelivered, begun by nobody.
        """
        ...

    @property
    def trouble(self) -> UnreachableError | None:
        """Why nothing that is published gets through, or what ended it; None: nothing is known."""
        ...

    def publish(
        self, message: Message, exchange: str, routing_key: str, *, mandatory: bool, then: Then
    ) -> None:
        """Publish; `then` gets the broker's word, exactly once.

        The exchange `""` leads to a queue by its name. One that does not stand ends the session.
        """
        ...

    def retry(self, message: Message, tier: int, *, then: Then) -> None:
        """Publish to our own queue again, after the tier's delay.

        It comes by the exchange `""` and the queue's name, and the broker may add headers.
        """
        ...

    def park(self, message: Message, *, then: Then) -> None:
        """Publish to the parked queue, from which nothing is delivered."""
        ...

    def fail(self, why: str) -> None:
        """Give the session up, because something that was declared is gone: declare anew."""
        ...

    def ack(self, tag: int) -> None:
        """Settle a delivery of this session, and none before it; after its end, do nothing."""
        ...


class Broker(Protocol):
    """Brings deliveries until it is cancelled, those of one publisher in the order of publishing.

    No more than its prefetch are unacked at a time. What comes again is marked as redelivered, and
    takes any place among the others.
    """

    async def run(self, on_delivery: OnDelivery) -> None:
        """Keep a session up and hand over its deliveries; returns only by cancellation.

        The session ends with it; it may be run again. Raises TopologyError where an operator must
        act first.
        """
        ...

    @property
    def session(self) -> Session | None:
        """The session that stands now, for what no delivery asks for; None while there is none."""
        ...

    def consume(self, *, on: bool, most: int | None = None) -> None:
        """Ask for deliveries, as at first, or for no more; sessions to come open in that mode.

        No more than `most` are unacked at a time, where it is given, in place of the prefetch.

        What was delivered can still be settled; what is on its way may still come. Asked for again,
        they may begin only once all that was delivered before is settled, as RabbitMQ's do.
        """
        ...

    def rebind(self) -> None:
        """Bind what flows want by now, soon and without a new session; a key stays that none wants.

        Sessions to come bind it too.
        """
        ...

    async def lengths(self) -> Lengths | None:
        """Count what waits, within seconds; None where nobody knows: without a session, for one.

        It is no look at the messages: it counts as no delivery of them. A queue that is not there
        holds nothing.
        """
        ...
