"""How a template names what it reads: as its source spells it, never as the event does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias

from jinja2 import nodes

Path: TypeAlias = tuple[str | int, ...]
"""A name, and the keys and indexes that are read from there."""

EVENT = frozenset({"body", "headers", "id", "routing_key", "source", "time", "type"})
"""The members of `event`: what templates see of an event, however it is read."""

OR = " or "
"""What stands between the paths of which one would do."""

DEFAULTS = frozenset({"d", "default"})
"""Filters whose argument is tried where a value is missing."""

_LONGEST_LABEL = 40
_ONLY_ASKED = (nodes.Compare, nodes.Test)
"""What is read within is looked at, and never printed."""


def stranger(step: str | int) -> str | None:
    """Say that `event` has no such member, whatever was published; None: it has."""
    if step in EVENT:
        return None
    # Only who errs waits for the library.
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(str(step), EVENT, 1)
    others = ", ".join(sorted(EVENT - {"body"}))
    hint = f"what was published is `event.body`, and beside it there are {others}"
    return f"there is no `{spell(('event', step))}`; " + (
        f"did you mean `event.{near[0]}`?" if near else hint
    )


def spell(path: Path) -> str:
    """Write a path as a template does."""
    head, *rest = path
    return f"{head}{''.join(f'[{s}]' if isinstance(s, int) else f'.{s}' for s in rest)}"


def step_of(node: nodes.Node) -> str | int | None:
    """Return the key or index that is read, None if it is known only when the event is."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem):
        argument = node.arg
        if isinstance(argument, nodes.Const) and isinstance(argument.value, str | int):
            return argument.value
        if isinstance(argument, nodes.Neg) and isinstance(argument.node, nodes.Const):
            return -argument.node.value if isinstance(argument.node.value, int) else None
    return None


def label_of(node: nodes.Node | None) -> str:
    """Name a value in an error: by its path."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Filter):
        first = node.args[0] if node.args and node.name in DEFAULTS else None
        label = label_of(node.node)
        return (
            label
            if first is None or isinstance(first, nodes.Const)
            else f"{label}{OR}{label_of(first)}"
        )
    if isinstance(node, nodes.Or):
        return f"{label_of(node.left)}{OR}{label_of(node.right)}"
    if isinstance(node, nodes.Const):
        return json.dumps(node.value, ensure_ascii=False)[:_LONGEST_LABEL]
    if isinstance(node, nodes.Getattr | nodes.Getitem):
        return spell((head_of(node.node), "*" if (step := step_of(node)) is None else step))
    return "a value"


def head_of(node: nodes.Node) -> str:
    """Name a value that a path begins with."""
    label = label_of(node)
    return f"({label})" if OR in label else label


def start_of(node: nodes.Expr) -> int:
    """Return the line of an expression, and with it the column, where it begins."""
    while isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Filter) and node.node is not None:
        node = node.node
    return node.lineno


def printed(tree: nodes.Node) -> Iterator[Path]:
    """Yield the paths of a parsed template whose values it may print, each as far as it is known.

    What is only asked (an `if`, a comparison) is left out.
    """
    path = whole(tree)
    if path is not None:
        yield path
        return
    asked = tree.test if isinstance(tree, nodes.If | nodes.CondExpr) else None
    for child in tree.iter_child_nodes():
        if child is not asked and not isinstance(child, _ONLY_ASKED):
            yield from printed(child)


def read(tree: nodes.Node) -> Iterator[Path]:
    """Yield the paths of a parsed expression, each as far as it is known."""
    path = whole(tree)
    if path is not None:
        yield path
        return
    for child in tree.iter_child_nodes():
        yield from read(child)


def whole(node: nodes.Node) -> Path | None:
    """Return the path that a node is; None: it is more, or known only when the event is."""
    steps: list[str | int] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem) and (step := step_of(node)) is not None:
        steps.append(step)
        node = node.node
    return (node.name, *reversed(steps)) if isinstance(node, nodes.Name) else None
