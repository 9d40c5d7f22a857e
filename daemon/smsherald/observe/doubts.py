"""What may keep texts from customers although all works: settings for a trial, and strangers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import urlsplit

import structlog

from smsherald.flows import Flow
from smsherald.observe.status import Status
from smsherald.ports import Clock
from smsherald.settings.values import Settings
from smsherald.unit import ours

LASTS = 60.0
"""Seconds that a consumer may be there before, or after, its daemon is known by the ledger."""
_TWILIO = ".twilio.com"

_log = structlog.get_logger(__name__)


def doubts(settings: Settings, flows: Iterable[Flow]) -> list[str]:
    """Return why customers get no texts, by a configuration that is right for a trial."""
    found = []
    if allowed := len(settings.policy.allow):
        found.append(f"policy.allow: only who is named there is texted ({allowed})")
    texting = [flow for flow in flows if flow.publish is None]
    if texting and all(flow.shadow for flow in texting):
        found.append("all flows are tried in shadow: nobody is texted")
    return found


def remarks(settings: Settings, flows: Iterable[Flow], status: Status) -> list[str]:
    """Return what is to be seen before all is for customers, and is often meant."""
    found = [
        f"account {name} asks {account.api_url} in place of Twilio"
        for name, account in settings.twilio.accounts.items()
        if not (urlsplit(account.api_url).hostname or "").endswith(_TWILIO)
    ]
    if shadows := [flow.id for flow in flows if flow.shadow]:
        found.append(f"in shadow, so that nobody gets their texts: {', '.join(shadows)}")
    if not status.twilio_asked():
        found.append(
            "Twilio was not asked for anything since this start: whether it lets the account in, "
            f"`{ours(os.environ, 'check', '--live')}` says"
        )
    if status.new_ledger is not None:
        # A volume may be missing.
        found.append(
            f"the ledger {status.new_ledger} was made at this start: what was texted before is not "
            "known to it; at a first start that is nothing"
        )
    return found


class Strangers:
    """Consumers of the queue that are no daemons on the ledger: what they take nobody texts."""

    def __init__(self, queue: str, clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self._beyond = 0
        self._since: float | None = None
        self._logged = False

    def look(self, consumers: int | None, daemons: int) -> None:
        """Take note of how many consume the queue, and how many daemons are on the ledger.

        None where the broker does not say: who comes back with it need not have been there.
        """
        self._beyond = 0 if consumers is None else consumers - max(daemons, 1)
        if self._beyond <= 0:
            self._since, self._logged = None, False
            return
        self._since = self._clock.monotonic() if self._since is None else self._since
        if self._last and not self._logged:
            self._logged = True
            _log.warning("other_consumers", queue=self._queue, consumers=consumers, daemons=daemons)

    @property
    def _last(self) -> bool:
        return self._since is not None and self._clock.monotonic() - self._since >= LASTS

    def doubts(self) -> list[str]:
        """Return a sentence while there are any."""
        if not self._last:
            return []
        others = "another consumer" if self._beyond == 1 else f"{self._beyond} other consumers"
        sentence = (
            f"the queue {self._queue} has {others} beside the daemons on this ledger: nobody here "
            "texts what is taken there (`rabbitmqctl list_consumers` shows by whom; daemons of one "
            "SMSHERALD_INSTANCE count as one)"
        )
        return [sentence]
