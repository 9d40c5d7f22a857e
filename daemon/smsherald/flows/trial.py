"""Runs a flow's own tests: its event goes the way that a real one goes, from bytes to SMS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from smsherald.errors import UnusableError
from smsherald.events import decode
from smsherald.flows.flow import Flow, FlowTest, matches
from smsherald.flows.make import make
from smsherald.model import Defect, Delivery, Sms

_EXCHANGE = "events"


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that saw something else than it expects; `index` is its place in `tests`, from 0."""

    index: int
    message: str


def run_tests(flow: Flow) -> list[Failure]:
    """Run a flow's tests, and return what is wrong, a line a difference."""
    failures = []
    for test in flow.tests:
        differences = list(_differences(flow, test))
        if differences:
            failures.append(Failure(test.index, "\n".join(differences)))
    return failures


def _differences(flow: Flow, test: FlowTest) -> Iterator[str]:
    made = _made(flow, test)
    expect = test.expect
    match made:
        case Defect(reason=reason, detail=detail) if reason is not expect.parked:
            yield f"expected {_expected(test)}, parked as {reason} ({detail})"
        case None if not expect.ignored:
            wanted = any(matches(pattern, test.routing_key) for pattern in flow.subscribe)
            why = "its `when` says no" if wanted else f"it does not subscribe to {test.routing_key}"
            yield f"expected {_expected(test)}, ignored: {why}"
        case Sms() if expect.ignored or expect.parked:
            yield f"expected {_expected(test)}, made an SMS"
        case Sms(asked=asked):
            parts = (
                ("to", expect.to, asked.to),
                ("message", expect.message and expect.message.strip(), asked.text),
                ("from", expect.sender, asked.sender),
            )
            for name, expected, actual in parts:
                if expected is not None and expected != actual:
                    yield f"{name}: expected {expected!r}, made {actual!r}"


def _expected(test: FlowTest) -> str:
    if test.expect.parked:
        return f"to be parked as {test.expect.parked}"
    return "to be ignored" if test.expect.ignored else "an SMS"


def _made(flow: Flow, test: FlowTest) -> Sms | Defect | None:
    body = json.dumps(test.event).encode()
    delivery = Delivery(body, {}, _EXCHANGE, test.routing_key, redelivered=False, tag=0)
    try:
        event = decode(delivery, now=0, max_body=len(body), attempts=0)
    except UnusableError as error:
        return Defect(None, error.reason, error.detail)
    made = make(event, (flow,))
    results: list[Sms | Defect] = [*made.smses, *made.defects]
    return results[0] if results else None
