"""Arguments of filters: which they can take, and where the template stands, which some need."""

from __future__ import annotations

import inspect
import json
from typing import Any

from jinja2 import nodes

from smsherald.flows.filters.listed import FILTERS, Filter
from smsherald.flows.filters.localized import CHECKS, OF_THE_EVENT
from smsherald.flows.local import Here


def takes(function: Filter, node: nodes.Filter) -> bool:
    """Say whether a filter can take the arguments that a template gives it, by their number."""
    # The value, the environment, and where the template stands.
    others = 1 + hasattr(function, "jinja_pass_arg") + (node.name in CHECKS)
    given = [None] * (others + len(node.args))
    named = dict.fromkeys(str(keyword.key) for keyword in node.kwargs)
    if node.dyn_args or node.dyn_kwargs:
        return False
    try:
        inspect.signature(function).bind(*given, **named)
    except TypeError:
        return False
    return True


def usage(name: str, function: Filter) -> str:
    """Write how a filter is called, as `truncate(length, killwords, end)`."""
    hidden = 1 + hasattr(function, "jinja_pass_arg") + (name in CHECKS)
    given = list(inspect.signature(function).parameters.values())[hidden:]
    arguments = ", ".join("…=…" if each.kind is each.VAR_KEYWORD else each.name for each in given)
    return f"{name}({arguments})" if arguments else name


def filter_for(call: nodes.Call) -> str:
    """Name, behind a message, the filter that is called as if it were a function or a method."""
    called = call.node
    if isinstance(called, nodes.Getattr):
        name, given = called.attr, call.args
    else:
        name, given = getattr(called, "name", ""), call.args[1:]
    if name not in FILTERS:
        return ""
    constants = [
        json.dumps(each.value, ensure_ascii=False)
        for each in given
        if isinstance(each, nodes.Const)
    ]
    arguments = f"({', '.join(constants)})" if constants and not call.kwargs else ""
    return f"; the filter is `| {name}{arguments}`"


def bind(node: nodes.Filter, here: Here) -> None:
    """Put the hidden argument in, once all constants beside it are found to be right.

    Raises ValueError with a sentence.
    """
    check = CHECKS.get(node.name)
    if check is None:
        return
    arguments = [_constant(each) for each in node.args]
    named = {str(each.key): _constant(each.value) for each in node.kwargs}
    try:
        check(here, *arguments, **named)
    except ValueError as error:
        raise ValueError(f"the filter `{node.name}`: {error}") from None
    # As a plain tuple: it is written into the template's code.
    node.args = [nodes.Const(tuple(here)), *node.args]


def _constant(node: nodes.Expr) -> Any:
    return node.value if isinstance(node, nodes.Const) else OF_THE_EVENT
