"""What a flow reads and a test's event does not have: mostly one of the two is misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from smsherald.flows.flow import Flow
from smsherald.flows.language import reads
from smsherald.flows.language.reads import Names, Read, Steps
from smsherald.flows.language.runtime import Values
from smsherald.flows.language.syntax import Spot
from smsherald.flows.language.template import ITEM
from smsherald.flows.sources import Source, expressions, templates

_MADE_BY = {
    "message": ("message", "locale"),
    "segments": ("message", "locale"),
    "to": ("to", "region"),
    "from": ("from",),
    "reference": ("reference",),
    "skipped": ("consent",),
}
"""Which keys of a flow make what a test expects under its key."""
_ALIKE = 0.8
_DIGITS = re.compile("[0-9]")


class Absent(NamedTuple):
    """One such path; `near` is a name that the event has, and that is nearly the one read."""

    source: Source
    spot: Spot
    """Where in the source it stands."""
    step: str
    """The name, or the index, where the event goes no further."""
    near: str | None


def named(flow: Flow, view: Values, detail: str) -> tuple[Absent, ...]:
    """Return what is absent of the paths that a defect's detail names; `view` has the names."""
    return tuple(
        each
        for read, each in _absent(flow, view)
        if re.search(rf"(?<![\w.]){re.escape(read.path)}(?![\w.\[])", detail)
    )


def nearly_asked(flow: Flow, view: Values) -> tuple[Absent, ...]:
    """Return what `when` asks about and is absent, where something is nearly called so."""
    return tuple(
        each
        for _, each in _absent(flow, view)
        if each.source.key == "when" and each.near is not None
    )


def nearly_read(flow: Flow, view: Values, key: str) -> tuple[Absent, ...]:
    """Return what is read leniently and absent, where that may be why a text is another.

    `key` is that of the expectation. What may be missing mostly is: only a name that hardly differs
    is the one meant.
    """
    return tuple(
        each
        for _, each in _absent(flow, view)
        if each.source.key in _MADE_BY.get(key, ()) and _is_slip(each)
    )


def _is_slip(absent: Absent) -> bool:
    near = absent.near
    # `address_1` and `address_2` are two.
    if near is None or _DIGITS.sub("", near) == _DIGITS.sub("", absent.step):
        return False
    from difflib import SequenceMatcher  # noqa: PLC0415 - as below

    return SequenceMatcher(None, absent.step, near).ratio() >= _ALIKE


def _absent(flow: Flow, view: Values) -> Iterator[tuple[Read, Absent]]:
    names: dict[str, Steps] = {name: (name,) for name in view}
    listed = None if flow.to_each is None else reads.place_of(flow.to_each.source, names)
    inner: Names = names if listed is None else {**names, ITEM: (*listed, None)}
    of_expressions = (
        (source, read)
        for source in expressions(flow)
        for read in reads.each_of_expression(
            source.text, inner if source.key == "consent" else names
        )
    )
    of_templates = (
        (source, read)
        for source in templates(flow)
        for read in reads.each_of_template(source.text, inner)
    )
    for source, read in chain(of_expressions, of_templates):
        for holder, step in _ends(view, read.place):
            yield read, Absent(source, read.spot, str(step), _near(holder, step))
            break


def _ends(value: Any, place: Steps) -> Iterator[tuple[Any, str | int]]:
    """Go along a place, and yield where it goes no further: what is there, and the step."""
    for index, step in enumerate(place):
        if step is None:
            for item in value if isinstance(value, list) else ():
                yield from _ends(item, place[index + 1 :])
            return
        found = _beyond(value, step)
        if found is None:
            yield value, step
            return
        value = found


def _beyond(value: Any, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if -len(value) <= step < len(value) else None
    return None


def _near(holder: Any, step: str | int) -> str | None:
    if not isinstance(holder, Mapping) or step in holder:
        return None
    # Only who errs waits for the library.
    from difflib import get_close_matches  # noqa: PLC0415

    return next(iter(get_close_matches(str(step), map(str, holder), 1)), None)
