"""Which of what is parked a person means."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.model import ParkedEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that is said must hold; None says nothing. Ages are in seconds."""

    ids: tuple[str, ...] = ()
    """The beginnings of ids: one of them, where there are any."""
    reason: str | None = None
    flow: str | None = None
    reference: str | None = None
    event_id: str | None = None
    older: float | None = None
    newer: float | None = None

    @property
    def says_nothing(self) -> bool:
        """Whether everything is wanted."""
        return self == Wanted()

    def holds(self, entry: ParkedEntry, now: float) -> bool:
        """Say whether it is meant; `now` in seconds since the epoch.

        Of what was parked at a time that nobody knows, no age is true.
        """
        age = None if entry.at is None else now - entry.at
        return (
            (not self.ids or entry.id.startswith(self.ids))
            and self.reason in (None, entry.reason)
            and self.flow in (None, entry.flow)
            and self.reference in (None, entry.reference)
            and self.event_id in (None, entry.event_id)
            and (self.older is None or (age is not None and age > self.older))
            and (self.newer is None or (age is not None and age <= self.newer))
        )
