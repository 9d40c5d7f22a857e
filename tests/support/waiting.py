"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds: what is quick on a quiet machine, a busy one may be slow at. A wait shows that something
comes, never how soon."""


def eventually(
    probe: Callable[[], T], *, within: float = PATIENCE, what: str, every: float = 0.05
) -> T:
    """Return the first true answer of `probe`; fail with `what` after `within` seconds.

    An error of the probe is its answer "not yet": a port that is not open, a metric that is
    not there. The last one is the cause of the failure.
    """
    deadline = time.monotonic() + within
    while True:
        cause: Exception | None = None
        answer: T | None = None
        try:
            if answer := probe():
                return answer
        except (OSError, LookupError) as error:
            cause = error
        if time.monotonic() > deadline:
            message = f"not within {within:g} s: {what} (last answer: {cause or answer!r})"
            raise AssertionError(message) from cause
        time.sleep(every)
