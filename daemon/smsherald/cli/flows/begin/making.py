"""A flow file from an event, tried before it is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smsherald.cli.flows.begin.event.routes import Origin
from smsherald.cli.flows.begin.layout import SETTINGS, flow_file
from smsherald.cli.flows.begin.reading import Given
from smsherald.cli.flows.begin.settings_text import SAMPLE
from smsherald.cli.flows.begin.sketch import Expected, Sketch, comment, file_name, sketch
from smsherald.cli.flows.begin.trying import Stage, in_a_test
from smsherald.cli.flows.begin.yaml_text import block
from smsherald.errors import ConfigurationError
from smsherald.model import Event
from smsherald.settings.yaml.reader import read_yaml

_OWN = "The event as it came: make its names and numbers nobody's before others see it."
_SAY_IT = "another is said by `default_region` in the settings, or by `region` in the flow"
_MOST_LINES = 60
"""Of an event that stands in the flow's file itself."""


@dataclass(frozen=True, slots=True)
class Made:
    """A flow, as it will be written."""

    name: str
    text: str
    remarks: list[str]
    is_good: bool
    """Whether it makes a text of its event, and nothing is doubtful about it."""
    origin: Origin
    event: Event
    """As the flow's test brings it."""
    beside: dict[str, str] = field(default_factory=dict)
    """Other files, by their names below the folder."""


def making(
    given: Given | None,
    path: Path | None,
    name: str | None,
    settings: str,
    environ: Mapping[str, str],
) -> Made:
    """Make a flow of an event, or of a sample where there is none.

    `settings` is the text of the settings that it will stand beside. Raises ConfigurationError.
    """
    beside: dict[str, str] = {}
    if given is None:
        drawn = sketch(SAMPLE, Origin(key="order.created"), "A flow to begin with.")
        event, fixture = in_a_test(SAMPLE, drawn.origin), _inline(SAMPLE)
        name = name or file_name(drawn.origin)
    else:
        made_of = "an event" if path is None or str(path) == "-" else path.name
        drawn = sketch(given.event.body, given.origin, f"Made from {made_of}.")
        name = name or file_name(drawn.origin)
        fixture, beside = _fixture(given, name)
        event = in_a_test(given.event.body, drawn.origin) if not beside else given.event
    remarks = _remarks(drawn, given)
    if not drawn.has_phone:
        text = _text(drawn, fixture, None)
        return Made(name, text, remarks, False, drawn.origin, event, beside)  # noqa: FBT003
    files = {SETTINGS: settings} | beside
    stage = Stage(environ)
    # First with an expectation that any flow could have: what it makes is not known yet.
    draft = _text(drawn, fixture, Expected(ignored=True))
    seen = stage.tried(files | {flow_file(name): draft}, name, event)
    text = _text(drawn, fixture, seen.expected)
    doubts = stage.doubts(files | {flow_file(name): text})
    remarks += [f"{problem.line}:{problem.column}: {problem.message}" for problem in doubts]
    if seen.by_default is not None:
        remarks.append(_no_country(seen.by_default))
    if seen.detail is not None:
        remarks.append(f"of its event no text can be made: {seen.detail}")
        if drawn.has_no_country:
            remarks.append(f"the number has no `+` and no country: {_SAY_IT}")
    is_good = seen.expected.message is not None and not doubts
    return Made(name, text, remarks, is_good, drawn.origin, event, beside)


def _no_country(guessed: str) -> str:
    return f"the number has no `+` and no country, and is read in {guessed}, a guess: {_SAY_IT}"


def _text(drawn: Sketch, fixture: list[str], expected: Expected | None) -> str:
    return "\n".join(drawn.lines(fixture, expected)) + "\n"


def _fixture(given: Given, name: str) -> tuple[list[str], dict[str, str]]:
    """Return the event of the flow's test: in the flow's file, or in one of its own beside it."""
    body = given.event.body
    inline = _inline(body)
    if not given.says_more and len(inline) <= _MOST_LINES and _is_read_alike(body, inline):
        return [f"  {comment(_OWN)}", *inline], {}
    content: Any = body if given.line is None else given.line
    written = json.dumps(content, ensure_ascii=False, indent=2).encode(errors="replace").decode()
    where = f"events/{name}.json"
    return [f"  {comment(_OWN)}", f"  - file: {where}"], {f"flows/{where}": f"{written}\n"}


def _inline(body: Any) -> list[str]:
    return ["  - event:", *block(body, 6)] if body else [f"  - event: {json.dumps(body)}"]


def _is_read_alike(body: Any, inline: list[str]) -> bool:
    try:
        document = read_yaml("\n".join(["tests:", *inline]), "")
    except ConfigurationError:
        return False
    return not document.problems and bool(document.data["tests"][0]["event"] == body)


def _remarks(drawn: Sketch, given: Given | None) -> list[str]:
    remarks = []
    if given is not None and given.place:
        remarks.append(f"it is made of {given.place}: of another, give --from its line alone")
    if drawn.origin.guessed is not None:
        remarks.append(f"`subscribe` is a guess, {drawn.origin.guessed}; --routing-key says it")
    if given is not None and given.event.had_parameters:
        remarks.append("the event's `parameters` are left out of its test: they hold credentials")
    if not drawn.has_phone:
        remarks.append("no phone number is in the event: `to` is left for you, and `check` asks")
    elif drawn.phones.by_shape:
        remarks.append("`to` is a guess by the value's shape: no key says that it is a phone")
    if drawn.is_of_several_countries:
        remarks.append(
            "`region` is of one address, and all numbers are read in it: see its comment"
        )
    return remarks + [
        f"the event says that nobody shall be texted: see `when: {flag.condition}`"
        for flag in drawn.flags
        if not flag.holds
    ]
