"""An account whose requests to send come to nothing ten times in a row, against the sandbox."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.model import (
    Absent,
    Accepted,
    Account,
    Answer,
    Failure,
    NotTaken,
    Rejected,
    Unknown,
    Wait,
)
from smsherald.sandbox import Fault, Kind, Operation, Sandbox
from smsherald.settings.values import TwilioSettings
from smsherald.twilio import TwilioGateway
from support.gateway import ASKED, Surroundings, fresh, taken_over, twilio_settings
from support.ports import free_port

WHY = "10 requests in a row came to nothing (the last: http_5xx)"
NOT_SENT = NotTaken(Reason.NOT_TAKEN, failure="no_connection")
WAIT = Wait(Reason.PAUSED, 5.0)
FIRST, SECOND = 5.0, 10.0
OTHER = "AC" + "2" * 32


async def send(
    gateway: TwilioGateway, around: Surroundings, account: str = "default"
) -> Answer | Wait:
    """Send with a claim that is new."""
    sid = OTHER if account == "other" else ASKED.account_sid
    asked = replace(ASKED, account=account, account_sid=sid)
    return await around.send(gateway, fresh(asked, claimed=around.clock.steady))


async def sends(
    gateway: TwilioGateway, around: Surroundings, number: int, account: str = "default"
) -> list[Answer | Wait]:
    """Send so many side by side."""
    return await asyncio.gather(*(send(gateway, around, account) for _ in range(number)))


def told(around: Surroundings) -> list[tuple[str, str, str]]:
    """Return what began and ended: which account, and why."""
    return [(what, pause.target.name, pause.why) for what, pause in around.told.told]


def fails(sandbox: Sandbox, kind: Kind = Kind.UNAVAILABLE) -> None:
    """Let every request to send fail from now on."""
    sandbox.faults.add(Fault(kind=kind, times=None))


def two_accounts(sandbox: Sandbox) -> TwilioSettings:
    """Return the settings of two accounts at the same place."""
    settings = twilio_settings(sandbox.url, timeout=1.0)
    default = settings.accounts["default"]
    public = Account("other", OTHER, default.public.sender, default.public.senders)
    other = replace(default, public=public, user=OTHER)
    return replace(settings, accounts={"default": default, "other": other})


@pytest.fixture
async def paused(gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings) -> TwilioGateway:
    """Return a gateway whose account has just been paused; Twilio is well again."""
    fails(sandbox)
    assert await sends(gateway, around, 10) == [Unknown("http_5xx")] * 10
    sandbox.faults.clear()
    around.observed.clear()
    return gateway


class TestBeginning:
    """The tenth that is unknown begins the pause."""

    @pytest.mark.parametrize(
        ("kind", "failure"),
        [
            (Kind.UNAVAILABLE, "http_5xx"),
            (Kind.REFUSE, "reset"),
            (Kind.TRUNCATED, "http_other"),
        ],
    )
    async def test_after_which_nothing_is_asked(
        self,
        gateway: TwilioGateway,
        sandbox: Sandbox,
        around: Surroundings,
        *,
        kind: Kind,
        failure: Failure,
    ) -> None:
        fails(sandbox, kind)
        for _ in range(10):
            assert await send(gateway, around) == Unknown(failure)
        around.clock.steady += 1

        assert await send(gateway, around) == WAIT
        assert len(around.observed) == 10
        host = "" if failure != "reset" else f" to {sandbox.url.removeprefix('http://')}"
        why = WHY.replace(": http_5xx", f"{host}: {failure}")
        assert told(around) == [("paused", "default", why)]
        assert around.failures == [failure] * 10
        assert around.troubles == []

    async def test_is_one_however_many_fail_together(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        sandbox.faults.add(Fault(kind=Kind.LATENCY, seconds=0.05, times=None))
        fails(sandbox)

        answers = await sends(gateway, around, 60)

        assert answers == [Unknown("http_5xx")] * 60
        assert told(around) == [("paused", "default", WHY)]

    async def test_does_not_come_of_refusals(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        fails(sandbox, Kind.RATE_LIMITED)

        assert {type(answer) for answer in await sends(gateway, around, 30)} == {NotTaken}
        assert told(around) == []

    async def test_comes_where_no_request_gets_through_too(self, around: Surroundings) -> None:
        host = f"127.0.0.1:{free_port()}"
        async with around.gateway(twilio_settings(f"http://{host}")) as gateway:
            assert await sends(gateway, around, 30) == [NOT_SENT] * 30
            assert await send(gateway, around) == WAIT

        why = WHY.replace(": http_5xx", f" to {host}: no_connection")
        assert told(around) == [("paused", "default", why)]

    async def test_does_not_come_of_look_ups(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        sandbox.faults.add(Fault(kind=Kind.UNAVAILABLE, operation=Operation.LIST, times=None))
        for _ in range(30):
            await gateway.find(taken_over(since=around.clock.wall))

        assert isinstance(await send(gateway, around), Accepted)
        assert told(around) == []

    async def test_is_that_of_one_account_alone(
        self, sandbox: Sandbox, around: Surroundings
    ) -> None:
        async with around.gateway(two_accounts(sandbox)) as gateway:
            fails(sandbox)
            for _ in range(9):
                await sends(gateway, around, 1, "other")
                await sends(gateway, around, 1)
            assert told(around) == []
            await send(gateway, around)
            sandbox.faults.clear()

            assert await send(gateway, around) == WAIT
            assert isinstance(await send(gateway, around, "other"), Accepted)
            assert told(around) == [("paused", "default", WHY)]


class TestProbe:
    """Once it is due, one request goes out."""

    async def test_is_one_alone_and_ends_the_pause_when_it_is_answered(
        self, paused: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        around.clock.steady += FIRST

        answers = await sends(paused, around, 5)

        assert isinstance(answers[0], Accepted)
        assert answers[1:] == [WAIT] * 4
        assert [what for what, _, _ in told(around)] == ["paused", "resumed"]
        assert {type(answer) for answer in await sends(paused, around, 5)} == {Accepted}
        assert len(sandbox.messages) == 6

    @pytest.mark.parametrize(
        ("to", "fault", "expected"),
        [
            pytest.param("+15005550004", None, Rejected(Reason.OPT_OUT, 21610), id="refused"),
            pytest.param(
                ASKED.to,
                Fault(kind=Kind.RATE_LIMITED),
                NotTaken(Reason.RATE_LIMITED, None, 20429, "http_429"),
                id="too many requests",
            ),
        ],
    )
    async def test_may_be_answered_with_no(
        self,
        paused: TwilioGateway,
        sandbox: Sandbox,
        around: Surroundings,
        *,
        to: str,
        fault: Fault | None,
        expected: Answer,
    ) -> None:
        around.clock.steady += FIRST
        if fault is not None:
            sandbox.faults.add(fault)

        asked = replace(ASKED, to=to)
        assert await around.send(paused, fresh(asked, claimed=around.clock.steady)) == expected
        assert isinstance(await send(paused, around), Accepted)

    async def test_that_is_unknown_too_is_followed_by_a_longer_wait(
        self, paused: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        around.clock.steady += FIRST
        sandbox.faults.add(Fault(kind=Kind.UNAVAILABLE))

        assert await send(paused, around) == Unknown("http_5xx")
        assert await send(paused, around) == WAIT
        assert told(around) == [("paused", "default", WHY)]

    async def test_that_gets_no_connection_is_followed_by_a_longer_wait(
        self, around: Surroundings
    ) -> None:
        async with AsyncExitStack() as twilio:
            sandbox = await twilio.enter_async_context(Sandbox(delay=0))
            async with around.gateway(twilio_settings(sandbox.url)) as gateway:
                fails(sandbox, Kind.REFUSE)
                await sends(gateway, around, 10)
                await twilio.aclose()
                around.clock.steady += FIRST

                assert await send(gateway, around) == NOT_SENT
                assert await send(gateway, around) == WAIT

    async def test_that_is_too_late_for_the_fence_takes_nobodys_turn(
        self, paused: TwilioGateway, around: Surroundings
    ) -> None:
        around.clock.steady += 100.0

        assert await around.send(paused, fresh(claimed=100.0)) == NotTaken(Reason.FENCED)
        assert isinstance(await send(paused, around), Accepted)

    async def test_that_is_cancelled_leaves_its_turn_to_the_next(
        self, paused: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        around.clock.steady += FIRST
        sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_HANG))
        probe = asyncio.ensure_future(send(paused, around))
        await asyncio.wait([probe], timeout=0.2)
        assert await send(paused, around) == WAIT
        probe.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probe

        assert isinstance(await send(paused, around), Accepted)


class TestLookUp:
    """Of what may have been taken, in a pause."""

    async def test_goes_on_and_says_nothing_of_sending_while_somebody_waits_to_send(
        self, paused: TwilioGateway, around: Surroundings
    ) -> None:
        assert await send(paused, around) == WAIT
        around.clock.steady += FIRST
        assert await paused.find(taken_over(since=around.clock.wall)) == Absent()

        assert around.observed == [("list", "ok")]
        assert told(around) == [("paused", "default", WHY)]

    async def test_that_is_answered_ends_a_pause_in_which_nobody_waits(
        self, paused: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        around.clock.steady += FIRST
        assert await paused.find(taken_over(since=around.clock.wall)) == Absent()

        assert [what for what, _, _ in told(around)] == ["paused", "resumed"]
        assert isinstance(await send(paused, around), Accepted)
        sandbox.faults.add(Fault(kind=Kind.UNAVAILABLE))
        assert await send(paused, around) == Unknown("http_5xx")
        assert len(around.told.told) == 2
