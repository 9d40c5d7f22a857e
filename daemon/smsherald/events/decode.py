"""From a delivery to an event."""

from __future__ import annotations

from smsherald.model import Delivery, Event


def decode(
    delivery: Delivery, *, queue_exchange: str = "", now: float, max_body: int, attempts: int
) -> Event:
    """Read a delivery. Raises UnusableError(TOO_LARGE | NOT_JSON | NOT_AN_OBJECT)."""
    raise NotImplementedError


def had_parameters(delivery: Delivery) -> bool:
    """Say whether the body is an envelope with `parameters`, which `decode` leaves out."""
    raise NotImplementedError
