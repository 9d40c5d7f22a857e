"""What may stand in a condition, and where in it a yes or no is due (see `truth`)."""

from __future__ import annotations

from functools import reduce
from typing import Any

from jinja2 import nodes

from smsherald.flows.language.grammar import Rewriter, through, with_known_names
from smsherald.flows.language.paths import label_of, start_of
from smsherald.flows.language.runtime import COMPARE, CONTAINS, TRUTH, Language
from smsherald.flows.language.syntax import TemplateError
from smsherald.flows.local import Here
from smsherald.flows.truth import CURES, TEXT

_NEVER = {
    nodes.List: "a list",
    nodes.Tuple: "a list",
    nodes.Concat: "a text",
    nodes.Neg: "a number",
    nodes.Pos: "a number",
    nodes.Sub: "a number",
    nodes.Mul: "a number",
    nodes.Div: "a number",
    nodes.FloorDiv: "a number",
    nodes.Mod: "a number",
}
"""What is no yes or no, whatever the event."""


def check_condition(
    expression: nodes.Expr,
    language: Language,
    names: frozenset[str] | None,
    here: Here,
    *,
    texts: frozenset[str],
    consent: bool,
) -> nodes.Template:
    """Return a tree that prints `yes` where the condition holds.

    `names` are those that a path may begin with, `texts` the paths that are known to be texts. In
    a `consent` nothing may follow from a value that is missing, not even under `not`. Raises
    TemplateError.
    """
    test = _Conditions(here, texts, consent=consent).truth(expression)
    yes = nodes.Output([nodes.TemplateData("yes", lineno=1)], lineno=1)
    tree = nodes.Template([nodes.If(test, [yes], [], [], lineno=1)], lineno=1)
    return with_known_names(tree, language, names)


_LISTS = (nodes.List, nodes.Tuple)
_OF_PRESENCE = frozenset({"defined", "undefined", "none"})
"""Tests that say of a missing value what is so: any other says no, and under `not` yes."""


class _Conditions(Rewriter):
    """Rewrites an expression; `truth` where a yes or no is due, `visit` where a value is."""

    def __init__(self, here: Here, texts: frozenset[str], *, consent: bool) -> None:
        super().__init__(here)
        self._texts = texts
        self._consent = consent

    def truth(self, node: nodes.Expr, *, turned: bool = False) -> nodes.Expr:
        """Rewrite a node that says yes or no; `turned`: it stands under a `not`."""
        match node:
            case nodes.And() | nodes.Or():
                sides = self.truth(node.left, turned=turned), self.truth(node.right, turned=turned)
                return type(node)(*sides, lineno=node.lineno)
            case nodes.Not():
                return nodes.Not(self.truth(node.node, turned=not turned), lineno=node.lineno)
            case nodes.CondExpr():
                return self._chosen(node, turned=turned)
            case nodes.Compare():
                return self._compared(node, turned=turned)
            case nodes.Test():
                return self._visited(node)
            case _:
                self._refuse_never(node)
                label, missing = nodes.Const(label_of(node)), nodes.Const(self._consent and turned)
                return through(TRUTH, self._visited(node), label, missing)

    def _visited(self, node: nodes.Expr) -> nodes.Expr:
        visited: nodes.Expr = self.visit(node)
        return visited

    def _refuse_never(self, node: nodes.Expr) -> None:
        kind = _NEVER.get(type(node))
        if isinstance(node, nodes.Const) and not isinstance(node.value, bool):
            kind = {str: "a text", int: "a number", float: "a number"}.get(type(node.value))
        if kind is not None:
            message = f"{kind} stands where a yes or no is due: compare it, each side in full"
            raise TemplateError(message, node.lineno)
        if (label := label_of(node)) in self._texts and not isinstance(node, nodes.Filter):
            raise TemplateError(f"{label} is {TEXT}: {CURES[TEXT]}", start_of(node))

    def _chosen(self, node: nodes.CondExpr, *, turned: bool) -> nodes.Expr:
        """Rewrite `a if test else b` as `test and a or not test and b`, to be asked strictly."""
        yes = nodes.And(self.truth(node.test, turned=turned), self.truth(node.expr1, turned=turned))
        if node.expr2 is None:
            return yes
        no = nodes.And(
            nodes.Not(self.truth(node.test, turned=not turned)),
            self.truth(node.expr2, turned=turned),
        )
        return nodes.Or(yes, no, lineno=node.lineno)

    def _compared(self, node: nodes.Compare, *, turned: bool) -> nodes.Expr:
        lefts = [node.expr, *(operand.expr for operand in node.ops)]
        pairs = [
            self._pair(left, operand, turned=turned)
            for left, operand in zip(lefts, node.ops, strict=False)
        ]
        return reduce(nodes.And, pairs)

    def _pair(self, left: nodes.Expr, operand: nodes.Operand, *, turned: bool) -> nodes.Expr:
        label = nodes.Const(f"{label_of(left)} {_SIGNS[operand.op]} {label_of(operand.expr)}")
        value, other = self._visited(left), self._visited(operand.expr)
        if operand.op in {"in", "notin"}:
            negative = operand.op == "notin"
            missing = nodes.Const(self._consent and turned is not negative)
            found = through(CONTAINS, value, other, label, missing)
            return nodes.Not(found, lineno=found.lineno) if negative else found
        if self._consent and any(isinstance(side, _LISTS) for side in (left, operand.expr)):
            message = "in `consent` lists are not compared: compare each of them"
            raise TemplateError(message, left.lineno)
        of_presence = _is_nothing(left) or _is_nothing(operand.expr)
        missing = nodes.Const(turned if self._consent and not of_presence else None)
        return through(COMPARE, value, other, nodes.Const(operand.op), label, missing)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Compare strictly where the answer is itself a value, too."""
        self._refuse_answer(node)
        return self._compared(node, turned=False)

    def visit_Not(self, node: nodes.Not) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Turn a yes or no where the answer is itself a value, too."""
        self._refuse_answer(node)
        return self.truth(node)

    def _refuse_answer(self, node: nodes.Expr) -> None:
        """Refuse, in a consent, to ask about an answer: `(a == "x") == false` of no `a` is true."""
        if self._consent:
            message = "in `consent` an answer is no value: `not (…)` is its opposite"
            raise TemplateError(message, node.lineno)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Take, in a consent, only what says of a missing value what is so."""
        if self._consent and node.name not in _OF_PRESENCE:
            known = ", ".join(sorted(_OF_PRESENCE))
            message = f"in `consent` a value can be tested for {known} only"
            raise TemplateError(message, node.lineno)
        return super().visit_Test(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Join no texts in a consent: of a missing one the others are left."""
        if self._consent:
            message = "in `consent` texts are not joined: compare each of them"
            raise TemplateError(message, node.lineno)
        return super().visit_Concat(node)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:  # noqa: N802 - jinja2's name.
        """Choose a value by a yes or no."""
        if self._consent:
            message = "in `consent` an inline `if` cannot choose a value: ask for each in full"
            raise TemplateError(message, node.lineno)
        node.test = self.truth(node.test)
        node.expr1 = self._visited(node.expr1)
        node.expr2 = None if node.expr2 is None else self._visited(node.expr2)
        return node


def _is_nothing(node: nodes.Expr) -> bool:
    """Say whether it is `none` or `""`: who compares with that asks whether anything is there."""
    return isinstance(node, nodes.Const) and node.value in {None, ""}


_SIGNS: dict[Any, str] = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "lteq": "<=",
    "gt": ">",
    "gteq": ">=",
    "in": "in",
    "notin": "not in",
}
