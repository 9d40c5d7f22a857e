"""Which policies hold for a queue, as RabbitMQ finds them.

A queue's own resource tells it too, but some versions leave it out until its figures are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_SMALLER = frozenset({"message-ttl", "expires", "max-length", "max-length-bytes", "delivery-limit"})
"""Of which the smaller holds, where an operator's policy says it too; else that one's word does."""

Policy = Mapping[str, Any]


def holding(
    name: str, kind: str, policies: Iterable[Policy], operators: Iterable[Policy]
) -> tuple[str, dict[str, Any]]:
    """Return the names of the policies that hold for a queue, and what they say together.

    Raises re.error for a pattern that Python cannot read.
    """
    ours, operator = _first(name, kind, policies), _first(name, kind, operators)
    said = dict(ours["definition"]) if ours else {}
    for key, value in operator["definition"].items() if operator else ():
        said[key] = min(said[key], value) if key in _SMALLER and key in said else value
    names = [str(policy["name"]) for policy in (ours, operator) if policy]
    return " and ".join(names), said


def _first(name: str, kind: str, policies: Iterable[Policy]) -> Policy | None:
    """Return the one of the highest priority: no two of a kind hold at once."""
    applies = {"all", "queues", f"{kind}_queues"}
    matching = [
        policy
        for policy in policies
        if policy.get("apply-to", "all") in applies and re.search(policy["pattern"], name)
    ]
    return max(matching, key=lambda policy: int(policy.get("priority", 0)), default=None)
