"""Log, metrics and health of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics

_log = structlog.get_logger(__name__)

PULSE = "ledger"
"""The name under which the group commit beats."""

_WAITS = "the daemon waits for what ledger.url names, and takes another one by a restart"
_LEFT = (
    "what was not written comes again with its event; others may take this daemon for one that "
    "runs for a minute more"
)
_NAMES = "give each its own SMSHERALD_INSTANCE"


class LedgerObserver:
    """Counts commits, and says what keeps the ledger from working."""

    def __init__(self, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._shared: str | None = None
        health.note(self._notes)
        self.committed = metrics.committed
        self.sent_twice = metrics.sent_twice

    def beat(self) -> None:
        """Take note that the group commit goes round, or waits for a database that is away."""
        self._health.beat(PULSE)

    def trouble(self, problem: str | None) -> None:
        """Take note that the database is away, and why; None when it is back."""
        self._health.problem("ledger", None if problem is None else f"{problem}; {_WAITS}")
        if problem is None:
            _log.info("ledger_back")
        else:
            _log.error("ledger_away", problem=problem)

    def left(self, problem: str) -> None:
        """Warn that it ends while the database is away; who waited for it was told nothing."""
        _log.warning("ledger_left", problem=problem, effect=_LEFT)

    def mended(self, how: str) -> None:
        """Warn that somebody, or something, had taken the file away."""
        _log.warning("ledger_mended", how=how)

    def made(self) -> None:
        """Warn that nothing is known of what was sent before: a volume may be missing."""
        _log.warning("ledger_made")

    def upgraded(self, before: int, after: int, seconds: float) -> None:
        """Take note that the ledger was upgraded from one version to another."""
        _log.info("ledger_upgraded", before=before, after=after, seconds=round(seconds, 3))

    def name_shared(self, instance: str, *, is_shared: bool) -> None:
        """Warn of another daemon with our name, once for as long as it is there."""
        if is_shared and self._shared is None:
            _log.warning("instance_shared", instance=instance, remedy=_NAMES)
        self._shared = instance if is_shared else None

    def _notes(self) -> Sequence[str]:
        shared = self._shared
        return () if shared is None else [f"another daemon is called {shared} too: {_NAMES}"]
