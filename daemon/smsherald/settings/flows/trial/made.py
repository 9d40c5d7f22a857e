"""What is valid of a test in a flow file, as a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smsherald.errors import Reason
from smsherald.flows import Expectation, FlowTest, Route
from smsherald.settings.flows.routes import route_of_test


def flow_test(index: int, data: Mapping[str, Any], routes: Sequence[Route]) -> FlowTest:
    """Return a test of a flow that subscribes to `routes`; `index` is its place in `tests`."""
    ends = data["expect"]
    parked = ends[-1].get("parked")
    return FlowTest(
        event=data.get("event"),
        route=route_of_test(data, routes),
        expect=tuple(map(_expectation, filter(_is_made, ends))),
        parked=None if parked is None else Reason(parked),
        index=index,
        name=data.get("name"),
        file=data.get("file"),
        said=Route(data.get("exchange"), data.get("routing_key"), data.get("type")),
        headers=data.get("headers", {}),
        properties=data.get("properties", {}),
    )


def _is_made(end: Mapping[str, Any]) -> bool:
    return "parked" not in end and not end.get("ignored")


def _expectation(end: Mapping[str, Any]) -> Expectation:
    return Expectation(
        to=end.get("to"),
        message=end.get("message"),
        sender=end.get("sender"),
        skipped=Reason(end["skipped"]) if "skipped" in end else None,
        reference=end.get("reference"),
        account=end.get("account"),
        segments=end.get("segments"),
        published=end.get("published"),
    )
