"""What a broker brings, and what it says once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What AMQP handed over: bytes that nobody has looked at yet."""

    body: bytes
    properties: Mapping[str, Any]
    """AMQP's basic properties by their names; absent ones are left out, but `headers` is there."""
    exchange: str
    routing_key: str
    redelivered: bool
    tag: int
    readable: bool = True  # Routing key and properties are as they came.


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in the shop, read and bounded."""

    id: str
    """Readable form of `identity`: logs, notifications, AMQP's `correlation_id`."""
    identity: tuple[str, ...]
    """What makes two deliveries the same event; the first part names the rule that found it."""
    digest: str
    """SHA-256 of routing key and body: tells an event from another that took its identity."""
    routing_key: str
    body: Json
    headers: Mapping[str, Any]
    """The publisher's own headers: those of ours (`x-smsherald-…`) are left out."""
    time: float
    """When it happened: the AMQP timestamp, else when we first saw it. Seconds since the epoch."""
    attempt: int = 0
    """How often it was deferred for a reason that counts: the retry tiers grow with it."""
    defects: int = 0
    """How often a defect of ours deferred it, which `retry.attempts` bounds."""
    only_flow: str | None = None
    """The copy is for this flow alone."""
    exchange: str = ""
    """Where it was published, as far as that is known."""
    first_parked: float | None = None
    """When it was parked for the first time, where a person has brought it again; in seconds since
    the epoch."""
    reference: str | None = None
    """What a flow called it then."""
    had_parameters: bool = False
    """Its envelope had `parameters`, which are left out of `body`."""
    names: tuple[str, ...] = ()
    """What its publisher calls its kind, the surest first; a flow's route may ask for one."""
