"""What must stand on the broker: exchanges, the queue, its bindings, retry tiers, parked queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed
from kombu import Exchange, Queue

from smsherald.errors import MissingError, TopologyError

DELIVERY_LIMIT = 1000
"""Every lost connection counts against all that was prefetched; RabbitMQ 4's default of 20 parks
healthy events after a bad hour."""

_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))


def duration_name(seconds: float) -> str:
    """Write a duration as an operator would: 5.0 is `5s`, 120.0 is `2m`, 0.25 is `250ms`."""
    milliseconds = round(seconds * 1000)
    size, unit = next(unit for unit in _UNITS if milliseconds % unit[0] == 0)
    return f"{milliseconds // size}{unit}"


@dataclass(frozen=True, slots=True)
class Topology:
    """The names, and what to do about them. The queue's own names derive from `queue`."""

    exchange: str
    queue: str
    tiers: tuple[float, ...]
    notifications: str
    keys: frozenset[str]
    """The routing key patterns that the flows subscribe to."""
    own: bool
    """False (`broker.declare: false`): the broker is somebody else's; only look."""

    @property
    def parked(self) -> str:
        """Return the queue of what waits for a person."""
        return f"{self.queue}.parked"

    def retry(self, tier: int) -> str:
        """Return the queue whose messages come back after this tier's delay."""
        return f"{self.queue}.retry.{duration_name(self.tiers[tier])}"

    def declare(self, channel: Any, bound: Collection[str]) -> None:
        """Make it so; blocks.

        `bound` are the keys that we bound in the past: those that no flow wants any more are
        unbound, and a binding that we did not make is left alone. Raises TopologyError where
        what stands there clashes, or is missing and not ours to make.
        """
        entities = [*self._exchanges(channel), *self._queues(channel)]
        for entity in entities:
            try:
                self._declare(entity)
            except PreconditionFailed as error:
                raise TopologyError(
                    f"{_kind(entity)} {entity.name!r} stands on the broker with other arguments: "
                    f"{error.reply_text}. Nothing was changed. Delete it, or name another in "
                    "broker.queue or broker.exchange"
                ) from error
            except NotFound as error:
                if self.own:
                    raise  # Of what we declare, nothing is missing: its node may be down.
                raise MissingError(
                    f"{_kind(entity)} {entity.name!r} does not stand on the broker, and "
                    "broker.declare is false: declare it there, or let smsherald declare it"
                ) from error
        if self.own:
            queue = entities[-1]
            for key in sorted(self.keys):
                queue.bind_to(self.exchange, key)
            for key in sorted(set(bound) - self.keys):
                queue.unbind_from(Exchange(self.exchange), key)

    def _declare(self, entity: Any) -> None:
        if isinstance(entity, Exchange):
            entity.declare(passive=not self.own)
        else:
            entity.queue_declare(passive=not self.own)

    def _exchanges(self, channel: Any) -> Iterator[Any]:
        for name in dict.fromkeys((self.exchange, self.notifications)):
            yield Exchange(name, "topic", durable=True, channel=channel)

    def _queues(self, channel: Any) -> Iterator[Any]:
        """Yield the parked queue, the tiers, and last our own, which dead-letters to the first."""
        safe = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
        arguments: dict[str, dict[str, Any]] = {
            # A person who looks and gives back must not lose what he looks at.
            self.parked: {"x-delivery-limit": DELIVERY_LIMIT}
        }
        for tier, seconds in enumerate(self.tiers):
            arguments[self.retry(tier)] = {
                "x-message-ttl": round(seconds * 1000),
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": self.queue,
                **safe,
            }
        arguments[self.queue] = {
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.parked,
            **safe,
        }
        for name, extra in arguments.items():
            yield Queue(
                name,
                durable=True,
                queue_arguments={"x-queue-type": "quorum", **extra},
                channel=channel,
            )


def _kind(entity: Any) -> str:
    return "the exchange" if isinstance(entity, Exchange) else "the queue"
