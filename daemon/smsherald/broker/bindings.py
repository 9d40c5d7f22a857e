"""Which keys the queue is bound to, and when one that nobody wants any more is unbound.

AMQP cannot list bindings, so the ledger keeps those that we made. Several daemons may share a queue
and know other flows, one of them from before a change: so each says again and again what it wants,
and a key is unbound only once a daemon has seen it unwanted for long, round by round. A key too
many does no harm: its events are ignored. A key too few loses events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from smsherald.broker.topology import Topology

GAP = 180.0
"""Seconds between two rounds after which what was seen before is no sign: while the ledger was
away, nobody could say what they want."""

Key: TypeAlias = tuple[str, str]
"""Exchange and routing key pattern."""


class BindingMemory(Protocol):
    """What remembers bindings: the ledger. It waits while its database is away."""

    async def want_keys(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        """Write down that these are wanted now."""
        ...

    async def wanted_keys(self, queue: str) -> Mapping[Key, float]:
        """Return the keys that were ever wanted, and when last, by the ledger's clock."""
        ...

    async def forget_key(self, queue: str, key: Key, wanted_at: float) -> bool:
        """Forget a key that was last wanted just then; return whether that is still so."""
        ...


class Binding(Protocol):
    """What binds and unbinds on a broker."""

    def declare_again(self, topology: Topology) -> None:
        """Declare and bind all of it again: some may have been deleted beside us, or be new.

        Waits for no answer.
        """
        ...

    async def bind_others(self, topology: Topology) -> None:
        """Bind the queue to the exchanges of others, one by one, as far as they let it.

        What cannot be bound keeps nothing else from it; it is reported, and is no error.
        """
        ...

    async def bind(self, key: Key) -> None:
        """Bind our queue to a key."""
        ...

    async def unbind(self, key: Key) -> None:
        """Take such a binding away; it is gone when this returns.

        What came late would take away what somebody has bound since.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Unwanted:
    wanted_at: float
    since: float
    """When we first saw it so, by our own clock."""


class Bindings:
    """The bindings of one queue.

    `topology` gives what must stand by now: a reload changes its keys, and nothing else of it.
    `clock` gives monotonic seconds, `unbind_after` is in seconds.
    """

    def __init__(
        self,
        memory: BindingMemory,
        topology: Callable[[], Topology],
        unbind_after: float,
        clock: Callable[[], float],
    ) -> None:
        self._memory = memory
        self._topology = topology
        self._unbind_after = unbind_after
        self._clock = clock
        self._unwanted: dict[Key, _Unwanted] = {}
        self._last_round = clock()

    async def want(self, topology: Topology) -> None:
        """Write down what is wanted: before it is bound, or nobody would ever unbind it."""
        if not topology.own:
            return
        keys = defaultdict(set[str], {topology.exchange: set(topology.keys)})
        for exchange, key in topology.others:
            keys[exchange].add(key)
        for exchange, several in keys.items():
            await self._memory.want_keys(topology.queue, exchange, several)

    async def round(self, binding: Binding) -> None:
        """Say again what is wanted, bind it again, and unbind what long was not."""
        topology = self._topology()
        if not topology.own:
            return
        await self.want(topology)
        binding.declare_again(topology)
        await binding.bind_others(topology)
        if not topology.bindings:
            return  # Without a flow there is no telling what is wanted.
        known = await self._known(topology.queue)
        # What a reload meanwhile has brought is wanted: its own round may come after this one.
        for key, wanted_at in self._outlived(known, self._topology()):
            del self._unwanted[key]
            if await self._memory.forget_key(topology.queue, key, wanted_at):
                await self._unbind(binding, topology.queue, key)

    async def _unbind(self, binding: Binding, queue: str, key: Key) -> None:
        """Unbind a key that is forgotten, and bind it again if somebody wanted it meanwhile."""
        try:
            await binding.unbind(key)
        except Exception:
            # Nobody knows whether it is bound. Forgotten, it would be so for ever.
            exchange, pattern = key
            await self._memory.want_keys(queue, exchange, [pattern])
            await binding.bind(key)
            raise
        if key in await self._known(queue):
            await binding.bind(key)

    async def _known(self, queue: str) -> Mapping[Key, float]:
        return await self._memory.wanted_keys(queue)

    def _outlived(self, known: Mapping[Key, float], topology: Topology) -> list[tuple[Key, float]]:
        """Return the keys that have stayed as they are, unwanted, for long enough."""
        now = self._clock()
        if now - self._last_round > GAP:
            self._unwanted.clear()
        self._last_round = now
        unwanted: dict[Key, _Unwanted] = {}
        wanted = topology.bindings
        for key, wanted_at in known.items():
            if key in wanted:
                continue
            seen = self._unwanted.get(key)
            if seen is None or seen.wanted_at != wanted_at:
                seen = _Unwanted(wanted_at, now)
            unwanted[key] = seen
        self._unwanted = unwanted
        return [
            (key, seen.wanted_at)
            for key, seen in unwanted.items()
            if now - seen.since >= self._unbind_after
        ]
