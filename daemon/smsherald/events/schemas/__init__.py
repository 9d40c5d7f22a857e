"""What a flow's `schema:` can name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smsherald.model import Event


class EventSchema:
    """Loads an event's body; `name` is what templates call the result."""

    name: str

    def load(self, event: Event) -> Mapping[str, Any]:
        """Raises UnusableError(MISSING_VALUE | INVALID_VALUE)."""
        raise NotImplementedError


def find_schema(name: str) -> EventSchema:
    """Return a schema by its name. Raises ValueError."""
    raise NotImplementedError
