"""How much work something is, whatever else runs: the lines of Python that it takes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


def in_steps(most: int, work: Callable[[], T]) -> T:
    """Return what `work` does; fail as soon as it has run more than so many lines.

    What C does within one line is one step, however long it takes.
    """
    steps = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal steps
        steps += event == "line"
        if steps > most:
            raise AssertionError(message)
        return trace

    message = f"it takes more than {most} steps"
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        done = work()
    finally:
        sys.settrace(before)
    # An error that is raised in the midst of it may have been taken for another.
    assert steps <= most, message
    return done
