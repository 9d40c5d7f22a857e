"""Who waits for an account's limit inside the process, and who comes again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.model import (
    Brake,
    Cause,
    Evidence,
    Fresh,
    Pause,
    Scope,
    Shows,
    Target,
    Wait,
)
from smsherald.model.evidence import DONE
from smsherald.policy import Admission, Pauses
from smsherald.policy.permit import Permit
from smsherald.testing import SetClock, an_sms
from support.admission import PauseLog

SMS = an_sms()
OTHER = replace(SMS, asked=replace(SMS.asked, account="other"))
LIMITED = Evidence(Shows.ANSWER, "http_429", answered=True, limits=True)
CONCURRENCY = 100


class Around:
    """An admission whose account may have four requests at once."""

    def __init__(self, *, alone: bool) -> None:
        self.clock = SetClock()
        self.pauses = Pauses(self.clock, PauseLog())
        self.admission = Admission(
            self.pauses, self.clock, concurrency=CONCURRENCY, alone=lambda: alone
        )

    async def limited(self) -> list[Permit]:
        """Bring it there; return the four."""
        permits = await self.permits(8)
        for permit in permits:
            permit.heard(LIMITED)
        return await self.permits(4)

    async def permits(self, number: int) -> list[Permit]:
        """Ask for permits that there must be."""
        asked = [await self.admission.ask(SMS) for _ in range(number)]
        assert all(isinstance(each, Permit) for each in asked)
        return [each for each in asked if isinstance(each, Permit)]

    def ask(self, number: int) -> list[asyncio.Task[Permit | Wait]]:
        """Ask for more side by side."""
        return [asyncio.ensure_future(self.ask_one()) for _ in range(number)]

    async def ask_one(self) -> Permit | Wait:
        answer = await self.admission.ask(SMS)
        assert isinstance(answer, Permit | Wait)
        return answer


async def turns() -> None:
    """Let everything go on that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_the_only_accounts_all_wait_and_each_that_leaves_lets_the_next_in() -> None:
    around = Around(alone=True)
    out = await around.limited()
    asking = around.ask(50)
    await turns()
    assert not any(task.done() for task in asking)

    for count in range(1, 11):
        out.pop(0).heard(DONE)
        await turns()
        done = [task.result() for task in asking if task.done()]
        assert len(done) == count
        out = out or [permit for permit in done[-1:] if isinstance(permit, Permit)]
    for task in asking:
        task.cancel()


async def test_beside_others_only_some_wait_and_the_rest_comes_again() -> None:
    around = Around(alone=False)
    await around.limited()
    around.pauses.waiting = 1_000
    asking = around.ask(50)
    await turns()

    said = [task.result() for task in asking if task.done()]
    assert said == [Wait(Reason.RATE_LIMITED, 20.0)] * (50 - CONCURRENCY // 20)
    assert isinstance(await around.admission.ask(OTHER), Permit)
    for task in asking:
        task.cancel()


async def test_who_goes_away_is_not_waited_for() -> None:
    around = Around(alone=True)
    out = await around.limited()
    gone, stays = around.ask(2)
    await turns()
    gone.cancel()
    await turns()
    out[0].heard(DONE)
    await turns()

    assert isinstance(stays.result(), Permit)


@pytest.mark.parametrize("alone", [True, False])
async def test_a_pause_is_told_whatever_the_limit(*, alone: bool) -> None:
    around = Around(alone=alone)
    for _ in range(10):
        (permit,) = await around.permits(1)
        permit.heard(Evidence(Shows.UNKNOWN, "timeout"))

    assert await around.admission.ask(SMS) == Wait(Reason.PAUSED, 5.0)


@pytest.mark.parametrize("reason", [Reason.SHADOW, Reason.NO_CONSENT])
async def test_what_its_flow_keeps_back_waits_for_no_pause_and_takes_no_place(
    reason: Reason,
) -> None:
    around = Around(alone=True)
    out = await around.limited()
    kept_back = replace(SMS, refused=reason)

    full = [await around.admission.ask(kept_back) for _ in range(10)]

    around.pauses.brake(Brake(1, (Pause(Target(Scope.ALL), Cause.OPERATOR, "", 0.0),)))
    out.pop().give_back()
    assert await around.admission.ask(SMS) == Wait(Reason.PAUSED, 5.0)
    paused = await around.admission.ask(kept_back)
    claim = Fresh(kept_back, 1, 0.0, SMS.asked, brake=1)
    for permit in (*full, paused):
        assert not isinstance(permit, Wait)
        assert permit.again(claim) is not None, "it lets nothing be sent"
        permit.listed(SMS.asked.account, LIMITED)
        permit.heard(LIMITED)
        permit.give_back()
    around.pauses.brake(Brake(2, ()))
    assert isinstance(await around.admission.ask(SMS), Permit)
