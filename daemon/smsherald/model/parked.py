"""What waits for a person, as it is listed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Stay: TypeAlias = tuple[str, float | None]
"""An entry's id, and when it was parked this time."""


@dataclass(frozen=True, slots=True)
class ParkedEntry:
    """An event, or one flow's part of it; None is what nobody knows."""

    id: str
    """What a command names it by: the same when it comes again and is parked once more."""
    event_id: str | None
    routing_key: str | None
    """As it was published. Where nobody knows it, it cannot be brought again."""
    flow: str | None
    """None where no flow came so far, or where the copy is for all of them."""
    reason: str
    """A `Reason`, or what a broker or another version wrote."""
    detail: str
    reference: str | None
    at: float | None
    """When it was parked, in seconds since the epoch."""

    @property
    def stay(self) -> Stay:
        """Tell it from itself, parked once more."""
        return self.id, self.at
