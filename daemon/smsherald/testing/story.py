"""What became of a test's events, in words: what a test that fails shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from smsherald.model import Delivery, Event, EventOutcome, Settlement

Why: TypeAlias = Callable[[str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Handled:
    """One delivery, and how it ended."""

    event_id: str | None
    """None where no event could be read of it."""
    routing_key: str
    outcome: EventOutcome
    """`handled`, `ignored`, `parked` or `deferred`: then it comes again."""
    defects: Sequence[str] = ()
    """Why it, or one flow's part of it, is parked."""

    @classmethod
    def of(cls, delivery: Delivery, event: Event | None, settlement: Settlement) -> Handled:
        """Take from a settled delivery what there is to say."""
        return cls(
            None if event is None else event.id,
            delivery.routing_key if event is None else event.routing_key,
            settlement.outcome,
            [f"{defect.reason}: {defect.detail}" for defect in settlement.defects],
        )


@dataclass(slots=True)
class Story:
    """Told in the order in which it began."""

    handled: list[Handled] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Of what was published, and no queue took, a sentence each."""

    def lose(self, routing_key: str, exchange: str | None, keys: Collection[str]) -> None:
        """Note an event that no queue took; `keys` are those that flows subscribe to."""
        where = "" if exchange is None else f" on exchange {exchange}"
        self.lost.append(
            f"{routing_key}{where}: no flow subscribes to it, so no queue took it; routing keys "
            f"that flows subscribe to: {', '.join(sorted(keys)) or 'none'}"
        )

    async def told(self, why: Why) -> str:
        """Return a line for each event; `why` answers by an event's id, as the command does."""
        lines = list(self.lost)
        seen = set[str]()
        for each in self.handled:
            if each.event_id is None:
                lines.append(f"{each.routing_key} is {each.outcome}: {'; '.join(each.defects)}")
            elif each.event_id not in seen:
                seen.add(each.event_id)
                lines.append(f"{each.routing_key}, {await why(each.event_id)}")
        if not lines:
            return "nothing was published"
        return "\n".join(["what became of what was published:", *(f"- {line}" for line in lines)])
