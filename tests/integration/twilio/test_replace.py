"""Accounts that a reload replaces while requests are out."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.model import Accepted, NotTaken, Rejected, Unknown, Unlisted, Wait
from smsherald.policy.own_pause import FIRST_WAIT
from smsherald.sandbox import Fault, Kind, Sandbox
from smsherald.settings.twilio.decisions import Decision
from smsherald.settings.values import TwilioAccount
from smsherald.twilio import TwilioGateway
from smsherald.twilio.decisions import PAUSE
from support.gateway import Surroundings, fresh, taken_over, twilio_settings
from support.peer import Peer, Request, answers, response, sends
from support.texting import ACCOUNT

TAKEN = response(201, b'{"sid": "SM1", "status": "queued"}')
NEW = "new"
PAUSED = NotTaken(Reason.PAUSED, PAUSE)


def account(url: str, password: str = NEW) -> TwilioAccount:
    return twilio_settings(url, password=password).accounts["default"]


class Late:
    """An answer that waits until it may go on."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.came, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: Request, writer: asyncio.StreamWriter) -> None:
        self.came.set()
        await self.go_on.wait()
        writer.write(self.octets)


def signed_in(request: Request) -> str:
    return request.headers["authorization"]


def by(password: str) -> str:
    return "Basic " + b64encode(f"{ACCOUNT}:{password}".encode()).decode()


async def pause(gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings) -> None:
    """Bring the account to a pause; Twilio is well again."""
    sandbox.faults.add(Fault(kind=Kind.UNAVAILABLE, times=None))
    for _ in range(10):
        assert isinstance(await around.send(gateway, fresh()), Unknown)
    sandbox.faults.clear()


async def test_what_is_out_ends_as_it_began_and_what_follows_signs_in_anew(
    around: Surroundings,
) -> None:
    late = Late(TAKEN)
    async with around.before(late, sends(TAKEN)) as (peer, gateway):
        first = asyncio.create_task(around.send(gateway, fresh()))
        await late.came.wait()
        gateway.take(replace(twilio_settings(""), accounts={"default": account(peer.url)}))
        second = await around.send(gateway, fresh())
        late.go_on.set()

        assert await first == second == Accepted("SM1", "queued")
        assert [signed_in(request) for request in peer.requests] == [by("token"), by(NEW)]


async def test_another_address_is_asked_from_then_on(around: Surroundings) -> None:
    async with around.before() as (old, gateway), Peer(sends(TAKEN)) as new:
        gateway.take(replace(twilio_settings(""), accounts={"default": account(new.url, "token")}))

        assert await around.send(gateway, fresh()) == Accepted("SM1", "queued")
        assert (len(old.requests), len(new.requests)) == (0, 1)


@pytest.mark.parametrize(
    ("accounts", "replaced"),
    [({"default": "token"}, []), ({"default": NEW}, ["default"]), ({"other": NEW}, ["default"])],
)
async def test_it_is_said_whose_sign_in_is_another(
    accounts: dict[str, str],
    replaced: list[str],
    gateway: TwilioGateway,
    sandbox: Sandbox,
    around: Surroundings,
) -> None:
    new = {name: account(sandbox.url, password) for name, password in accounts.items()}
    gateway.take(replace(twilio_settings(""), accounts=new))

    assert around.replacements == replaced


async def test_a_refusal_lasts_until_the_new_secret_is_let_in(around: Surroundings) -> None:
    async with (
        Sandbox(accounts={ACCOUNT: NEW}) as sandbox,
        around.gateway(twilio_settings(sandbox.url)) as gateway,
    ):
        refused = NotTaken(Reason.PAUSED, None, 20003, "http_4xx")
        assert await around.send(gateway, fresh()) == refused
        gateway.take(replace(twilio_settings(""), accounts={"default": account(sandbox.url)}))
        assert isinstance(await around.send(gateway, fresh()), Accepted)

    assert [what for what, _ in around.told.told] == ["paused", "resumed"]


class TestPaused:
    """A pause goes on where the account is the same, and its probe is due at once."""

    async def test_the_probe_goes_at_once_by_what_is_new(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        await pause(gateway, sandbox, around)
        gateway.take(replace(twilio_settings(""), accounts={"default": account(sandbox.url)}))

        assert isinstance(await around.send(gateway, fresh()), Accepted)
        assert [what for what, _ in around.told.told] == ["paused", "resumed"]

    async def test_what_is_the_same_waits_as_it_did(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        await pause(gateway, sandbox, around)
        gateway.take(
            replace(twilio_settings(""), accounts={"default": account(sandbox.url, "token")})
        )

        answer = await around.send(gateway, fresh())
        assert answer == Wait(Reason.PAUSED, 5.0)
        assert len(around.told.told) == 1


class TestGone:
    """An account whose name vanishes, or means another by now."""

    async def test_what_asks_for_it_waits(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        gateway.take(replace(twilio_settings(""), accounts={"other": account(sandbox.url)}))

        assert await around.send(gateway, fresh()) == PAUSED
        assert await gateway.find(taken_over(since=around.clock.now())) == Unlisted()
        gateway.take(replace(twilio_settings(""), accounts={"default": account(sandbox.url)}))
        assert isinstance(await around.send(gateway, fresh()), Accepted)

    @pytest.mark.parametrize("sid", [ACCOUNT, "AC" + "9" * 32])
    async def test_nothing_more_is_said_of_it(
        self, sid: str, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        await pause(gateway, sandbox, around)
        new = account(sandbox.url)
        name = "other" if sid == ACCOUNT else "default"
        public = replace(new.public, name=name, sid=sid)
        gateway.take(
            replace(twilio_settings(""), accounts={name: replace(new, public=public, user=sid)})
        )

        assert [what for what, _ in around.told.told] == ["paused", "resumed"]

    async def test_nor_by_what_was_out(self, around: Surroundings) -> None:
        late = Late(response(401, b'{"code": 20003}'))
        async with around.before(late) as (_, gateway):
            out = asyncio.create_task(around.send(gateway, fresh()))
            await late.came.wait()
            gateway.take(replace(twilio_settings(""), accounts={}))
            late.go_on.set()

            answer = await out
        assert isinstance(answer, NotTaken)
        assert around.troubles == []
        assert around.told.told == []

    async def test_nor_by_a_probe_that_was_out_when_it_comes_back(
        self, around: Surroundings
    ) -> None:
        late = Late(TAKEN)
        async with around.before(*[answers(503)] * 10, late) as (peer, gateway):
            for _ in range(10):
                await around.send(gateway, fresh())
            around.clock.steady += FIRST_WAIT
            probe = asyncio.create_task(around.send(gateway, fresh(claimed=around.clock.steady)))
            await late.came.wait()
            gateway.take(replace(twilio_settings(""), accounts={}))
            gateway.take(replace(twilio_settings(""), accounts={"default": account(peer.url)}))
            late.go_on.set()

            assert await probe == Accepted("SM1", "queued")
        assert [what for what, _ in around.told.told] == ["paused", "resumed"]


async def test_what_a_code_means_is_another_from_then_on(around: Surroundings) -> None:
    async with around.before(answers(400, b'{"code": 21612}')) as (peer, gateway):
        settings = twilio_settings(peer.url, password="token")
        before = await around.send(gateway, fresh())
        gateway.take(replace(settings, decisions={21612: Decision.RETRY_LATER}))
        after = await around.send(gateway, fresh())

    assert before == Rejected(Reason.BAD_PAIR, 21612)
    assert after == NotTaken(Reason.NOT_TAKEN, None, 21612, "http_4xx")
