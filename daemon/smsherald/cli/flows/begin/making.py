"""A flow file from an event, tried before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.cli.flows.begin.layout import SETTINGS, flow_file
from smsherald.cli.flows.begin.reading import Given
from smsherald.cli.flows.begin.settings_text import SAMPLE
from smsherald.cli.flows.begin.sketch import Expected, Sketch, comment, file_name, sketch
from smsherald.cli.flows.begin.trying import doubts, tried
from smsherald.cli.flows.begin.yaml_text import block

_OWN = "The event as it came: make its names and numbers nobody's before others see it."


@dataclass(frozen=True, slots=True)
class Made:
    """A flow, as it will be written."""

    name: str
    text: str
    routing_key: str | None
    """The event's, to say it again; None: the event says it, or has none."""
    remarks: list[str]
    is_good: bool
    """Whether it makes a text of its event."""
    beside: dict[str, str] = field(default_factory=dict)
    """Other files, by their names below the folder."""


def making(
    event: Given | None,
    path: Path | None,
    name: str | None,
    settings: str,
    environ: Mapping[str, str],
) -> Made:
    """Make a flow of an event, or of a sample where there is none.

    `settings` is the text of the settings that it will stand beside. Raises ConfigurationError.
    """
    if event is None or path is None:
        body: Any = SAMPLE
        drawn = sketch(SAMPLE, Origin(key="order.created"), "A flow to begin with.")
    else:
        body = event.body
        drawn = sketch(body, event.origin, f"Made from {_named(path)}.")
    name = name or file_name(drawn.origin)
    fixture = _inline(body, own=event is not None)
    remarks = _remarks(drawn, event)
    if not drawn.has_phone:
        text = _text(drawn, fixture, None)
        return Made(name, text, _key(event, drawn), remarks, is_good=False)
    # First with an expectation that any flow could have: what it makes is not known yet.
    draft = _text(drawn, fixture, Expected(ignored=True))
    seen = tried({SETTINGS: settings, flow_file(name): draft}, body, drawn.origin, environ)
    text = _text(drawn, fixture, seen.expected)
    found = doubts({SETTINGS: settings, flow_file(name): text}, environ)
    remarks += [f"{problem.line}:{problem.column}: {problem.message}" for problem in found]
    if seen.detail is not None:
        remarks.append(f"of its event no text can be made: {seen.detail}")
    return Made(name, text, _key(event, drawn), remarks, is_good=seen.expected.message is not None)


def _named(path: Path) -> str:
    return "an event" if str(path) == "-" else path.name


def _key(event: Given | None, drawn: Sketch) -> str | None:
    """Return the routing key that another command must be told."""
    return drawn.origin.key if event is not None and event.line is None else None


def _text(drawn: Sketch, fixture: list[str], expected: Expected | None) -> str:
    return "\n".join(drawn.lines(fixture, expected)) + "\n"


def _inline(body: Any, *, own: bool) -> list[str]:
    lines = [f"  {comment(_OWN)}"] if own else []
    return [*lines, "  - event:", *block(body, 6)]


def _remarks(drawn: Sketch, event: Given | None) -> list[str]:
    remarks = []
    if drawn.origin.guessed is not None:
        remarks.append(f"`subscribe` is a guess, {drawn.origin.guessed}; --routing-key says it")
    if event is not None and event.had_parameters:
        remarks.append("the event's `parameters` are left out of its test: they hold credentials")
    if not drawn.has_phone:
        remarks.append("no phone number is in the event: `to` is left for you, and `check` asks")
    elif drawn.phones.by_shape:
        remarks.append("`to` is a guess by the value's shape: no key says that it is a phone")
    return remarks + [
        f"the event says that nobody shall be texted: see `when: {flag.condition}`"
        for flag in drawn.flags
        if not flag.holds
    ]
