"""Brings to an end what no delivery brings back: an event may be purged, expire, or be lost.

An SMS whose fate is unknown is looked up at Twilio, and never sent from here: whoever took the
event away may have meant it. An SMS that has ended, and whose notification nobody confirmed, is
told. Both ways are the pipeline's own: claimed by compare-and-swap, recorded, then told.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from smsherald.errors import Reason
from smsherald.model import (
    Busy,
    Deferred,
    Done,
    Ended,
    Failed,
    Fresh,
    NotTaken,
    OnUnknown,
    Outcome,
    Parked,
    Refused,
    Sent,
    Skipped,
    Sms,
    TakenOver,
    Told,
)
from smsherald.ports import Backlog, Gateway, Herald

AT_ONCE = 20
"""SMSes that are looked up, or told, side by side."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    looked_up: tuple[tuple[Sms, Outcome], ...]
    """What became of SMSes of unknown fate; `Deferred` where it is still not known."""
    told: tuple[tuple[Sms, Ended], ...]


class Sweeper:
    """`on_unknown` says what a flow wants, by its id, of a flow that is gone too."""

    def __init__(
        self,
        ledger: Backlog,
        gateway: Gateway,
        herald: Herald,
        *,
        on_unknown: Callable[[str], OnUnknown],
    ) -> None:
        self._ledger = ledger
        self._gateway = gateway
        self._herald = herald
        self._on_unknown = on_unknown

    async def sweep(self) -> Swept:
        """Look up what is stuck and tell what is untold, until nothing is left that can be done."""
        looked_up: list[tuple[Sms, Outcome]] = []
        told: list[tuple[Sms, Ended]] = []
        full = True
        while full:
            stuck = await self._ledger.stuck(AT_ONCE)
            outcomes = await gather(*map(self._look_up, stuck))
            results = list(zip(stuck, outcomes, strict=True))
            looked_up += results
            told += await self._tell(
                [(s, o) for s, o in results if isinstance(o, Sent | Failed | Skipped)]
            )
            full = len(stuck) == AT_ONCE
        full = True
        while full:
            untold = await self._ledger.untold(AT_ONCE)
            now_told = await self._tell(untold)
            told += now_told
            full = len(now_told) == AT_ONCE
        return Swept(tuple(looked_up), tuple(told))

    async def _look_up(self, sms: Sms) -> Outcome:
        """Take an SMS over as a delivery would, and say what became of it."""
        claim = await self._ledger.claim(replace(sms, on_unknown=self._instead(sms)))
        match claim:
            case TakenOver():
                return await self._ledger.record(claim, await self._gateway.find(claim))
            case Fresh():
                # It has come free since it was chosen. Only a delivery sends.
                return await self._ledger.record(claim, NotTaken(Reason.NOT_MINE))
            case Busy():
                return Deferred(claim.reason, claim.wait)
            case Done():
                # Who ended it meanwhile tells it, or the next sweep does.
                return Deferred(Reason.NOT_MINE, None)
            case Refused():
                return Parked(claim.reason, claim.detail)
            case _:
                assert_never(claim)

    def _instead(self, sms: Sms) -> OnUnknown:
        """Return what the flow says, but never to send again."""
        said = self._on_unknown(sms.flow)
        return OnUnknown.LOOKUP if said is OnUnknown.RESEND else said

    async def _tell(self, ended: Sequence[tuple[Sms, Ended]]) -> Sequence[tuple[Sms, Ended]]:
        """Tell, and remember that; return what is told."""
        if not ended or not await self._herald.tell(ended):
            return ()
        await self._ledger.told([Told.of(sms.key, outcome) for sms, outcome in ended])
        return ended
