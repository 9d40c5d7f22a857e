"""Publisher confirms, pipelined: the accounting that tells which publish the broker means.

RabbitMQ numbers the publishes of a channel from 1 and confirms them in any order, one or many at
a time. A returned message is confirmed like any other, and its return names no number.
https://www.rabbitmq.com/docs/confirms
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from smsherald.settle.port import Confirm, Message, Then

CONFIRM_STALLS = 10.0
"""Seconds after which a publish without its confirm is trouble: a quorum may be missing."""


@dataclass(slots=True)
class Publish:
    """One publish that waits for the broker's word."""

    message: Message
    exchange: str
    routing_key: str
    mandatory: bool
    then: Then
    at: float
    """When it went out, or was held back: seconds of the loop's clock."""
    returned: bool = False


class Confirms:
    """The accounting of one channel. Every `then` is called exactly once."""

    def __init__(self) -> None:
        self._waiting: dict[int, Publish] = {}
        self._published = 0

    def published(self, publish: Publish) -> None:
        """Give a publish its number: call this in the order in which they go out."""
        self._published += 1
        self._waiting[self._published] = publish

    def acked(self, tag: int, many: bool) -> None:  # noqa: FBT001 - as py-amqp calls it
        """Take the broker's basic.ack."""
        self._settle(tag, many=many, word=Confirm.CONFIRMED)

    def nacked(self, tag: int, many: bool) -> None:  # noqa: FBT001 - as py-amqp calls it
        """Take the broker's basic.nack."""
        self._settle(tag, many=many, word=Confirm.NACKED)

    def returned(self, exchange: str, routing_key: str, body: bytes) -> None:
        """Mark what came back; its confirm follows.

        Of two that are alike in all three it does not matter which: both come back.
        """
        for publish in self._waiting.values():
            if (
                publish.mandatory
                and not publish.returned
                and (publish.exchange, publish.routing_key) == (exchange, routing_key)
                and publish.message.body == body
            ):
                publish.returned = True
                return

    def stalled(self, now: float) -> str | None:
        """Say that the oldest of those that wait does so for too long; None where it does not."""
        oldest = next((publish.at for publish in self._waiting.values()), now)
        if now - oldest > CONFIRM_STALLS:
            return f"the broker has confirmed nothing for more than {CONFIRM_STALLS:.0f} s"
        return None

    def lost(self) -> list[Publish]:
        """Give up all that wait, and return them: the caller tells them when it is safe."""
        waiting = list(self._waiting.values())
        self._waiting.clear()
        return waiting

    def anew(self) -> list[Publish]:
        """Do the same for a channel that is opened again: its numbers begin with 1."""
        self._published = 0
        return self.lost()

    def _settle(self, tag: int, *, many: bool, word: Confirm) -> None:
        for number in self._up_to(tag) if many else [tag]:
            if (publish := self._waiting.pop(number, None)) is not None:
                publish.then(Confirm.RETURNED if publish.returned else word)

    def _up_to(self, tag: int) -> list[int]:
        """Return the numbers that wait, up to one: they stand in the order of publishing."""
        return list(takewhile(lambda number: number <= tag, self._waiting))
