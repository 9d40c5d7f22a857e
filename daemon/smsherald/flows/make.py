"""From an event and the flows to SMSes."""

from __future__ import annotations

from collections.abc import Sequence

from smsherald.flows.flow import Flow
from smsherald.model import Event, Made


def make(event: Event, flows: Sequence[Flow]) -> Made:
    """Make the event's SMSes."""
    raise NotImplementedError
