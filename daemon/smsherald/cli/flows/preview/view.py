"""What each flow makes of an event, for a person, at 80 columns."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smsherald.cli import in_json
from smsherald.cli.flows.preview.layout import indented, items, wrap
from smsherald.cli.flows.preview.paint import Paint
from smsherald.cli.flows.preview.text_view import lines_of_text
from smsherald.flows.insight import Finding

WIDTH = 80
_NARROWEST = 40
_LONGEST_VALUE = 120
_RULES = {
    "cloudevents": "by CloudEvents' source and id",
    "amqp": "by its app_id and message_id",
    "message": "by its message_id",
    "header": "by its header id",
    "request": "by its request_id",
    "body": "by its body and routing key alone: an equal one is the same event",
}


def width() -> int:
    """Return how wide a line may be."""
    return max(_NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))


def lines_of(facts: Mapping[str, Any], paint: Paint, columns: int) -> Iterator[str]:
    """Go through the lines; `facts` are `facts_of`'s, `columns` what a line may take."""
    yield from _heading(facts, paint, columns)
    if facts["parked"] is not None:
        yield from map(paint.bad, indented(f"parked as {_reason(facts['parked'])}", columns))
        return
    apart: dict[str, list[Mapping[str, Any]]] = {}
    for flow in facts["flows"]:
        if flow["finding"] in {Finding.NOT_SUBSCRIBED, Finding.ANOTHER_FLOW}:
            apart.setdefault(flow["finding"], []).append(flow)
        else:
            yield ""
            yield from _flow(flow, paint, columns, assumed=facts["assumed"])
    for finding, said in (
        (Finding.NOT_SUBSCRIBED, "Not subscribed to it"),
        (Finding.ANOTHER_FLOW, "Not asked, for it is a copy for another flow"),
    ):
        if finding in apart:
            yield ""
            names = ", ".join(flow["flow"] for flow in apart[finding])
            counted = _count(len(apart[finding]), "flow")
            yield from wrap(f"{said}, {counted}: {names}", columns, "", "  ")
    if all(flow["finding"] is Finding.NOT_SUBSCRIBED for flow in facts["flows"]):
        there = dict.fromkeys(each for flow in facts["flows"] for each in flow["subscribes"])
        yield from wrap(f"Flows subscribe to: {'; '.join(there)}", columns, "", "  ")


def _heading(facts: Mapping[str, Any], paint: Paint, columns: int) -> Iterator[str]:
    name = paint.strong(facts["event"])
    flows = facts["flows"]
    if facts["assumed"]:
        said = (
            ": nobody says by which routing key it comes; each flow sees it by the first that it "
            "subscribes to (--routing-key says which it is)"
        )
        first, *more = wrap(facts["event"] + said, columns, "", "  ")
    else:
        key = facts["routing_key"] or "(no routing key)"
        exchange = facts["exchange"] or "(no exchange)"
        first, *more = wrap(f"{facts['event']}: {key} on {exchange}", columns, "", "  ")
    yield first.replace(facts["event"], name, 1)
    yield from more
    if len({flow["event_id"] for flow in flows}) == 1:
        yield from indented(f"id {flows[0]['event_id']}, {_rule_of(flows[0])}", columns)
    elif flows:
        yield from indented(f"identified {_rule_of(flows[0])}", columns)
    if facts["id_differs"]:
        said = "the daemon's id may be another: no white space of a body is recorded"
        yield from indented(said, columns)


def _rule_of(flow: Mapping[str, Any]) -> str:
    """Say by which rule an event is told from others."""
    rule, *parts = flow["identity"]
    return _RULES.get(rule) or f"by the setting identity: {parts[0]}"


def _flow(flow: Mapping[str, Any], paint: Paint, columns: int, *, assumed: bool) -> Iterator[str]:
    key = flow["routing_key"] or "(no routing key)"
    made_up = "" if flow["assumed_for"] is None else f", made up for {flow['assumed_for']}"
    by = f" by {key} on {flow['exchange']}{made_up}" if assumed else ""
    made = flow["texts"]
    end = f": {_count(len(made), 'text')}" if made else ""
    first, *more = wrap(f"{flow['flow']}{by}{end}", columns, "", "  ")
    yield first.replace(flow["flow"], paint.strong(flow["flow"]), 1)
    yield from more
    match flow["finding"]:
        case Finding.WHEN:
            yield from _condition(flow["when"], paint, columns)
        case Finding.EMPTY_LIST:
            yield from indented(f"nobody: to_each is an empty list: {flow['to_each']}", columns)
        case Finding.ANOTHER_TYPE:
            names = ", ".join(flow["names"]) or "none"
            yield from indented(
                f"it asks for a type that the event does not have: {names}", columns
            )
            yield from items("subscribes", " or ".join(flow["subscribes"]), columns)
    for number, text in enumerate(made, start=1):
        if len(made) > 1:
            yield f"  {number} of {len(made)}: to_each[{text['item']}]"
        yield from lines_of_text(text, paint, columns)
    if flow["parked"] is not None:
        also = "also " if made else ""
        said = f"{also}parked as {_reason(flow['parked'])}"
        yield from map(paint.bad, indented(said, columns))


def _condition(when: Mapping[str, Any], paint: Paint, columns: int) -> Iterator[str]:
    yield from map(paint.mark, indented(f"no: its `when` is not true: {when['source']}", columns))
    for part in when["read"]:
        value = part["value"]
        said = "missing, or null" if value is None else _json(value)
        yield from wrap(f"{part['path']} is {said}", columns, "    ", "      ")


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _reason(parked: Mapping[str, Any]) -> str:
    return f"{parked['reason']}: {parked['detail']}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(every: Sequence[Mapping[str, Any]]) -> str:
    """Return the facts of every event as JSON."""
    return in_json.written(every, str)
