"""Who is told how the sessions with the broker fare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Observer(Protocol):
    """Called on the loop; must return at once and not raise."""

    def expect_beats(self) -> None:
        """Learn that `beat` is called from now on, and that silence means a stall."""
        ...

    def beat(self) -> None:
        """Learn that it goes on: called every few seconds, waiting for a broker too."""
        ...

    def connected(self, to: str | None) -> None:
        """Learn that both connections stand, and to whom, as a log shows it; None: they do not."""
        ...

    def stuck(self, problem: str | None) -> None:
        """Learn why nothing that is published gets through; None where it does."""
        ...

    def unbound(self, exchanges: Mapping[str, str]) -> None:
        """Learn which exchanges of others bring no events, and why; it is tried again."""
        ...

    def problem(self, problem: str | None) -> None:
        """Learn why no delivery comes; None when they come."""
        ...
