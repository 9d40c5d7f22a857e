"""The sweeper decides as the pipeline does, but never sends."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import pytest

from smsherald.errors import Reason
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Busy,
    Claim,
    Deferred,
    Done,
    Ended,
    Finding,
    Fresh,
    Held,
    Mine,
    NotTaken,
    OnUnknown,
    Outcome,
    Refused,
    Response,
    Sent,
    Sms,
    TakenOver,
    Told,
    Unlisted,
)
from smsherald.ports import Permit
from smsherald.sweeper import AT_ONCE, Sweeper, Swept
from smsherald.testing import an_sms

SMS = an_sms()
SID = "SM" + 32 * "0"
SENT = Sent(SMS.asked, SID, "queued", 1.0)
TAKEN_OVER = TakenOver(SMS, 2, SMS.asked, 0.0)


@dataclass
class World:
    """Ledger, Twilio and broker in one; notes what is asked of it."""

    claim_is: Claim = TAKEN_OVER
    found: Finding = field(default_factory=Absent)
    heard: bool = True
    breaks: frozenset[str] = frozenset()
    """Keys of SMSes on which claiming and telling raise."""
    paused: frozenset[str] = frozenset()
    """Accounts that are asked nothing."""
    left: list[Sms] = field(default_factory=list)
    ended: list[tuple[Sms, Ended]] = field(default_factory=list)
    claimed: list[Sms] = field(default_factory=list)
    recorded: list[Answer] = field(default_factory=list)
    remembered: list[Told] = field(default_factory=list)

    async def stuck(self, most: int) -> Sequence[Sms]:
        return self.left[:most]

    async def untold(self, most: int) -> Sequence[tuple[Sms, Ended]]:
        return [pair for pair in self.ended if said(pair) not in self.remembered][:most]

    async def claim(self, sms: Sms) -> Claim:
        if sms.key in self.breaks:
            raise ValueError("a defect of ours")
        self.left = [each for each in self.left if each.key != sms.key]
        self.claimed.append(sms)
        return self.claim_is

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        del claim
        self.recorded.append(answer)
        return SENT if isinstance(answer, Accepted) else Deferred(Reason.NOT_TAKEN, None)

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Finding:
        assert permit is None
        assert claim is self.claim_is
        return self.found

    def may_look_up(self, account: str) -> bool:
        return account not in self.paused

    async def send(self, claim: Fresh, permit: Permit) -> Response:
        pytest.fail(f"it sent {claim} by {permit}")

    async def tell(self, ended: Sequence[tuple[Sms, Ended | Held]]) -> bool:
        assert ended
        if any(sms.key in self.breaks for sms, _ in ended):
            raise ValueError("a defect of ours")
        return self.heard

    async def told(self, told: Collection[Told]) -> None:
        self.remembered += told

    async def known(self, sids: Collection[str]) -> frozenset[str]:
        return frozenset(sids)

    async def bound_keys(self, queue: str) -> frozenset[str]:
        return frozenset(queue)

    async def remember_bound_keys(self, queue: str, keys: Collection[str]) -> None:
        raise NotImplementedError


def said(pair: tuple[Sms, Ended]) -> Told:
    sms, ended = pair
    return Told.of(sms.key, ended)


def sweeper(world: World, **flows: OnUnknown) -> Sweeper:
    named = {name.replace("_", "-"): said for name, said in flows.items()}
    return Sweeper(
        world, world, world, world, on_unknown=lambda flow: named.get(flow, OnUnknown.LOOKUP)
    )


def test_what_is_paused_is_not_looked_up_and_hides_nothing() -> None:
    paused = replace(SMS, key="paused", asked=replace(SMS.asked, account="paused"))
    world = World(left=[paused, SMS], paused=frozenset({"paused"}))

    swept = asyncio.run(sweeper(world).look_up())

    assert world.claimed == [SMS]
    assert [sms.key for sms, _ in swept.looked_up] == ["paused", SMS.key]
    assert swept.looked_up[0][1] == Deferred(Reason.PAUSED, None, tried=False)


async def swept_by(sweeper: Sweeper) -> Swept:
    looked_up, told = await sweeper.look_up(), await sweeper.tell()
    return Swept(
        looked_up.looked_up, (*looked_up.told, *told.told), (*looked_up.failed, *told.failed)
    )


async def test_what_a_look_up_finds_is_recorded_and_told() -> None:
    world = World(found=Accepted(SID, "sent", found=True), left=[SMS])
    swept = await swept_by(sweeper(world))

    assert world.recorded == [Accepted(SID, "sent", found=True)]
    assert swept.told == swept.looked_up == ((SMS, SENT),)
    assert world.remembered == [said((SMS, SENT))]


@pytest.mark.parametrize("found", [Absent(), Unlisted()])
async def test_what_it_does_not_find_is_recorded_and_not_told(found: Finding) -> None:
    world = World(found=found, left=[SMS])
    swept = await swept_by(sweeper(world))

    assert world.recorded == [found]
    assert swept.told == ()
    assert world.remembered == []


@pytest.mark.parametrize(
    ("says", "claims_with"),
    [
        (OnUnknown.LOOKUP, OnUnknown.LOOKUP),
        (OnUnknown.HOLD, OnUnknown.HOLD),
        (OnUnknown.RESEND, OnUnknown.LOOKUP),
    ],
)
async def test_it_takes_over_as_the_flow_says_but_never_to_send(
    says: OnUnknown, claims_with: OnUnknown
) -> None:
    world = World(left=[SMS])
    await swept_by(sweeper(world, order_created=says))

    assert [sms.on_unknown for sms in world.claimed] == [claims_with]


async def test_what_has_come_free_meanwhile_is_given_back() -> None:
    world = World(claim_is=Fresh(SMS, 3, 0.0, SMS.asked), left=[SMS])
    await swept_by(sweeper(world))

    assert world.recorded == [NotTaken(Reason.NOT_MINE)]


@pytest.mark.parametrize(
    "claim",
    [
        Busy(Reason.HELD, 1.0),
        Done(told=False, ended=SENT),
        Refused(Reason.IDENTITY_CONFLICT, "another event"),
    ],
    ids=["busy", "done", "refused"],
)
async def test_what_is_anothers_is_left_to_it(claim: Claim) -> None:
    world = World(claim_is=claim, left=[SMS])
    swept = await swept_by(sweeper(world))

    assert world.recorded == []
    assert swept.told == ()
    assert [type(outcome) for _, outcome in swept.looked_up] == [Deferred]


async def test_it_goes_on_until_nothing_is_left() -> None:
    many = [an_sms(key=str(number)) for number in range(45)]
    world = World(left=list(many), ended=[(sms, SENT) for sms in many])
    swept = await swept_by(sweeper(world))

    assert len(swept.looked_up) == 45
    assert world.remembered == [said((sms, SENT)) for sms in many]


async def test_what_nobody_confirms_is_left_for_the_next_sweep() -> None:
    world = World(heard=False, ended=[(an_sms(key=str(number)), SENT) for number in range(45)])
    swept = await swept_by(sweeper(world))

    assert swept.told == ()
    assert world.remembered == []


async def test_what_fails_hides_nothing_behind_it() -> None:
    bad = [an_sms(key=f"bad {number}") for number in range(AT_ONCE + 5)]
    good = [an_sms(key=f"good {number}") for number in range(AT_ONCE + 5)]
    world = World(
        found=Accepted(SID, "sent", found=True),
        breaks=frozenset(sms.key for sms in bad),
        left=[*bad, *good],
        ended=[(sms, SENT) for sms in (*bad, *good)],
    )
    world.remembered = []

    looked_up, told = await sweeper(world).look_up(), await sweeper(world).tell()

    for swept in (looked_up, told):
        assert [sms.key for sms, _ in swept.failed] == [sms.key for sms in bad]
        assert {str(error) for _, error in swept.failed} == {"a defect of ours"}
    assert [sms.key for sms in world.claimed] == [sms.key for sms in good]
    assert set(world.remembered) == {said((sms, SENT)) for sms in good}


async def test_what_is_not_marked_as_told_is_told_once_a_sweep() -> None:
    class Forgetful(World):
        async def told(self, told: Collection[Told]) -> None:
            del told

    many = [an_sms(key=str(number)) for number in range(2 * AT_ONCE + 5)]
    swept = await sweeper(Forgetful(ended=[(sms, SENT) for sms in many])).tell()

    assert [sms for sms, _ in swept.told] == many
