"""The shipped alerting rules, and a copy of them in which time runs faster."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[2]
RULES = REPOSITORY / "monitoring" / "smsherald.rules.yaml"

HURRY = 480
"""How much faster the copy's time runs: four hours are half a minute."""
SHORTEST_WINDOW = 2.0
"""Seconds: a rate needs several scrapes, however fast time runs."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WINDOW = re.compile(r"\[(\d+)([smhd])\]")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule as it is written."""

    name: str
    expression: str
    severity: str
    annotations: dict[str, str]


def alerts() -> list[Alert]:
    """Return the alerting rules, in their order."""
    return [
        Alert(rule["alert"], rule["expr"], rule["labels"]["severity"], rule["annotations"])
        for rule in _rules(_read())
        if "alert" in rule
    ]


def expressions() -> list[str]:
    """Return the expressions of all rules."""
    return [rule["expr"] for rule in _rules(_read())]


def hurried() -> str:
    """Return the rules with every `for` and every window HURRY times shorter.

    No window is shorter than SHORTEST_WINDOW; limits, labels and texts are as they are shipped.
    """
    document = deepcopy(_read())
    for rule in _rules(document):
        rule["expr"] = _WINDOW.sub(_window, rule["expr"])
        if "for" in rule:
            rule["for"] = _written(_seconds(rule["for"]) / HURRY)
    return yaml.safe_dump(document, sort_keys=False)


def _window(found: re.Match[str]) -> str:
    return f"[{_written(max(_seconds(found[1] + found[2]) / HURRY, SHORTEST_WINDOW))}]"


def _seconds(duration: str) -> float:
    return int(duration[:-1]) * _UNITS[duration[-1]]


def _written(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def _read() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(RULES.read_text())
    return document


def _rules(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for group in document["groups"] for rule in group["rules"]]
