"""Brings to an end what no delivery brings back: an event may be purged, expire, or be lost.

An SMS whose fate is unknown is looked up at Twilio, and never sent from here: whoever took the
event away may have meant it. An SMS that has ended, and whose notification nobody confirmed, is
told. Both ways are the pipeline's own: claimed by compare-and-swap, recorded, then told.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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
    Refused,
    Sent,
    Skipped,
    Sms,
    TakenOver,
    Told,
)
from smsherald.ports import Backlog, Gateway, Herald, LookUps

AT_ONCE = 20
"""SMSes that are looked up, or told, side by side."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    looked_up: tuple[tuple[Sms, Outcome], ...] = ()
    """What became of SMSes of unknown fate; `Deferred` where it is still not known."""
    told: tuple[tuple[Sms, Ended], ...] = ()
    failed: tuple[tuple[Sms, Exception], ...] = ()
    """What a defect of ours kept from its turn: the others had theirs."""


@dataclass(slots=True)
class _Round:
    """What one sweep did so far; nothing has two turns in it."""

    looked_up: list[tuple[Sms, Outcome]] = field(default_factory=list)
    told: list[tuple[Sms, Ended]] = field(default_factory=list)
    failed: list[tuple[Sms, Exception]] = field(default_factory=list)
    had: set[str] = field(default_factory=set)
    """Keys of what had its turn."""
    stayed: set[str] = field(default_factory=set)
    """Those of them that came again: they would hide the others behind them."""

    @property
    def most(self) -> int:
        """How many are asked for, so that `AT_ONCE` of them may be new."""
        return AT_ONCE + len(self.stayed)

    def new(self, keys: Sequence[str]) -> frozenset[str]:
        """Return those that have not had their turn; from now on they have."""
        new = frozenset(keys) - self.had
        self.stayed.update(set(keys) - new)
        self.had |= new
        return new

    def swept(self) -> Swept:
        """Return what it came to."""
        return Swept(tuple(self.looked_up), tuple(self.told), tuple(self.failed))


class Sweeper:
    """`on_unknown` says what a flow wants, by its id, of a flow that is gone too."""

    def __init__(
        self,
        ledger: Backlog,
        gateway: Gateway,
        herald: Herald,
        look_ups: LookUps,
        *,
        on_unknown: Callable[[str], OnUnknown],
    ) -> None:
        self._ledger = ledger
        self._gateway = gateway
        self._herald = herald
        self._look_ups = look_ups
        self._on_unknown = on_unknown

    async def look_up(self) -> Swept:
        """Look up what is stuck, and tell what that ends, until there is no more of it."""
        sweep = _Round()
        full = True
        while full:
            most = sweep.most
            found = await self._ledger.stuck(most)
            new = sweep.new([sms.key for sms in found])
            stuck = [sms for sms in found if sms.key in new]
            outcomes = await gather(*map(self._look_up, stuck), return_exceptions=True)
            ended: list[tuple[Sms, Ended]] = []
            for sms, outcome in zip(stuck, outcomes, strict=True):
                if isinstance(outcome, Exception):
                    sweep.failed.append((sms, outcome))
                elif isinstance(outcome, BaseException):
                    raise outcome
                else:
                    sweep.looked_up.append((sms, outcome))
                    if isinstance(outcome, Sent | Failed | Skipped):
                        ended.append((sms, outcome))
            await self._tell(ended, sweep)
            full = len(found) >= most
        return sweep.swept()

    async def tell(self) -> Swept:
        """Tell what is untold, until nothing is left that can be told now."""
        sweep = _Round()
        full = True
        while full:
            most = sweep.most
            found = await self._ledger.untold(most)
            new = sweep.new([sms.key for sms, _ in found])
            untold = [pair for pair in found if pair[0].key in new]
            full = await self._tell(untold, sweep) and len(found) >= most
        return sweep.swept()

    async def _look_up(self, sms: Sms) -> Outcome:
        """Take an SMS over as a delivery would, and say what became of it.

        In a pause it is left to the delivery that brings it again, or to a later sweep.
        """
        if not self._look_ups.may_look_up(sms.asked.account):
            return Deferred(Reason.PAUSED, None, tried=False)
        claim = await self._ledger.claim(replace(sms, on_unknown=self._instead(sms)))
        match claim:
            case TakenOver():
                return await self._ledger.record(claim, await self._gateway.find(claim))
            case Fresh():
                # It has come free since it was chosen. Only a delivery sends.
                return await self._ledger.record(claim, NotTaken(Reason.NOT_MINE))
            case Busy():
                return Deferred(claim.reason, claim.wait)
            case Done() | Refused():
                # Who ended it meanwhile tells it, or the next sweep does; or another event of the
                # same `once` has it by now.
                return Deferred(Reason.NOT_MINE, None)
            case _:
                assert_never(claim)

    def _instead(self, sms: Sms) -> OnUnknown:
        """Return what the flow says, but never to send again."""
        said = self._on_unknown(sms.flow)
        return OnUnknown.LOOKUP if said is OnUnknown.RESEND else said

    async def _tell(self, ended: Sequence[tuple[Sms, Ended]], sweep: _Round) -> bool:
        """Tell, and remember that; return False where the broker does not confirm for now."""
        if not ended:
            return True
        try:
            confirmed = await self._herald.tell(ended)
        except Exception as error:  # noqa: BLE001 - a defect of one must not hide the others
            if len(ended) == 1:
                sweep.failed += [(ended[0][0], error)]
                return True
            return all([await self._tell([each], sweep) for each in ended])
        if confirmed:
            await self._ledger.told([Told.of(sms.key, outcome) for sms, outcome in ended])
            sweep.told += ended
        return confirmed
