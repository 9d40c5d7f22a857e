"""Log, metrics and health of what is asked of Twilio."""

from __future__ import annotations

import structlog

from smsherald.model import Operation, Result
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.observe.pause_observer import Sentences

MOST_CODES = 1000
"""Codes that are remembered for having been logged; bounded, for they come from outside."""
_TEST_CREDENTIALS = "these are Twilio's test credentials: nothing is really sent"

_log = structlog.get_logger(__name__)


class TwilioObserver:
    """Nothing is wrong with Twilio until a request shows that; `asked`: one was made."""

    def __init__(self, health: Health, metrics: Metrics, sentences: Sentences) -> None:
        self._sentences = sentences
        self._troubles: dict[str, str] = {}
        self._codes: set[int] = set()
        self._tests: set[str] = set()
        self._requested = metrics.twilio
        self.asked = False
        self.failed = metrics.twilio_failed
        health.ask("twilio", self._problem)
        health.doubt(
            lambda: [f"account {each}: {_TEST_CREDENTIALS}" for each in sorted(self._tests)]
        )

    def requested(self, operation: Operation, result: Result, seconds: float) -> None:
        """Take note of a request."""
        self.asked = True
        self._requested(operation, result, seconds)

    def troubled(self, account: str, why: str | None) -> None:
        """Take note of what keeps an account from being asked; None where nothing does."""
        if why is None:
            self._troubles.pop(account, None)
            _log.info("account_answers", account=account)
        else:
            self._troubles[account] = why
            _log.warning("account_in_trouble", account=account, why=why)

    def undecided(self, status: int, code: int) -> None:
        """Warn of a code that nobody has decided on, once: every text may get it."""
        if code not in self._codes and len(self._codes) < MOST_CODES:
            self._codes.add(code)
            _log.warning("twilio_code_undecided", status=status, twilio_code=code)

    def test_credentials(self, account: str) -> None:
        """Warn, once for each account: whoever believes that people get these texts is wrong."""
        if account not in self._tests:
            self._tests.add(account)
            _log.warning(
                "test_credentials",
                account=account,
                why=_TEST_CREDENTIALS,
            )

    def replaced(self, account: str) -> None:
        """Take back that these are test credentials: it is seen anew."""
        self._tests.discard(account)

    def _problem(self) -> str | None:
        troubles = [
            f"account {account}: {why}"
            for account, why in self._troubles.items()
            if not self._sentences.covered(account)
        ]
        return "; ".join([*self._sentences.problems(), *troubles]) or None
