"""All flows as one value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from smsherald.flows.flow import Flow
from smsherald.flows.topics import Topics
from smsherald.model import Event, OnUnknown

EVENTS = "events"
"""`broker.exchange`, unless it is said."""
REMEMBERED = 1024
"""Exchanges and routing keys whose flows are remembered; bounded, for they come from outside."""

_Types: TypeAlias = tuple[frozenset[str] | None, ...]


class FlowBook:
    """Finds the flows that want an event; two of one id are refused where they are read.

    `exchange` is `broker.exchange`, which routes mean that name none.
    """

    def __init__(self, flows: Iterable[Flow], exchange: str = EVENTS) -> None:
        self._flows = {flow.id: flow for flow in flows}
        self._in_order = tuple(self._flows.values())
        self.exchange = exchange
        """The exchange of the routes that name none."""
        self._routes: list[tuple[int, str | None]] = []
        """Of each route the place of its flow, and the type it asks for."""
        patterns: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for place, flow in enumerate(self._in_order):
            for route in flow.subscribe:
                patterns[route.exchange or exchange].append((route.pattern, len(self._routes)))
                self._routes.append((place, route.type))
        self.publishes = any(flow.publish is not None for flow in self._in_order)
        """Whether a flow publishes events, to `broker.exchange`."""
        self.keys = frozenset(pattern for pattern, _ in patterns[exchange])
        """All routing key patterns of `broker.exchange` that some flow subscribes to."""
        self.others = frozenset(
            (name, pattern)
            for name, several in patterns.items()
            for pattern, _ in several
            if name != exchange
        )
        """The exchanges of others, and the patterns by which flows subscribe to them."""
        self._topics = {name: Topics(several) for name, several in patterns.items()}
        # What is sent straight to our queue belongs to no exchange, and so to our own.
        self._topics[""] = self._topics[exchange]
        self._on = lru_cache(REMEMBERED)(self._find)
        self._by_key = lru_cache(REMEMBERED)(self._find_by_key)
        self._own_types = any(self._routes[number][1] for _, number in patterns[exchange])
        """Whether a route on our own exchange asks for a type: hardly ever."""

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._flows.values())

    def __len__(self) -> int:
        return len(self._flows)

    def get(self, flow: str) -> Flow | None:
        """Return a flow by its id."""
        return self._flows.get(flow)

    @property
    def ids(self) -> tuple[str, ...]:
        """The flows' ids, in their order."""
        return tuple(self._flows)

    def on_unknown(self, flow: str, otherwise: OnUnknown) -> OnUnknown:
        """Return what a flow says of an SMS of unknown fate, `otherwise` where it is gone."""
        return self._flows[flow].on_unknown if flow in self._flows else otherwise

    def wanting(self, event: Event) -> tuple[Flow, ...]:
        """Return the flows that want an event, in their order."""
        if event.exchange == self.exchange and not self._own_types:
            # By far the most events: by one look.
            return self._by_key(event.routing_key)
        flows, types = self._on(event.exchange, event.routing_key)
        if types is None:
            return flows
        names = event.names
        return tuple(
            flow
            for flow, asked in zip(flows, types, strict=True)
            if asked is None or not asked.isdisjoint(names)
        )

    def subscribes(self, event: Event) -> bool:
        """Say whether a flow subscribes to an event's exchange and key, by whatever type."""
        return bool(self._on(event.exchange, event.routing_key)[0])

    def names(self, exchange: str) -> bool:
        """Say whether a route names an exchange, or means it."""
        return exchange in self._topics

    def bringing(self, routing_key: str) -> tuple[str, ...]:
        """Return the exchanges by which an event with this key comes to us."""
        return tuple(
            name for name, topics in self._topics.items() if name and topics.wanting(routing_key)
        )

    def _find_by_key(self, routing_key: str) -> tuple[Flow, ...]:
        return self._find(self.exchange, routing_key)[0]

    def _find(self, exchange: str, routing_key: str) -> tuple[tuple[Flow, ...], _Types | None]:
        """Return the flows, and the types that each asks for; None where none asks for any."""
        topics = self._topics.get(exchange)
        asked: dict[int, set[str | None]] = {}
        for number in () if topics is None else topics.wanting(routing_key):
            place, type_ = self._routes[number]
            asked.setdefault(place, set()).add(type_)
        # The routes are numbered in the order of their flows.
        flows = tuple(self._in_order[place] for place in asked)
        types = tuple(
            None if None in each else frozenset(name for name in each if name is not None)
            for each in asked.values()
        )
        return flows, None if not any(types) else types
