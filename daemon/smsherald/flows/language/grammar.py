"""What may stand in a template, and what it is rewritten to (see `language`)."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from jinja2 import meta, nodes
from jinja2.visitor import NodeTransformer

from smsherald.flows.filters import FILTERS
from smsherald.flows.filters.binding import bind, filter_for, takes, usage
from smsherald.flows.language.paths import DEFAULTS, OR, head_of, label_of, step_of, stranger
from smsherald.flows.language.runtime import (
    EACH,
    IN,
    ITEM,
    LOOP,
    PRINT,
    READ,
    TESTS,
    TRIED,
    Language,
)
from smsherald.flows.language.syntax import TemplateError
from smsherald.flows.local import Here

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Concat,
)
_WORDS = {
    "Call": "a call, as in `name()`,",
    "Pow": "`**`",
    "Assign": "set",
    "AssignBlock": "set",
    "FilterBlock": "a filter block",
    "CallBlock": "a call block",
    "FromImport": "import",
    "Slice": "a slice (but there is the filter `truncate`)",
}
_DEEPEST_LOOP = 2
FOUND = "found"
"""What a tree calls the value that it keeps."""


def check(
    tree: nodes.Template, language: Language, names: frozenset[str] | None, here: Here
) -> nodes.Template:
    """Return the rewritten tree; `names` are those that templates may begin a path with.

    `here` is what filters write by. Raises TemplateError.
    """
    Rewriter(here).visit(tree)
    return with_known_names(tree, language, names)


def check_list(
    expression: nodes.Expr,
    language: Language,
    names: frozenset[str] | None,
    here: Here,
    *,
    most: int,
) -> nodes.Template:
    """Return a tree that keeps, as FOUND, the list that the expression gives.

    Raises TemplateError like `check`. A list of more elements than `most` is an error of the
    event that has it.
    """
    label = nodes.Const(label_of(expression))
    found = through(EACH, Rewriter(here).visit(expression), label, nodes.Const(most))
    return _kept(found, language, names)


def check_value(
    expression: nodes.Expr, language: Language, names: frozenset[str] | None, here: Here
) -> nodes.Template:
    """Return a tree that keeps, as FOUND, what the expression gives. Raises TemplateError."""
    return _kept(Rewriter(here).visit(expression), language, names)


def _kept(found: nodes.Expr, language: Language, names: frozenset[str] | None) -> nodes.Template:
    kept = nodes.Assign(nodes.Name(FOUND, "store", lineno=1), found, lineno=1)
    return with_known_names(nodes.Template([kept], lineno=1), language, names)


def with_known_names(
    tree: nodes.Template, language: Language, names: frozenset[str] | None
) -> nodes.Template:
    """Return the tree, once every path in it begins with one of `names`. Raises TemplateError."""
    tree.set_environment(language)
    if names is not None:
        others = [
            name
            for name in tree.find_all(nodes.Name)
            if name.ctx == "load" and name.name not in names
        ]
        # Mostly there are none: to tell loops' own names from strangers takes a third of all the
        # time that a flow takes to be read.
        unknown = meta.find_undeclared_variables(tree) if others else frozenset[str]()
        for name in others:
            if name.name in unknown:
                message = _no("name", name.name, names)
                raise TemplateError(message, name.lineno, unknown=name.name)
    return tree


class Rewriter(NodeTransformer):
    """Checks every node of a tree, and rewrites it in place."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self._loops = 0
        self._called: set[str] = set()  # What loops call their items.

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        """Rewrite one node and all below it."""
        if not isinstance(node, _ALLOWED):
            kind = type(node).__name__
            hint = filter_for(node) if isinstance(node, nodes.Call) else ""
            message = f"{_WORDS.get(kind, kind.lower())} is not part of the template language{hint}"
            # jinja2 gives some nodes of its own no line.
            raise TemplateError(message, node.lineno or 1)
        return super().visit(node, *args, **kwargs)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Print through PRINT."""
        node.nodes = [self._printed(child) for child in node.nodes]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Join only what prints."""
        node.nodes = [self._printed(child) for child in node.nodes]
        return node

    def _printed(self, child: nodes.Expr) -> nodes.Expr:
        if isinstance(child, nodes.TemplateData):
            return child
        label = nodes.Const(label_of(child))
        return through(PRINT, self.visit(child), label)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Read a whole path through READ; `loop` is jinja2's own."""
        if self._loops and isinstance(node.node, nodes.Name) and node.node.name == "loop":
            if node.attr not in LOOP:
                raise TemplateError(_no("member of loop", node.attr, LOOP), node.lineno)
            return node
        return self._read(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Read a whole path through READ, unless a part of it is known only later."""
        if step_of(node) is not None:
            return self._read(node)
        label = nodes.Const(label_of(node))
        self.generic_visit(node)
        return through(ITEM, node.node, node.arg, label)

    def _read(self, node: nodes.Expr) -> nodes.Node:
        steps: list[str | int] = []
        while (
            isinstance(node, nodes.Getattr | nodes.Getitem) and (step := step_of(node)) is not None
        ):
            steps.append(step)
            node = node.node
        steps.reverse()
        if isinstance(node, nodes.Name) and node.name == "event":
            fault = None if "event" in self._called else stranger(steps[0])
            if fault:
                raise TemplateError(fault, node.lineno)
        path = (head_of(node), *steps)
        return through(READ, self.visit(node), nodes.Const(path))

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Take a known filter with arguments that it can take."""
        function = FILTERS.get(node.name)
        if function is None:
            raise TemplateError(_no("filter", node.name, FILTERS), node.lineno)
        if not takes(function, node):
            called = usage(node.name, function)
            message = f"the filter `{node.name}` does not take these arguments: it is `{called}`"
            raise TemplateError(message, node.lineno)
        label = label_of(node)
        self.generic_visit(node)
        try:
            bind(node, self._here)
        except ValueError as error:
            raise TemplateError(str(error), node.lineno) from None
        tried = node.name in DEFAULTS and OR in label
        return through(TRIED, node, nodes.Const(label)) if tried else node

    def visit_Or(self, node: nodes.Or) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Take the first that is there, and remember all that were tried."""
        label = nodes.Const(label_of(node))
        return through(TRIED, self.generic_visit(node), label)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Take a known test; none of them has an argument."""
        if node.name not in TESTS:
            raise TemplateError(_no("test", node.name, TESTS), node.lineno)
        if node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise TemplateError(f"the test `{node.name}` takes no arguments", node.lineno)
        return self.generic_visit(node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Ask for membership through IN: Python's `in` raises where a part is null."""
        self.generic_visit(node)
        operand = node.ops[0]
        if operand.op not in {"in", "notin"}:
            return node
        if len(node.ops) > 1:
            raise TemplateError("`in` cannot be chained", node.lineno)
        found = nodes.Test(node.expr, IN, [operand.expr], [], None, None, lineno=node.lineno)
        return found if operand.op == "in" else nodes.Not(found, lineno=node.lineno)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Take every name but the one that jinja2 defines by itself."""
        if node.name == "self":
            raise TemplateError("`self` is not part of the template language", node.lineno)
        return node

    def visit_Const(self, node: nodes.Const) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Take the numbers that an event can have, too."""
        if isinstance(node.value, int | float) and not -(2.0**63) <= node.value < 2.0**63:
            raise TemplateError("a number is too large", node.lineno)
        return node

    def visit_Mul(self, node: nodes.Mul) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Multiply numbers only."""
        for side in (node.left, node.right):
            if isinstance(side, nodes.Const) and isinstance(side.value, str):
                raise TemplateError("a text cannot be multiplied", node.lineno)
        return self.generic_visit(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Iterate through EACH, and not too deep."""
        if node.recursive:
            raise TemplateError("`recursive` is not part of the template language", node.lineno)
        if self._loops == _DEEPEST_LOOP:
            message = f"loops cannot be nested more than {_DEEPEST_LOOP} deep"
            raise TemplateError(message, node.lineno)
        label = nodes.Const(label_of(node.iter))
        node.iter = through(EACH, self.visit(node.iter), label)
        outside = self._called
        targets = nodes.List([node.target]).find_all(nodes.Name)
        self._called = outside | {name.name for name in targets}
        self._loops += 1
        node.test = self.visit(node.test) if node.test else None
        node.body = [self.visit(part) for part in node.body]
        self._loops -= 1
        self._called = outside
        node.else_ = [self.visit(part) for part in node.else_]
        return node


def through(name: str, value: nodes.Node, *arguments: nodes.Expr) -> nodes.Filter:
    """Return the node that gives a value to a function of the language."""
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)


def _no(kind: str, name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, 1)
    there = f"there {'is only' if len(known) == 1 else 'are'} {', '.join(sorted(known))}"
    hint = f"did you mean `{near[0]}`?" if near else there
    return f"there is no {kind} `{name}`; {hint}"
