"""What templates and expressions read, as far as their source says it: for who describes events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias, cast

from jinja2 import nodes

from smsherald.flows.language.paths import spell, start_of, whole
from smsherald.flows.language.runtime import LENIENT, STRICT
from smsherald.flows.language.syntax import Spot, parse_expression, parse_template

Steps: TypeAlias = tuple[str | int | None, ...]
"""Keys and indexes; None: each element of a list."""
Names: TypeAlias = Mapping[str, Steps]
"""Where each name that a path may begin with stands; what begins with another is left out."""


class Read(NamedTuple):
    """One place that is read."""

    place: Steps
    path: str
    """How the source spells it."""
    spot: Spot
    """Where that stands in the source."""


def each_of_template(source: str, names: Names) -> Iterator[Read]:
    """Go through all that a template reads, the same place as often as that is."""
    return _reads(parse_template(STRICT, source), names)


def each_of_expression(source: str, names: Names) -> Iterator[Read]:
    """Go through all that an expression reads, the same place as often as that is."""
    return _reads(parse_expression(LENIENT, source), names)


def of_template(source: str, names: Names) -> tuple[Steps, ...]:
    """Return what a template reads, each place once; what a loop goes through, by element."""
    return tuple(dict.fromkeys(read.place for read in each_of_template(source, names)))


def of_expression(source: str, names: Names) -> tuple[Steps, ...]:
    """Return what an expression reads, each place once."""
    return tuple(dict.fromkeys(read.place for read in each_of_expression(source, names)))


def place_of(source: str, names: Names) -> Steps | None:
    """Return the place that an expression is; None: it is more than a path."""
    return _place(parse_expression(LENIENT, source), names)


def always_printed(source: str, names: Names) -> frozenset[Steps]:
    """Return what a strict template prints whatever the event: without it there is no text."""
    tree = parse_template(STRICT, source)
    outputs = [each for each in tree.body if isinstance(each, nodes.Output)]
    places = [_place(part, names) for output in outputs for part in output.nodes]
    return frozenset(place for place in places if place is not None)


def _place(node: nodes.Node, names: Names) -> Steps | None:
    path = whole(node)
    if path is None or path[0] not in names:
        return None
    return (*names[str(path[0])], *path[1:])


def _reads(node: nodes.Node, names: Names) -> Iterator[Read]:
    if isinstance(node, nodes.For):
        yield from _loop(node, names)
    elif (path := whole(node)) is None:
        for child in node.iter_child_nodes():
            yield from _reads(child, names)
    elif (place := _place(node, names)) is not None:
        # What we have parsed has no other lines.
        spot = cast("Spot", start_of(cast("nodes.Expr", node)))
        yield Read(place, spell(path), spot)


def _loop(node: nodes.For, names: Names) -> Iterator[Read]:
    yield from _reads(node.iter, names)
    called = {each.name for each in nodes.List([node.target]).find_all(nodes.Name)}
    inner = {name: place for name, place in names.items() if name not in called}
    listed = _place(node.iter, names)
    if listed is not None and isinstance(node.target, nodes.Name):
        inner[node.target.name] = (*listed, None)
    for part in (*([node.test] if node.test else []), *node.body):
        yield from _reads(part, inner)
    for part in node.else_:
        yield from _reads(part, names)
