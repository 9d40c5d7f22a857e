"""What a queue's arguments and the policies on it make of it together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smsherald.broker.found import ManagedQueue
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.finding import Finding, Mark

_FULL = ("max-length", "max-length-bytes")
_REFUSES = "reject-publish"


def of_queue(
    name: str,
    queue: ManagedQueue,
    needed: Mapping[str, Any],
    topology: Topology,
    *,
    compared: bool,
) -> Iterator[Finding]:
    """Say what is other than needed; `compared`: the broker itself has compared the arguments."""
    if not compared:
        yield from _arguments(name, queue, needed)
    policy = _Policy(name, queue, topology)
    for finding in (
        policy.delivery_limit(needed.get("x-delivery-limit")),
        policy.time_to_live(needed.get("x-message-ttl")),
        policy.full(),
        policy.expires(),
        policy.overflow(),
    ):
        if finding is not None:
            yield finding


def _arguments(name: str, queue: ManagedQueue, needed: Mapping[str, Any]) -> Iterator[Finding]:
    differ = []
    for key, value in needed.items():
        stands = queue.type if key == "x-queue-type" else queue.arguments.get(key)
        if stands != value:
            differ.append(f"{key} is {'not set' if stands is None else stands}, not {value!r}")
    if differ:
        yield Finding(
            Mark.WARNING,
            f"queue {name}",
            f"stands with other arguments: {'; '.join(differ)}",
            "declare it as docs/operations.md says, or know what it does to texts",
        )


class _Policy:
    """What a policy does to one of our queues; where it does nothing, there is no finding."""

    def __init__(self, name: str, queue: ManagedQueue, topology: Topology) -> None:
        self._name = name
        self._queue = queue
        self._subject = f"policy {queue.policy or '(of no name)'} on {name}"
        self._ours = name == topology.queue
        self._parked = name == topology.parked

    def delivery_limit(self, needed: Any) -> Finding | None:
        limit = self._number("delivery-limit")
        if limit is None or needed is None or limit >= needed:
            return None
        what = (
            "after that what is parked is lost"
            if self._parked
            else ("every lost connection counts against all events that waited in the process")
        )
        return Finding(
            Mark.WARNING,
            self._subject,
            f"allows {limit:,} deliveries, and ours are {needed:,}: the smaller holds; {what}",
            "take delivery-limit out of the policy, or keep it off our queues",
        )

    def time_to_live(self, needed: Any) -> Finding | None:
        ttl = self._number("message-ttl")
        if ttl is None or (needed is not None and ttl >= needed):
            return None
        seconds = f"{ttl / 1000:g} s"
        if self._parked:
            found = f"what is parked for {seconds} is deleted"
        elif self._ours:
            found = f"events that wait for {seconds} are parked, as in a pause"
        else:
            found = f"deferred events come back after {seconds}, not {needed / 1000:g} s"
        return Finding(
            Mark.WARNING,
            self._subject,
            f"message-ttl: {found}",
            "take message-ttl out of the policy, or keep it off our queues",
        )

    def full(self) -> Finding | None:
        lengths = [f"{key} {limit:,}" for key in _FULL if (limit := self._number(key)) is not None]
        if not lengths:
            return None
        if self._effective("overflow") != _REFUSES:
            found = "full, it drops its oldest messages"
        elif self._ours:
            found = "full, it refuses publishers' events: are they confirmed?"
        else:
            found = "full, it takes no more, and events stay where they are"
        return Finding(
            Mark.WARNING,
            self._subject,
            f"{' and '.join(lengths)}: {found}",
            "take it out of the policy, or keep it off our queues",
        )

    def expires(self) -> Finding | None:
        expires = self._number("expires")
        if expires is None:
            return None
        if self._ours:
            found, mark = f"{expires / 1000:g} s after the last daemon has gone", Mark.WARNING
        else:
            found, mark = f"after {expires / 1000:g} s, since nobody consumes it", Mark.ERROR
        return Finding(
            mark,
            self._subject,
            f"expires: the queue is deleted, with all that is in it, {found}",
            "take expires out of the policy, or keep it off our queues",
        )

    def overflow(self) -> Finding | None:
        """Hear of one that counts: an argument of ours goes before a policy's word."""
        said = self._queue.definition.get("overflow")
        if said in {None, _REFUSES} or self._parked or "x-overflow" in self._queue.arguments:
            return None
        return Finding(
            Mark.WARNING,
            self._subject,
            f"overflow is {said}: dead letters may be lost on their way",
            f"take it out of the policy, or make it {_REFUSES}",
        )

    def _number(self, key: str) -> int | None:
        value = self._queue.definition.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _effective(self, key: str) -> Any:
        return self._queue.arguments.get(f"x-{key}", self._queue.definition.get(key))
