"""What a queue's arguments and the policies on it make of it together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smsherald.broker.found import ManagedQueue
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.finding import Finding, Mark

_FULL = ("max-length", "max-length-bytes")
_LOSES = frozenset({"x-queue-type", "x-dead-letter-exchange", "x-dead-letter-routing-key"})
"""What must be as we need it, or events are gone: with a node, or instead of parked or back."""
_TTL = "x-message-ttl"
_REFUSES = "reject-publish"


@dataclass(frozen=True, slots=True)
class Difference:
    """What is other than needed on a queue, without its name."""

    mark: Mark
    cause: str
    found: str
    todo: str

    def on(self, names: Iterable[str]) -> Finding:
        """Make a finding of it, for all queues that it is found on."""
        return Finding(self.mark, f"{self.cause} {', '.join(names)}", self.found, self.todo)


def differences(
    name: str,
    queue: ManagedQueue,
    needed: Mapping[str, Any],
    topology: Topology,
) -> Iterator[Difference]:
    """Say what a policy makes other than needed."""
    policy = _Policy(name, queue, topology)
    for difference in (
        policy.delivery_limit(needed.get("x-delivery-limit")),
        policy.time_to_live(needed.get("x-message-ttl")),
        policy.full(),
        policy.expires(),
        policy.overflow(),
    ):
        if difference is not None:
            yield difference


def other_arguments(queue: ManagedQueue, needed: Mapping[str, Any]) -> Difference | None:
    """Say how a queue stands that somebody else has declared; a policy may stand in for it."""
    differ, loses = [], False
    for key, value in needed.items():
        policy = queue.definition.get(key.removeprefix("x-"))
        stands = queue.type if key == "x-queue-type" else queue.arguments.get(key, policy)
        if stands != value:
            differ.append(f"{key} is {'not set' if stands is None else stands}, not {value!r}")
            loses = loses or key in _LOSES or (key == _TTL and stands is None)
    if not differ:
        return None
    found = f"stands with other arguments: {'; '.join(differ)}"
    if loses:
        todo = "events are lost by it, or never come back: declare it as smsherald would"
        return Difference(Mark.ERROR, "queue", found, todo)
    todo = "declare it as smsherald would, or know what it does to texts"
    return Difference(Mark.WARNING, "queue", found, todo)


class _Policy:
    """What a policy does to one of our queues; where it does nothing, there is no finding."""

    def __init__(self, name: str, queue: ManagedQueue, topology: Topology) -> None:
        self._queue = queue
        self._cause = f"policy {queue.policy} on"
        self._ours = name == topology.queue
        self._parked = name == topology.parked

    def delivery_limit(self, needed: Any) -> Difference | None:
        limit = self._number("delivery-limit")
        if limit is None or needed is None or limit >= needed:
            return None
        what = (
            "after that what is parked is lost"
            if self._parked
            else ("every lost connection counts against all events that waited in the process")
        )
        return Difference(
            Mark.WARNING,
            self._cause,
            f"allows {limit:,} deliveries, and ours are {needed:,}: the smaller holds; {what}",
            "take delivery-limit out of the policy, or keep it off our queues",
        )

    def time_to_live(self, needed: Any) -> Difference | None:
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
        return Difference(
            Mark.WARNING,
            self._cause,
            f"message-ttl: {found}",
            "take message-ttl out of the policy, or keep it off our queues",
        )

    def full(self) -> Difference | None:
        lengths = [f"{key} {limit:,}" for key in _FULL if (limit := self._number(key)) is not None]
        if not lengths:
            return None
        if self._effective("overflow") != _REFUSES:
            found = "full, it drops its oldest messages"
        elif self._ours:
            found = "full, it refuses publishers' events: are they confirmed?"
        else:
            found = "full, it takes no more, and events stay where they are"
        return Difference(
            Mark.WARNING,
            self._cause,
            f"{' and '.join(lengths)}: {found}",
            "take it out of the policy, or keep it off our queues",
        )

    def expires(self) -> Difference | None:
        expires = self._number("expires")
        if expires is None:
            return None
        if self._ours:
            found, mark = f"{expires / 1000:g} s after the last daemon has gone", Mark.WARNING
        else:
            found, mark = f"after {expires / 1000:g} s, since nobody consumes it", Mark.ERROR
        return Difference(
            mark,
            self._cause,
            f"expires: the queue is deleted, with all that is in it, {found}",
            "take expires out of the policy, or keep it off our queues",
        )

    def overflow(self) -> Difference | None:
        """Hear of one that counts: an argument of ours goes before a policy's word."""
        said = self._queue.definition.get("overflow")
        if said in {None, _REFUSES} or self._parked or "x-overflow" in self._queue.arguments:
            return None
        return Difference(
            Mark.WARNING,
            self._cause,
            f"overflow is {said}: dead letters may be lost on their way",
            f"take it out of the policy, or make it {_REFUSES}",
        )

    def _number(self, key: str) -> int | None:
        value = self._queue.definition.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def _effective(self, key: str) -> Any:
        return self._queue.arguments.get(f"x-{key}", self._queue.definition.get(key))
