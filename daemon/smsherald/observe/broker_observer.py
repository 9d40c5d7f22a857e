"""Metrics and health of the sessions with the broker, and a line for whoever wants one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics

UNCONFIRMED_WITHIN = 10.0
"""Seconds that a publish may be without its confirm: a broker takes some milliseconds."""
SESSION_STALLS = 60.0
"""Seconds without a beat after which only a restart helps."""


class BrokerObserver:
    """`on_change` gets a line when the broker comes or goes; `reported` is set from then on."""

    def __init__(self, health: Health, metrics: Metrics, on_change: Callable[[str], None]) -> None:
        self._health = health
        self._metrics = metrics
        self._on_change = on_change
        self._problem: str | None = "starting"
        self._blocked: str | None = None
        self.reported = asyncio.Event()

    def expect_beats(self) -> None:
        """From now on, count the daemon dead if `beat` is not called often enough."""
        self._health.expect("session", SESSION_STALLS)

    def connected(self, *, up: bool) -> None:
        """Take note that both connections stand, or that they do not.

        What was blocked and what was unconfirmed is no more, with the connections that it was on.
        """
        self._blocked = None
        self.unconfirmed(None)
        self._say()
        self._metrics.connected("consume", up=up)
        self._metrics.connected("publish", up=up)

    def blocked(self, reason: str | None) -> None:
        """Take note that the broker takes nothing from us, in its own words; None: it does again.

        AMQP's `connection.blocked`: a memory or disk alarm. Acks still pass, publishes do not.
        """
        self._blocked = reason
        self._say()

    def unconfirmed(self, oldest: Callable[[], float | None] | None) -> None:
        """Let health ask how many seconds ago the oldest unconfirmed publish was; None: no more.

        `oldest` returns None where nothing is unconfirmed. It is asked when somebody wants to
        know, on the loop.
        """
        self._health.look("publisher", "unconfirmed", oldest and partial(_unconfirmed, oldest))

    def problem(self, problem: str | None) -> None:
        """Say why no delivery comes, or None when they come."""
        self._problem = problem
        self._say()
        self._on_change("handling events" if problem is None else f"broker: {problem}")
        self.reported.set()

    def beat(self) -> None:
        """Take note that it goes on: called every few seconds, waiting for a broker too."""
        self._health.beat("session")

    def _say(self) -> None:
        blocked = None if self._blocked is None else f"blocked by the broker: {self._blocked}"
        self._health.problem("broker", "; ".join(filter(None, (self._problem, blocked))) or None)


def _unconfirmed(oldest: Callable[[], float | None]) -> str | None:
    seconds = oldest()
    if seconds is None or seconds <= UNCONFIRMED_WITHIN:
        return None
    return f"the oldest publish has waited {seconds:.0f} s for its confirm"
