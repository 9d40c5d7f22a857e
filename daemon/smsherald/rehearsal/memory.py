"""The ledger in memory. What it says to a claim is decided where the daemon's is decided."""

from __future__ import annotations

from typing import NamedTuple

from smsherald.ledger.decide import Found, Known, Reply, Rules, TakeOver, change, on_claim, outcome
from smsherald.model import Answer, Claim, Mine, Outcome, Row, Sms, State, Unknown, Unlisted
from smsherald.ports import Clock

_RULES = Rules("", 0.0)


class _Ended(NamedTuple):
    """All of a row that a later claim asks for: there is one for each SMS."""

    event_id: str
    digest: bytes
    state: State
    reason: str | None
    at: float


class MemoryLedger:
    """Implements `Ledger`: every SMS ends before the next is claimed, and is told at once.

    What ended longer than `retention` seconds ago is forgotten.
    """

    def __init__(self, clock: Clock, retention: float) -> None:
        self._clock = clock
        self._retention = retention
        self._ended: dict[bytes, _Ended] = {}
        """By key, the first to end first."""

    def __len__(self) -> int:
        return len(self._ended)

    async def claim(self, sms: Sms) -> Claim:
        """Answer as the daemon's ledger does once nothing else is in flight."""
        now = self._clock.now()
        self._forget(now)
        ended = self._ended.get(bytes.fromhex(sms.key))
        row = None if ended is None else _row(sms, ended)
        step = on_claim(sms, Found(row, None, now), _RULES, None)
        if isinstance(step, Reply):
            return step.claim
        assert not isinstance(step, TakeOver)  # noqa: S101 - every row here has ended.
        return step.claim(sms, now)

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        """Remember how it ended."""
        assert not isinstance(answer, Unknown | Unlisted)  # noqa: S101 - Twilio always answers.
        now, sms = self._clock.now(), claim.sms
        self._remember(sms, answer, now)
        return outcome(claim, answer, now)

    def _remember(self, sms: Sms, answer: Known, now: float) -> None:
        new = change(answer)
        reason = None if new.result is None else new.result.get("reason")
        key = bytes.fromhex(sms.key)
        # At its end, where it is taken a second time.
        self._ended.pop(key, None)
        self._ended[key] = _Ended(
            sms.event.id, bytes.fromhex(sms.event.digest), new.state, reason, now
        )

    def _forget(self, now: float) -> None:
        while self._ended:
            key = next(iter(self._ended))
            if self._ended[key].at >= now - self._retention:
                return
            del self._ended[key]


def _row(sms: Sms, ended: _Ended) -> Row:
    """Return it as the ledger would have read it. No number and no text is left of what is told."""
    return Row(
        key=sms.key,
        event_id=ended.event_id,
        event_digest=ended.digest.hex(),
        routing_key=sms.event.routing_key,
        attempt=0,
        flow=sms.flow,
        reference=None,
        state=ended.state,
        fingerprint="",
        owner="",
        claim_number=1,
        in_vain=0,
        since=ended.at,
        claimed_at=ended.at,
        quarantine=0.0,
        asked=sms.asked,
        phone_tail="",
        sid="",
        result={} if ended.reason is None else {"reason": ended.reason},
        ended_at=ended.at,
        notified_at=ended.at,
    )
