"""Metrics and health of the sessions with the broker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics

SESSION_STALLS = 60.0
"""Seconds without a beat after which only a restart helps."""

_log = structlog.get_logger(__name__)


class BrokerObserver:
    """`reported` is set once the broker has come, or it is known why not; `at` is where it is."""

    def __init__(self, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics
        self.reported = asyncio.Event()
        self.at: str | None = None
        self._problem: str | None = "starting"
        self._stuck: str | None = None
        self._unbound: Mapping[str, str] = {}
        health.note(self._notes)

    def expect_beats(self) -> None:
        """From now on, count the daemon dead if `beat` is not called often enough."""
        self._health.expect("session", SESSION_STALLS)

    def connected(self, to: str | None) -> None:
        """Take note that both connections stand, and to whom; None: they do not."""
        self.at = to
        self._metrics.connected("consume", up=to is not None)
        self._metrics.connected("publish", up=to is not None)

    def unbound(self, exchanges: Mapping[str, str]) -> None:
        """Name the exchanges of others that bring no events; a line when one does, or no more."""
        for exchange, why in exchanges.items():
            if self._unbound.get(exchange) != why:
                _log.warning("exchange_not_bound", exchange=exchange, why=why)
        for exchange in self._unbound.keys() - exchanges.keys():
            _log.info("exchange_in_order", exchange=exchange)
        self._unbound = dict(exchanges)

    def _notes(self) -> list[str]:
        return [
            f"no events come from the exchange {exchange}: {why}; it is tried again every minute"
            for exchange, why in self._unbound.items()
        ]

    def problem(self, problem: str | None) -> None:
        """Say why no delivery comes, or None when they come."""
        self._problem = problem
        self._say()
        self.reported.set()

    def stuck(self, problem: str | None) -> None:
        """Say why nothing that is published gets through, or None when it does."""
        if problem != self._stuck:
            self._stuck = problem
            self._say()

    def _say(self) -> None:
        self._health.problem("broker", self._problem or self._stuck)

    def beat(self) -> None:
        """Take note that it goes on: called every few seconds, waiting for a broker too."""
        self._health.beat("session")
