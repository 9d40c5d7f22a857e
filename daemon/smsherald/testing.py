"""For tests of flows and of what listens to notifications: without RabbitMQ, without Twilio.

`EmbeddedBroker` is a broker in the process, `Sandbox` a Twilio look-alike on a real socket,
`SetClock` a clock that stands until it is moved; `an_event` and `an_sms` make values to ask
pure functions about.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from smsherald.broker.embedded import EmbeddedBroker
from smsherald.model import Asked, Event, OnUnknown, Sms
from smsherald.sandbox import Sandbox

__all__ = ["EmbeddedBroker", "Sandbox", "SetClock", "an_event", "an_sms"]

_EVENT = Event(
    id="request:5519811a43454e16463a0100",
    identity=("request", "5519811a43454e16463a0100"),
    digest="d" * 64,
    routing_key="order.created",
    body={"order": {"number": "R12345"}},
    headers={},
    time=1_750_000_000.0,
)
_SMS = Sms(
    key="k" * 64,
    fingerprint="f" * 64,
    event=_EVENT,
    flow="order-created",
    reference="R12345",
    asked=Asked(
        account="default",
        sender="+15550001111",
        to="+15558675309",
        text="Hi Ann, we have your order R12345.",
    ),
    expires=None,
    on_unknown=OnUnknown.LOOKUP,
)


class SetClock:
    """Stands still; `move` is the only time that passes."""

    def __init__(self, now: float = 1_750_000_000.0) -> None:
        self._now = now
        self._monotonic = 0.0

    def now(self) -> float:
        """Return the wall clock."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds moved so far."""
        return self._monotonic

    def move(self, seconds: float) -> None:
        """Let so much time pass."""
        self._now += seconds
        self._monotonic += seconds


def an_event(**changes: Any) -> Event:
    """Return an order event, with other values where the test asks for them."""
    return replace(_EVENT, **changes)


def an_sms(**changes: Any) -> Sms:
    """Return an SMS of that event; the names of `Asked` reach its `asked`."""
    asked = {name: changes.pop(name) for name in Asked.__slots__ if name in changes}
    return replace(_SMS, asked=replace(_SMS.asked, **asked), **changes)
