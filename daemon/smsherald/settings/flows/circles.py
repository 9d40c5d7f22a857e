"""Flows whose events come back to them, by way of others: that would never end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smsherald.flows import Flow, matches


def circles(flows: Sequence[Flow], exchange: str) -> Iterator[tuple[Flow, tuple[str, ...]]]:
    """Yield each flow that reads what comes of what it publishes, with the flows between.

    `exchange` is `broker.exchange`, where all is published. What is published has no name, so no
    route that asks for one brings it. A `when` may end it, and is not looked at.
    """
    then = {
        flow.id: [other.id for other in flows if _reads(other, flow.publish, exchange)]
        for flow in flows
        if flow.publish is not None
    }
    for flow in flows:
        between = _way_back(flow.id, then)
        if between is not None:
            yield flow, between


def _reads(flow: Flow, key: str, exchange: str) -> bool:
    return any(
        route.type is None and route.exchange in {None, exchange} and matches(route.pattern, key)
        for route in flow.subscribe
    )


def _way_back(start: str, then: dict[str, list[str]]) -> tuple[str, ...] | None:
    """Return the flows on the shortest way from one back to itself; None where there is none."""
    ways: list[tuple[str, ...]] = [()]
    seen: set[str] = set()
    for way in ways:
        for following in then.get(way[-1] if way else start, ()):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return None
