"""Who is told how the ledger fares."""

from __future__ import annotations

from typing import Protocol


class Observer(Protocol):
    """Called on the loop; must return at once and not raise."""

    def committed(self, seconds: float, rows: int) -> None:
        """Learn that a batch of so many claims, records and tolds was written."""
        ...

    def sent_twice(self) -> None:
        """Learn that Twilio took an SMS a second time."""
        ...

    def trouble(self, problem: str | None) -> None:
        """Learn that the database is away, and why; None when it is back."""
        ...

    def upgraded(self, before: int, after: int, seconds: float) -> None:
        """Learn that an older ledger was upgraded from one version to another."""
        ...
