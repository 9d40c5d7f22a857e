"""What a rehearsal needs to know of a configuration, and what it says of an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from smsherald.errors import UnusableError
from smsherald.events import Reading
from smsherald.flows import FlowBook
from smsherald.model import Asked, Delivery, Event
from smsherald.policy import Rules


def as_read(reading: Reading, delivery: Delivery, now: float) -> Event | UnusableError:
    """Read a delivery as the daemon would have at `now`; return why it would have refused it."""
    try:
        return reading.of(delivery, now)
    except UnusableError as error:
        return error


@dataclass(frozen=True, slots=True)
class Script:
    """A configuration, as far as it decides what becomes of an event."""

    flows: FlowBook
    rules: Rules
    reading: Reading
    queue: str
    """The daemon's: what its flows publish is known by it."""
    retention: float
    """How long the ledger remembers, in seconds."""


class Fate(NamedTuple):
    """What became of one SMS, of what a flow could not make, or of what it published."""

    flow: str | None
    """None where no flow came so far."""
    outcome: str
    """The word of the outcome: `sent`, `skipped`, `duplicate`, `parked` or `published`."""
    reason: str | None = None
    detail: str | None = None
    """Of what is parked: it has no value of the event. Of what is published its routing key."""
    asked: Asked | None = None
    """What Twilio is asked for; of what is published without account. None where it is parked
    before it was made."""
    media: tuple[str, ...] = ()
    key: str | None = None
    reference: str | None = None


class Seen(NamedTuple):
    """What became of one event: the recorded one, or one that a flow published in its turn."""

    event: Event | None
    """None where the bytes were no event."""
    routing_key: str
    outcome: str
    subscribed: bool
    """Whether a flow subscribes to it, be it that none wants it."""
    fates: Sequence[Fate]
    published: bool = False
    """A flow has published it: it is no line of its own."""
