"""The labels that there can be, as far as the code knows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, get_args

from prometheus_client import Counter, Gauge

from smsherald.model import Cause, Outcome, Scope

PAUSES = (
    *((scope, Cause.OPERATOR) for scope in Scope),
    (Scope.ACCOUNT, Cause.REFUSED),
    (Scope.SENDER, Cause.REFUSED),
    (Scope.FLOW, Cause.REFUSED),
    (Scope.ACCOUNT, Cause.UNANSWERED),
    (Scope.SENDER, Cause.FULL),
)
"""Scope and cause of each kind of pause."""
OUTCOMES = tuple(kind.word for kind in get_args(Outcome))
ENCODINGS = ("gsm7", "ucs2")

_Labelled = TypeVar("_Labelled", Counter, Gauge)
_Label = TypeVar("_Label", bound=str)


def children(metric: _Labelled, values: Iterable[_Label]) -> dict[_Label, _Labelled]:
    """Return the metric's child for each value of its one label; making it sets it to 0."""
    return {value: metric.labels(value) for value in values}
