"""What is said of an event's way through the flows, as JSON has it; the view prints the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smsherald.cli.flows.preview.reading import Given
from smsherald.cli.flows.preview.texts import Judge, text_of
from smsherald.errors import Reason, UnusableError
from smsherald.events.identity import is_by_body
from smsherald.flows import Flow, FlowBook, Route, matches
from smsherald.flows.insight import Finding, Seen, look
from smsherald.model import Event
from smsherald.settings.load import LoadedFlows

_ANY = "any"
"""What stands where a pattern takes any word."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an event beside what it says itself."""

    key_is_said: bool
    exchange: str | None
    now: float
    """Seconds since the epoch: what has expired by then is skipped, unless the event says when it
    was seen."""


def facts_of(
    given: Given, flows: Sequence[Flow], loaded: LoadedFlows, asked: Question
) -> dict[str, Any]:
    """Say what each flow makes of an event.

    Where nobody says the routing key, each flow sees it by the first of its own.
    """
    assumed = not (asked.key_is_said or given.is_recorded)
    if not assumed:
        given = _on_exchange(given, loaded.flows, asked)
    facts: dict[str, Any] = {
        "event": given.where,
        "assumed": assumed,
        "exchange": None if assumed else given.delivery.exchange,
        "routing_key": None if assumed else given.delivery.routing_key,
        "parked": None,
        "id_differs": False,
        "flows": [],
    }
    try:
        event = _decoded(given, loaded, asked)
        if event.only_flow is not None and loaded.flows.get(event.only_flow) is None:
            detail = "the flow that this copy is for is not configured"
            raise UnusableError(Reason.UNKNOWN_FLOW, detail)  # noqa: TRY301 - one place for what is parked.
    except UnusableError as error:
        return facts | {"parked": {"reason": error.reason, "detail": error.detail}}
    facts["id_differs"] = given.written_anew and is_by_body(event.identity)
    judge = Judge(loaded, _moment(given, asked))
    for flow in flows:
        made_up = None
        if assumed:
            route = _first_route(flow, loaded.flows, asked.exchange)
            if route is None:
                facts["flows"].append(_flow(Seen(flow, Finding.NOT_SUBSCRIBED), event, judge))
                continue
            event = _by(route, given, loaded, asked)
            made_up = None if event.routing_key == (route.key or "") else route.key
        seen = look(event, flow, loaded.flows.exchange)
        facts["flows"].append(_flow(seen, event, judge) | {"assumed_for": made_up})
    return facts


def is_good(facts: Mapping[str, Any]) -> bool:
    """Say whether a text is made, and nothing is parked but by flows that see it by a guess."""
    made = any(flow["texts"] for flow in facts["flows"])
    parked = facts["parked"] or any(flow["parked"] for flow in facts["flows"])
    return made and (facts["assumed"] or not parked)


def _on_exchange(given: Given, book: FlowBook, asked: Question) -> Given:
    """Return the event on the exchange that is meant, where nobody says which.

    That is the only one on which a flow subscribes to such a key, else `broker.exchange`.
    """
    delivery = given.delivery
    if delivery.exchange or given.is_recorded or asked.exchange is not None:
        return given
    by_key = {
        route.exchange or book.exchange
        for flow in book
        for route in flow.subscribe
        if route.key is not None and matches(route.key, delivery.routing_key)
    }
    only = next(iter(by_key)) if len(by_key) == 1 else book.exchange
    return replace(given, delivery=replace(delivery, exchange=only))


def _moment(given: Given, asked: Question) -> float:
    """Return when the daemon saw the event, else now: what is recorded has not expired since."""
    return asked.now if given.at is None else given.at


def _decoded(given: Given, loaded: LoadedFlows, asked: Question) -> Event:
    return loaded.reading.of(given.delivery, _moment(given, asked))


def _first_route(flow: Flow, book: FlowBook, exchange: str | None) -> Route | None:
    wanted = (None, book.exchange) if exchange == book.exchange else (exchange,)
    return next(
        (each for each in flow.subscribe if exchange is None or each.exchange in wanted), None
    )


def _by(route: Route, given: Given, loaded: LoadedFlows, asked: Question) -> Event:
    """Return the event as it comes by a route; where a pattern takes any word, one is made up."""
    words = (_ANY if word in {"*", "#"} else word for word in (route.key or "").split("."))
    delivery = replace(
        given.delivery,
        exchange=route.exchange or loaded.flows.exchange,
        routing_key=".".join(words),
    )
    event = _decoded(replace(given, delivery=delivery), loaded, asked)
    return event if route.type is None or event.names else replace(event, names=(route.type,))


def _flow(seen: Seen, event: Event, judge: Judge) -> dict[str, Any]:
    flow, defect = seen.flow, seen.defect
    condition = None
    if seen.finding is Finding.WHEN and flow.when is not None:
        read = [{"path": part.path, "value": part.value} for part in seen.asked]
        condition = {"source": flow.when.source.strip(), "read": read}
    return {
        "flow": flow.id,
        "finding": seen.finding,
        "subscribes": [str(route) for route in flow.subscribe],
        "exchange": event.exchange,
        "routing_key": event.routing_key,
        "assumed_for": None,
        "names": list(event.names),
        "event_id": event.id,
        "identity": list(event.identity),
        "when": condition,
        "to_each": None if flow.to_each is None else flow.to_each.source.strip(),
        "parked": defect and {"reason": defect.reason, "detail": defect.detail},
        "texts": [text_of(text, flow, judge) for text in seen.texts],
    }
