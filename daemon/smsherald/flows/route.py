"""Where a flow's events come from: an exchange, a routing key and a name, each of them or none."""

from __future__ import annotations

from dataclasses import dataclass

EVERYTHING = "#"
"""The pattern of all routing keys; on a fanout or headers exchange, whatever the key."""


@dataclass(frozen=True, slots=True)
class Route:
    """Wants the events that have all that it says; None asks nothing about that part."""

    exchange: str | None = None
    """One that somebody else owns; None: `broker.exchange`."""
    key: str | None = None
    """AMQP topic pattern; the empty one wants the empty routing key alone."""
    type: str | None = None
    """One of the names that an event is known by (`Event.names`), whole."""

    @property
    def pattern(self) -> str:
        """Return what the queue is bound by: an exchange knows nothing of types."""
        return EVERYTHING if self.key is None else self.key

    def __str__(self) -> str:
        """Return it as a person would say it."""
        if self.exchange is None and self.type is None:
            return self.pattern
        parts = (("exchange", self.exchange), ("key", self.key), ("type", self.type))
        return ", ".join(f"{name} {part or '(empty)'}" for name, part in parts if part is not None)
