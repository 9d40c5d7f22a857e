"""Two kinds of runs in turns, and their medians beside each other."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(count: int, run: Callable[[bool], T]) -> Iterator[tuple[T, T]]:
    """Yield pairs of runs: the plain one, `run(False)`, and the other, `run(True)`.

    Which of the two comes first changes: a machine that warms up favours neither.
    """
    for number in range(count):
        plain_first = bool(number % 2)
        first = run(not plain_first)
        second = run(plain_first)
        yield (first, second) if plain_first else (second, first)


def ratio(pairs: Sequence[tuple[T, T]], figure: Callable[[T], float]) -> float:
    """Return what is left of a figure: the median of the others by that of the plain ones."""
    plain, other = (statistics.median(map(figure, runs)) for runs in zip(*pairs, strict=True))
    return other / plain
