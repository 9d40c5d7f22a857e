"""All flows as one value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from smsherald.flows.flow import Flow
from smsherald.flows.topics import Topics
from smsherald.model import OnUnknown

REMEMBERED = 1024
"""Routing keys whose flows are remembered; bounded, for they come from outside."""


class FlowBook:
    """Finds the flows that want a routing key; two of one id are refused where they are read."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self._flows = {flow.id: flow for flow in flows}
        self._in_order = tuple(self._flows.values())
        self.keys = frozenset(key for flow in self._in_order for key in flow.subscribe)
        """All routing key patterns that some flow subscribes to."""
        self._topics = Topics(
            (key, place) for place, flow in enumerate(self._in_order) for key in flow.subscribe
        )
        self.wanting = lru_cache(REMEMBERED)(self._wanting)
        """Return the flows that want a routing key, in their order."""

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

    def _wanting(self, routing_key: str) -> tuple[Flow, ...]:
        return tuple(self._in_order[place] for place in self._topics.wanting(routing_key))
