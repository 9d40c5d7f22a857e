"""What a look at RabbitMQ has found, for who compares it with what we need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What is declared on a broker."""

    EXCHANGE = "exchange"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Entity:
    """What AMQP shows of an exchange or queue; the sentences are the broker's own."""

    kind: Kind
    name: str
    missing: str | None = None
    """Why it is not there; None where it is."""
    refused: str | None = None
    """Why we may not look at it, or declare it."""
    clash: str | None = None
    """How its arguments differ from ours; nobody knows while it is not `compared`."""
    compared: bool = False
    ready: int = 0
    consumers: int = 0


@dataclass(frozen=True, slots=True)
class Other:
    """What AMQP shows of an exchange that somebody else declares; sentences are the broker's."""

    name: str
    missing: str | None = None
    refused: str | None = None
    """Why we may not look at it."""
    type: str = ""
    """As `fanout`; empty where nobody says."""


@dataclass(frozen=True, slots=True)
class Stands:
    """What AMQP shows of a broker."""

    product: str
    """As `RabbitMQ 3.10.8`."""
    entities: tuple[Entity, ...]
    others: tuple[Other, ...] = ()
    """The exchanges of others that flows subscribe to."""


@dataclass(frozen=True, slots=True)
class ManagedQueue:
    """What the management plugin shows of a queue."""

    type: str
    arguments: Mapping[str, Any]
    policy: str
    """The names of the policies that hold, empty where none does."""
    definition: Mapping[str, Any]
    """What they say together."""
    bound: frozenset[tuple[str, str]]
    """Exchanges and routing keys."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The regular expressions of a user in a virtual host."""

    configure: str
    write: str
    read: str


class Trouble(StrEnum):
    """Why the management plugin does not show something."""

    AWAY = "away"
    """Nobody answers."""
    LOGIN = "login"
    """It does not know this user with this password."""
    TAG = "tag"
    """It knows its user, who may not see it."""
    STRANGER = "stranger"
    """What answers is none, or not that of this broker."""
    UNREADABLE = "unreadable"
    """It shows what cannot be read here."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What the management plugin does not show, in a sentence."""

    why: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Managed:
    """What the management plugin shows, and why it does not show the rest."""

    queues: Mapping[str, ManagedQueue | None] | Unseen
    """None for one that is not there."""
    rights: Rights | Unseen
    exchanges: Mapping[str, str] = field(default_factory=dict)
    """The types of exchanges, as far as it shows them."""
