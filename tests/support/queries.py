"""What a PromQL expression asks for, as far as the tests must know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from prometheus_client.parser import text_string_to_metric_families

from smsherald.observe.metrics import Metrics

_SELECTOR = re.compile(r"\b(up|process_\w+|smsherald_\w+|job:\w+:\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


@dataclass(frozen=True, slots=True, order=True)
class Matcher:
    """One condition on a label."""

    label: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True, order=True)
class Selector:
    """A metric with the conditions on its labels."""

    name: str
    matchers: tuple[Matcher, ...]

    def __str__(self) -> str:
        said = ",".join(f"{m.label}{m.operator}{m.value}" for m in self.matchers)
        return f"{self.name}{{{said}}}"


def selectors(expression: str) -> list[Selector]:
    """Return those of an expression that are of smsherald's metrics, or of a scrape's."""
    return [
        Selector(name, tuple(Matcher(*found) for found in _MATCHER.findall(conditions)))
        for name, conditions in _SELECTOR.findall(expression)
    ]


@cache
def scraped() -> dict[str, dict[str, set[str]]]:
    """Return every sample of a scrape with its labels, each with the values that there are."""
    body, _ = Metrics(["order-created"]).render()
    found: dict[str, dict[str, set[str]]] = {"up": {}}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found
