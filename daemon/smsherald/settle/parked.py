"""What is in the parked queue: which event a message is, and how it comes again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from smsherald.events import Origin, body_digest, headers, origin_of, readable
from smsherald.events.plain import as_moment
from smsherald.model import Delivery, ParkedEntry
from smsherald.settle.copies import replayed_copy
from smsherald.settle.port import Message

_DEATHS = "x-death"
"""What the broker writes of a message that it parks by itself, the last time first."""
_UNKNOWN = "broker"
BY_THE_BROKER = ("delivery_limit", "expired", "maxlen", "rejected", _UNKNOWN)
"""Why it does so, in its own words; the last where it does not say."""


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """One of them; `entry` is what a person sees of it."""

    delivery: Delivery
    origin: Origin | None
    """None where nobody knows with which routing key it was published."""
    digest: str
    """Of routing key and body."""
    entry: ParkedEntry
    first_parked: float | None
    """When it was parked for the first time: it may have been brought again before."""

    def again(self, now: float, flow: str | None = None) -> Message | None:
        """Return it as our own queue is to bring it again; None where nobody knows its key.

        It is as old as `now` then (seconds since the epoch), or all that is parked for longer than
        its `max_age` would be skipped. With `flow` it is for that one alone.
        """
        if self.origin is None:
            return None
        origin = replace(
            self.origin,
            first_seen=now,
            only_flow=flow or self.origin.only_flow,
            first_parked=self.first_parked,
            reference=self.entry.reference,
        )
        return replayed_copy(self.delivery, origin)

    def fact(self, flow: str | None = None) -> tuple[str, ...]:
        """Return what it has in common with itself when it is parked once more, for this flow."""
        event = (self.digest,) if self.origin is None else (self.origin.identity or (self.digest,))
        return (*event, flow or self.entry.flow or "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them a person means: all that is said must hold. None says nothing; ages in s."""

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


def read(delivery: Delivery, now: float) -> ParkedMessage:
    """Say what a message of the parked queue is; whatever it holds, that is no error."""
    received = delivery.properties.get("headers") or {}
    death = _last_death(received)
    if death.get("exchange"):
        # The broker has parked what somebody had published: what it says in our name is not ours.
        received = headers.publishers(received) | {_DEATHS: received[_DEATHS]}
    origin = _origin(
        replace(delivery, properties={**delivery.properties, "headers": received}), now
    )
    reason = _text(received.get(headers.REASON)) or _text(death.get("reason")) or _UNKNOWN
    digest = body_digest(origin.routing_key if origin else "", delivery.body)
    identity = origin.identity if origin else None
    flow = origin.only_flow if origin else None
    at = _moment(received.get(headers.PARKED_AT), death.get("time"))
    first = at if origin is None or origin.first_parked is None else origin.first_parked
    message_id = _text(delivery.properties.get("message_id"))
    named = "\0".join((*(identity or (digest, message_id or "")), flow or "", str(first or "")))
    return ParkedMessage(
        delivery,
        origin,
        digest,
        ParkedEntry(
            id=sha256(named.encode("utf-8", "surrogatepass")).hexdigest(),
            event_id=(message_id if identity is None else readable(identity, digest)),
            routing_key=None if origin is None else origin.routing_key,
            flow=flow,
            reason=reason,
            detail=_text(received.get(headers.DETAIL)) or "",
            reference=_text(received.get(headers.REFERENCE)),
            at=as_moment(at, now),
        ),
        first,
    )


def entry_of(copy: Message, now: float) -> ParkedEntry:
    """Return what a person will see of a copy that has been parked, as `read` finds it."""
    delivery = Delivery(copy.body, copy.properties, "", "", redelivered=False, tag=0)
    return read(delivery, now).entry


def _origin(delivery: Delivery, now: float) -> Origin | None:
    received = delivery.properties["headers"]
    if headers.ROUTING_KEY in received:
        return origin_of(delivery, now)
    death = _last_death(received)
    keys = death.get("routing-keys")
    key = _text(keys[0]) if isinstance(keys, list) and keys else None
    return None if key is None else Origin(_text(death.get("exchange")) or "", key)


def _last_death(received: Mapping[Any, Any]) -> Mapping[Any, Any]:
    deaths = received.get(_DEATHS)
    last = deaths[0] if isinstance(deaths, list) and deaths else None
    return last if isinstance(last, Mapping) else {}


def _text(value: Any) -> str | None:
    return value.encode(errors="replace").decode() if isinstance(value, str) and value else None


def _moment(said: Any, died: Any) -> float | None:
    """Return when it was parked: as we wrote it, else as the broker did."""
    if isinstance(said, str):
        try:
            return datetime.fromisoformat(said).timestamp()
        except (ValueError, OverflowError):
            return None
    if isinstance(died, datetime):
        return (died if died.tzinfo else died.replace(tzinfo=UTC)).timestamp()
    return None
