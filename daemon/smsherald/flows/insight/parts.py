"""What a condition is asked about, with the values that an event has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smsherald.flows.language.paths import spell
from smsherald.flows.language.runtime import Values, follow
from smsherald.flows.language.template import Condition


@dataclass(frozen=True, slots=True)
class Part:
    """A path as the condition spells it, and what the event has there; None: nothing, or null."""

    path: str
    value: Any


def parts(condition: Condition, view: Values) -> tuple[Part, ...]:
    """Return what a condition reads of an event, each path once, in its order."""
    return tuple(Part(spell(path), follow(view.get(str(path[0])), path)) for path in condition.read)
