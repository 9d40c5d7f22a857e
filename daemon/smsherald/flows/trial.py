"""Runs a flow's own tests: its event goes the way that a real one goes, from bytes to SMS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from smsherald.errors import Reason, UnusableError
from smsherald.events import decode
from smsherald.flows.book import EVENTS, FlowBook
from smsherald.flows.flow import Flow, FlowTest
from smsherald.flows.make import make
from smsherald.model import Defect, Delivery, Event, SmsEvent

_NOW = 1_767_225_600.0
"""2026-01-01T00:00:00Z: when events of tests have happened that do not say when."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A test that saw something else than it expects; `index` is its place in `tests`, from 0."""

    index: int
    message: str


class _Text(NamedTuple):
    """What a flow makes, be it sent or published."""

    to: str
    text: str
    sender: str | None
    refused: Reason | None


def run_tests(flow: Flow) -> list[Failure]:
    """Run a flow's tests, and return what is wrong, a line a difference."""
    failures = []
    for test in flow.tests:
        differences = list(_differences(flow, test))
        if differences:
            failures.append(Failure(test.index, "\n".join(differences)))
    return failures


def _differences(flow: Flow, test: FlowTest) -> Iterator[str]:
    smses, defect = _made(flow, test)
    parked = None if defect is None else defect.reason
    if (len(smses), parked) != (len(test.expect), test.parked):
        yield f"expected {_expected(test)}, {_seen(flow, test, smses, defect)}"
    several = len(test.expect) > 1
    for index, (expect, sms) in enumerate(zip(test.expect, smses, strict=False)):
        where = f"expect[{index}]." if several else ""
        parts = (
            ("to", expect.to, sms.to),
            ("message", expect.message and expect.message.strip(), sms.text),
            ("from", expect.sender, sms.sender),
        )
        for name, expected, actual in parts:
            if expected is not None and expected != actual:
                yield f"{where}{name}: expected {expected!r}, made {actual!r}"
        # Who tries a flow in shadow wants to know all the same what it makes.
        asked = expect.skipped is not None or sms.refused is not Reason.SHADOW
        if asked and expect.skipped is not sms.refused:
            yield f"{where}skipped: expected that {_kept(expect.skipped)}, but {_kept(sms.refused)}"


def _kept(back: Reason | None) -> str:
    return "the text goes out" if back is None else f"it is kept back as {back}"


def _expected(test: FlowTest) -> str:
    ends = [_count([each.skipped for each in test.expect])] if test.expect else []
    if test.parked is not None:
        ends.append(f"to be parked as {test.parked}")
    return " and ".join(ends) or "to be ignored"


def _seen(flow: Flow, test: FlowTest, smses: Sequence[_Text], defect: Defect | None) -> str:
    ends = [f"made {_count([sms.refused for sms in smses])}"] if smses else []
    if defect is not None:
        ends.append(f"parked as {defect.reason} ({defect.detail})")
    return ", ".join(ends) or f"ignored: {_why_ignored(flow, test)}"


def _why_ignored(flow: Flow, test: FlowTest) -> str:
    book, event = FlowBook([flow]), _event(test)
    if not book.wanting(event):
        return f"it does not subscribe to {test.route}{_known_as(book, event)}"
    reasons = {"its `when` says no": flow.when, "its `to_each` gives an empty list": flow.to_each}
    return ", or ".join(reason for reason, cause in reasons.items() if cause is not None)


def _known_as(book: FlowBook, event: Event) -> str:
    """Say the names of an event that is not wanted for them alone."""
    if not book.subscribes(event):
        return ""
    return f"; its names: {', '.join(event.names) or 'none'}"


def _count(kept_back: Sequence[Reason | None]) -> str:
    """Count SMSes, each with why it is kept back."""
    number = "an SMS" if len(kept_back) == 1 else f"{len(kept_back)} SMSes"
    reasons = sorted({reason for reason in kept_back if reason is not None})
    return f"{number} (kept back: {', '.join(reasons)})" if reasons else number


def _made(flow: Flow, test: FlowTest) -> tuple[Sequence[_Text], Defect | None]:
    try:
        event = _event(test)
    except UnusableError as error:
        return (), Defect(None, error.reason, error.detail)
    made = make(event, FlowBook([flow]))
    texts = [
        *(_Text(sms.asked.to, sms.asked.text, sms.asked.sender, sms.refused) for sms in made.smses),
        *(_Text(each.to, *_said(each), None) for each in made.published),
    ]
    return texts, next(iter(made.defects), None)


def _said(published: SmsEvent) -> tuple[str, str | None]:
    sms = published.body["sms"]
    return sms["message"], sms.get("from")


def _event(test: FlowTest) -> Event:
    """Read a test's event. Its route's type stands for what its properties would say."""
    body, route = json.dumps(test.event).encode(), test.route
    exchange = EVENTS if route.exchange is None else route.exchange
    delivery = Delivery(body, {}, exchange, route.key or "", redelivered=False, tag=0)
    event = decode(delivery, now=_NOW, max_body=len(body))
    return event if route.type is None or event.names else replace(event, names=(route.type,))
