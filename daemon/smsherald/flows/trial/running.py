"""Runs a test, and says what differs from what it expects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from smsherald.errors import Reason, UnusableError
from smsherald.events import Reading
from smsherald.flows.book import FlowBook
from smsherald.flows.flow import Expectation, Flow, FlowTest
from smsherald.flows.make import make
from smsherald.flows.trial.absent import Absent, named, nearly_asked, nearly_read
from smsherald.flows.trial.difference import of_texts, of_values
from smsherald.flows.trial.fixture import event_of
from smsherald.flows.views import Views
from smsherald.model import Defect, Event, Sms, SmsEvent
from smsherald.sms import measure

Where: TypeAlias = tuple[str | int, ...]

_ENDS: Where = ("expect",)
"""What becomes of an event, before it is asked what is in a text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that a test sees and does not expect; `index` is its place in `tests`, from 0.

    The message has several lines where it shows a text.
    """

    index: int
    where: Where
    """What of the test says otherwise: `("expect", 0, "message")`, `("file",)`."""
    message: str
    absent: tuple[Absent, ...] = ()
    """What the flow reads and the event does not have, where that is why."""


class _Text(NamedTuple):
    """What a flow makes, be it sent or published."""

    to: str
    text: str
    sender: str | None
    refused: Reason | None
    reference: str | None
    account: str | None
    published: str | None


class _Made(NamedTuple):
    event: Event | None
    texts: Sequence[_Text]
    defect: Defect | None


class Trial:
    """Runs the tests of a flow; events are read as the settings say."""

    def __init__(self, flow: Flow, reading: Reading) -> None:
        self._flow = flow
        self._book = FlowBook([flow], reading.exchange)
        self._reading = reading

    def run(self, test: FlowTest, content: bytes | None = None) -> list[Failure]:
        """Return every difference; `content` is that of the test's file, where it names one."""
        try:
            made = self._made(test, content)
        except ValueError as error:
            return [Failure(test.index, ("file",), f"file: {error}")]
        return [
            Failure(test.index, where, message, self._absent(made, where))
            for where, message in self._differences(test, made)
        ]

    def _made(self, test: FlowTest, content: bytes | None) -> _Made:
        try:
            event = event_of(test, content, self._reading)
        except UnusableError as error:
            return _Made(None, (), Defect(None, error.reason, error.detail))
        made = make(event, self._book)
        texts = [*map(_sent, made.smses), *map(_published, made.published)]
        return _Made(event, texts, next(iter(made.defects), None))

    def _differences(self, test: FlowTest, made: _Made) -> Iterator[tuple[Where, str]]:
        parked = None if made.defect is None else made.defect.reason
        if (len(made.texts), parked) != (len(test.expect), test.parked):
            yield _ENDS, f"expected {_expected(test)}, {self._seen(made)}"
        several = len(test.expect) > 1
        for index, (expect, text) in enumerate(zip(test.expect, made.texts, strict=False)):
            prefix = f"expect[{index}]." if several else ""
            for key, message in _of_one(expect, text):
                yield ("expect", index, key), f"{prefix}{key}: {message}"

    def _absent(self, made: _Made, where: Where) -> tuple[Absent, ...]:
        if made.event is None:
            return ()
        view = Views(made.event).known(self._flow)
        if where != _ENDS:
            return nearly_read(self._flow, view, str(where[-1]))
        if made.defect is not None:
            return named(self._flow, view, made.defect.detail)
        return () if made.texts else nearly_asked(self._flow, view)

    def _seen(self, made: _Made) -> str:
        texts, defect = made.texts, made.defect
        ends = [f"made {_count([text.refused for text in texts])}"] if texts else []
        if defect is not None:
            ends.append(f"parked as {defect.reason} ({defect.detail})")
        if not ends and made.event is not None:
            ends.append(f"ignored: {self._why_ignored(made.event)}")
        return ", ".join(ends)

    def _why_ignored(self, event: Event) -> str:
        flow, book = self._flow, self._book
        if not book.wanting(event):
            return f"it does not subscribe to {_route(event, book.exchange)}{self._known_as(event)}"
        reasons = {
            "its `when` says no": flow.when,
            "its `to_each` gives an empty list": flow.to_each,
        }
        return ", or ".join(reason for reason, cause in reasons.items() if cause is not None)

    def _known_as(self, event: Event) -> str:
        """Say the names of an event that is not wanted for them alone."""
        if not self._book.subscribes(event):
            return ""
        return f"; its names: {', '.join(event.names) or 'none'}"


def _of_one(expect: Expectation, text: _Text) -> Iterator[tuple[str, str]]:
    """Yield what differs of an SMS: the key of the expectation, and a message."""
    if expect.to not in (None, text.to):
        yield "to", of_values(expect.to, text.to)
    if expect.message is not None and expect.message.strip() != text.text:
        yield "message", of_texts(expect.message.strip(), text.text)
    for key, expected, actual in (
        ("from", expect.sender, text.sender),
        ("reference", expect.reference, text.reference),
        ("account", expect.account, text.account),
        ("published", expect.published, text.published),
    ):
        if expected not in (None, actual):
            yield key, of_values(expected, actual)
    if expect.segments is not None and expect.segments != (measured := measure(text.text)).count:
        yield "segments", f"expected {expect.segments}, made {measured.count} ({measured.encoding})"
    # Who tries a flow in shadow wants to know all the same what it makes.
    asked = expect.skipped is not None or text.refused is not Reason.SHADOW
    if asked and expect.skipped is not text.refused:
        yield "skipped", f"expected that {_kept(expect.skipped)}, but {_kept(text.refused)}"


def _sent(sms: Sms) -> _Text:
    asked = sms.asked
    return _Text(
        asked.to, asked.text, asked.sender, sms.refused, sms.reference, asked.account, None
    )


def _published(event: SmsEvent) -> _Text:
    said = event.body["sms"]
    return _Text(
        event.to,
        said["message"],
        said.get("from"),
        None,
        event.reference,
        None,
        event.routing_key,
    )


def _route(event: Event, exchange: str) -> str:
    """Say where an event came from as a route says it, but for its names."""
    key = event.routing_key or "(empty)"
    return (
        key if event.exchange == exchange else f"exchange {event.exchange or '(none)'}, key {key}"
    )


def _kept(back: Reason | None) -> str:
    return "the text goes out" if back is None else f"it is kept back as {back}"


def _expected(test: FlowTest) -> str:
    ends = [_count([each.skipped for each in test.expect])] if test.expect else []
    if test.parked is not None:
        ends.append(f"to be parked as {test.parked}")
    return " and ".join(ends) or "to be ignored"


def _count(kept_back: Sequence[Reason | None]) -> str:
    """Count SMSes, each with why it is kept back."""
    number = "an SMS" if len(kept_back) == 1 else f"{len(kept_back)} SMSes"
    reasons = sorted({reason for reason in kept_back if reason is not None})
    return f"{number} (kept back: {', '.join(reasons)})" if reasons else number
