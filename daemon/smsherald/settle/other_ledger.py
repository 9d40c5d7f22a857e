"""Notices deliveries that another ledger knows: what that one has sent, ours would send again."""

from __future__ import annotations

from typing import Protocol

from smsherald.events import ledger_of
from smsherald.model import Delivery
from smsherald.ports import Clock, LedgerIdentity

AT_FIRST = 60.0
"""Seconds from the first delivery: what the first session brings again so soon, somebody before us
had begun."""

ANOTHER = (
    "events come back that another ledger knows: daemons with two ledgers share this queue, or the "
    "ledger was replaced; texts can go out twice: stop one of them, or give it the ledger.url "
    "of the other"
)
NEW = (
    "the ledger is new, and the queue brings events again: what was sent of them before is not "
    "known, and can go out twice: if there is a ledger of before, stop the daemon and put it back"
)


class Steady(Protocol):
    """A session, as far as it matters here."""

    @property
    def steady(self) -> bool:
        """See `settle.port.Session`."""
        ...


class OtherLedger:
    """Looks at every delivery; `ours` is this daemon's ledger."""

    def __init__(self, ours: LedgerIdentity, clock: Clock) -> None:
        self._ours = ours
        self._clock = clock
        self._first: tuple[object, float] | None = None

    def known_by(self, delivery: Delivery, session: Steady) -> str | None:
        """Say what is wrong, for an operator and without a full stop; None where nothing is.

        Of a session it matters only which it is, and whether what it brings again had been begun.
        """
        named = ledger_of(delivery)
        if named is not None and named != self._ours.id:
            return ANOTHER
        if not self._ours.is_new:
            return None
        now = self._clock.monotonic()
        if self._first is None:
            self._first = (session, now)
        first, since = self._first
        at_first = session is first and session.steady and now - since < AT_FIRST
        begun_before = delivery.redelivered and at_first
        return NEW if begun_before else None
