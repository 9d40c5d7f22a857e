"""What a flow reads of an event, and what it cannot do without: as its templates say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

from smsherald.flows.flow import Flow
from smsherald.flows.language import reads
from smsherald.flows.language.reads import Names, Steps
from smsherald.flows.language.template import ITEM, UNWRAPPED
from smsherald.flows.sources import templates

_BODY: Steps = ("event", "body")
_OF_SCHEMA: Steps = ("schema",)


@dataclass(slots=True)
class Place:
    """A place in an event, and what is read below it."""

    members: dict[str, Place] = field(default_factory=dict)
    elements: dict[int, Place] = field(default_factory=dict)
    """By their indexes."""
    each: Place | None = None
    """Of every element."""
    by: list[str] = field(default_factory=list)
    """The flow's keys that read it as it is."""
    needed: bool = False
    """Without it there is no text."""
    printed: bool = False
    """It stands in a text, so it is one, or a whole number."""

    def at(self, steps: Steps) -> Place:
        """Return the place behind some steps, which is there from now on."""
        return reduce(Place.beyond, steps, self)

    def need(self, steps: Steps) -> None:
        """Note that there is no text without a place; of a list each element has its own."""
        place = self
        for step in steps:
            place = place.beyond(step)
            place.needed = place.needed or step is not None

    def read(self, steps: Steps, by: str) -> None:
        """Note that a key of the flow reads a place."""
        place = self.at(steps)
        if by not in place.by:
            place.by.append(by)

    def beyond(self, step: str | int | None) -> Place:
        """Return the place behind one step."""
        match step:
            case None:
                self.each = self.each or Place()
                return self.each
            case int():
                return self.elements.setdefault(step, Place())
            case _:
                return self.members.setdefault(step, Place())


@dataclass(frozen=True, slots=True)
class Needs:
    """What a flow reads."""

    body: Place
    headers: Place
    of_schema: Place
    """What it reads of the object that its shipped schema loads. Of a schema of one's own nothing
    is here: what that makes of an event need not have its names."""
    about: Steps | None
    """Where in the body that object stands, or what `unwrap` finds; None: only the event says."""


def needs(flow: Flow) -> Needs:
    """Say what a flow reads of an event, and what it cannot do without."""
    root = Place()
    event: Names = {"event": ("event",)}
    about: Steps | None = _BODY
    if flow.unwrap is not None:
        _note(root, "unwrap", reads.of_expression(flow.unwrap.source, event))
        about = reads.place_of(flow.unwrap.source, event)
        if about is None or about[:2] != _BODY:
            about = None
        else:
            root.need(about)
    names = dict(event)
    if flow.schema is not None and flow.schema.is_shipped:
        names[flow.schema.name] = _OF_SCHEMA
    elif flow.schema is None and about is not None:
        names[UNWRAPPED] = about
    _conditions(flow, root, names)
    if flow.to_each is not None:
        listed = reads.place_of(flow.to_each.source, names)
        if listed is not None:
            root.need(listed)
            names[ITEM] = (*listed, None)
    _templates(flow, root, names)
    return Needs(
        body=root.at(_BODY),
        headers=root.at(("event", "headers")),
        of_schema=root.at(_OF_SCHEMA),
        about=None if about is None else about[2:],
    )


def _note(root: Place, by: str, places: Iterable[Steps]) -> None:
    for place in places:
        root.read(place, by)


def _conditions(flow: Flow, root: Place, names: Names) -> None:
    for key, each in (("when", flow.when), ("consent", flow.consent), ("to_each", flow.to_each)):
        if each is not None:
            _note(root, key, reads.of_expression(each.source, names))


def _templates(flow: Flow, root: Place, names: Names) -> None:
    for source in templates(flow):
        _note(root, source.key, reads.of_template(source.text, names))
    strict = [[each] for each in (flow.reference, flow.once) if each is not None]
    if len(flow.to) == 1:
        strict.append([flow.to[0].template])
    # Which message it is, the event says.
    for alternatives in (*strict, list(flow.messages.values())):
        printed = [reads.always_printed(each.source, names) for each in alternatives]
        for place in sorted(frozenset.intersection(*printed), key=str):
            root.need(place)
            root.at(place).printed = True
