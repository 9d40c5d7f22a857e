"""What of the configuration is taken anew for each event."""

from __future__ import annotations

from dataclasses import dataclass

from smsherald.flows import FlowBook


@dataclass(frozen=True, slots=True)
class Live:
    """One value, so that nobody ever sees half of another: an event keeps what it began with."""

    flows: FlowBook
