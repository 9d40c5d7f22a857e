"""What was said of one delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """The line that a delivery left in the log, as its fields; docs/operations.md has their names.

    No number is whole in it, and no text is in it at all.
    """

    at: float
    """When it was settled, in seconds since the epoch."""
    fields: Mapping[str, Any]
    identified_by: str | None
    """The rule that found the event's identity; None where the bytes were no event."""
    again: float | None = None
    """When it comes again, in seconds since the epoch; None where it does not."""
    times: int = 1
    """For how many deliveries it stands, one after the other, that were put off all alike."""
    since: float | None = None
    """When the first of several was."""

    @property
    def outcome(self) -> str:
        """How the delivery ended."""
        return str(self.fields["outcome"])

    @property
    def event_id(self) -> str | None:
        """Which event it was, as far as it could be read."""
        return self.fields.get("event_id")

    @property
    def parts(self) -> tuple[Mapping[str, Any], ...]:
        """What became of each SMS, or of each flow that made none: one at least."""
        return tuple(self.fields.get("smses") or (self.fields,))

    @property
    def size(self) -> int:
        """How many parts it has."""
        return len(self.fields.get("smses") or (None,))

    def is_about(self, wanted: str) -> bool:
        """Say whether an event id, a reference, or the SID of a message is this delivery's."""
        return wanted in self._names()

    def _names(self) -> Iterator[object]:
        yield self.event_id
        for part in self.parts:
            yield part.get("reference")
            yield part.get("sid")
