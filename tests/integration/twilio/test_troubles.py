"""What keeps an account from being asked is known from its first answer on, over real sockets."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from smsherald.errors import Reason
from smsherald.model import Answer, Cause, Failure, NotTaken, Rejected, Scope, Wait
from smsherald.sandbox import Fault, Kind, Sandbox
from smsherald.twilio import TwilioGateway
from smsherald.twilio.http import MOST_LISTINGS
from support.certificates import make_certificates
from support.gateway import ALWAYS, ASKED, Surroundings, fresh, taken_over, twilio_settings
from support.peer import Act, Peer, answers, hangs, response, sends
from support.ports import free_port
from support.texting import ACCOUNT

TAKEN = response(201, b'{"sid": "SM1", "status": "queued"}')
NO_PAGE = b'{"messages": [], "next_page_uri": null}'


def unconnected(where: str, failure: Failure) -> str:
    return f"no connection to Twilio at {where}: {failure} (smsherald explain {failure})"


def body(code: int) -> bytes:
    return b'{"code": %d}' % code


class TestRefusal:
    """An answer that refuses more than the one text."""

    @pytest.mark.parametrize(
        ("status", "content", "scope", "why"),
        [
            (401, body(20003), Scope.ACCOUNT, "20003 (Permission Denied)"),
            (403, body(20005), Scope.ACCOUNT, "20005 (Account not active)"),
            (400, body(20005), Scope.ACCOUNT, "20005 (Account not active)"),
            (401, b"", Scope.ACCOUNT, "HTTP 401 without a code"),
            (403, b"<html>", Scope.ACCOUNT, "HTTP 403 without a code"),
            (407, b"<html>", Scope.ACCOUNT, "HTTP 407 without a code"),
            (400, body(21659), Scope.SENDER, "21659"),
            (400, body(21609), Scope.FLOW, "21609 (Invalid 'StatusCallback')"),
        ],
    )
    async def test_pauses_what_it_is_about_with_the_first(
        self, around: Surroundings, status: int, content: bytes, scope: Scope, why: str
    ) -> None:
        async with around.before(answers(status, content)) as (peer, gateway):
            answered = [await around.send(gateway, fresh()) for _ in range(3)]

        [(what, pause)] = around.told.told
        assert (what, pause.target.scope, pause.cause) == ("paused", scope, Cause.REFUSED)
        assert pause.why == why
        assert isinstance(answered[0], NotTaken)
        assert answered[1:] == [Wait(Reason.PAUSED, 5.0)] * 2
        assert len(peer.requests) == 1
        assert around.troubles == []

    async def test_of_a_probe_does_not_keep_its_text_away(self, around: Surroundings) -> None:
        async with around.before(answers(401, body(20003))) as (_, gateway):
            await around.send(gateway, fresh())
            around.clock.steady += 5.0
            probe = await around.send(gateway, fresh(claimed=around.clock.steady))

        assert probe == NotTaken(Reason.PAUSED, None, 20003, "http_4xx")

    async def test_that_pauses_nobody_keeps_its_own_text_away_for_long(
        self, around: Surroundings
    ) -> None:
        acts = answers(401, body(20003)), sends(TAKEN), answers(401, body(20003))
        async with around.before(*acts) as (_, gateway):
            for _ in acts[:2]:
                await around.send(gateway, fresh(claimed=around.clock.steady))
                around.clock.steady += 5.0
            refused = await around.send(gateway, fresh(claimed=around.clock.steady))

        assert refused == NotTaken(Reason.PAUSED, 60.0, 20003, "http_4xx")

    async def test_for_a_full_queue_pauses_the_sender(self, around: Surroundings) -> None:
        async with around.before(answers(429, body(21611))) as (_, gateway):
            await around.send(gateway, fresh())

        [(_, pause)] = around.told.told
        assert (pause.target.scope, pause.cause) == (Scope.SENDER, Cause.FULL)

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            pytest.param(400, 21211, id="a number that is none"),
            pytest.param(400, 21610, id="a recipient who has unsubscribed"),
            pytest.param(400, 21608, id="a number that a trial account may not text"),
            pytest.param(429, 20429, id="too many requests"),
            pytest.param(429, 14107, id="too many to one number"),
            pytest.param(400, 98765, id="a code that nobody knows"),
            pytest.param(503, 20503, id="a server error"),
        ],
    )
    async def test_pauses_nothing_where_it_is_of(
        self, around: Surroundings, status: int, code: int
    ) -> None:
        async with around.before(answers(status, body(code))) as (peer, gateway):
            for _ in range(3):
                await around.send(gateway, fresh())

        assert len(peer.requests) == 3
        assert around.told.told == []
        assert around.troubles == []

    async def test_of_a_look_up_is_a_trouble_and_its_answer_ends_it(
        self, around: Surroundings
    ) -> None:
        acts = answers(401, body(20003)), answers(200, NO_PAGE)
        async with around.before(*acts) as (_, gateway):
            for _ in acts:
                await gateway.find(taken_over(since=around.clock.wall))

        why = "Twilio refuses to list texts: 20003 (Permission Denied)"
        assert around.troubles == [("default", why), ("default", None)]
        assert around.told.told == []

    async def test_says_in_the_evidence_and_the_answer_what_it_was(
        self, around: Surroundings
    ) -> None:
        async with (
            Sandbox(accounts={ACCOUNT: "another"}) as sandbox,
            around.gateway(twilio_settings(sandbox.url)) as gateway,
        ):
            answer = await around.send(gateway, fresh())

        assert answer == NotTaken(Reason.PAUSED, None, 20003, "http_4xx")
        assert around.failures == ["http_4xx"]


class TestConnection:
    """Nothing reaches Twilio."""

    @pytest.mark.parametrize(
        ("host", "failure"), [("twilio.invalid", "no_address"), ("127.0.0.1", "no_connection")]
    )
    async def test_is_a_trouble_at_once(
        self, around: Surroundings, host: str, failure: Failure
    ) -> None:
        where = f"{host}:{free_port()}"
        async with around.gateway(twilio_settings(f"http://{where}")) as gateway:
            for _ in range(3):
                assert await gateway.send(fresh(), ALWAYS) == NotTaken(
                    Reason.NOT_TAKEN, failure=failure
                )

        assert around.troubles == [("default", unconnected(where, failure))]
        assert around.failures == [failure] * 3

    async def test_is_a_trouble_where_the_certificate_is_a_strangers(
        self, around: Surroundings, tmp_path: Path
    ) -> None:
        certificates = make_certificates(tmp_path)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        async with (
            Peer(answers(201), ssl=context) as peer,
            around.gateway(twilio_settings(peer.url)) as gateway,
        ):
            await gateway.send(fresh(), ALWAYS)

        assert around.troubles == [("default", unconnected(peer.url.split("//")[1], "tls"))]

    @pytest.mark.parametrize(
        ("act", "expected"),
        [
            pytest.param(sends(TAKEN), [None], id="a text taken"),
            pytest.param(answers(503), [None], id="a server error"),
            pytest.param(answers(429), [None], id="a limit"),
            pytest.param(answers(401, body(20003)), [None], id="a refusal, which pauses"),
            pytest.param(hangs, [], id="but not with silence"),
        ],
    )
    async def test_is_there_again_with_an_answer(
        self, around: Surroundings, act: Act, expected: list[str | None]
    ) -> None:
        port = free_port()
        settings = twilio_settings(f"http://127.0.0.1:{port}", timeout=3.0)
        async with around.gateway(settings) as gateway:
            await gateway.send(fresh(), ALWAYS)
            async with Peer(act, port=port):
                await gateway.send(fresh(), ALWAYS)

        first, *others = [why for _, why in around.troubles]
        assert first == unconnected(f"127.0.0.1:{port}", "no_connection")
        assert others == expected

    async def test_is_missed_by_look_ups_too(self, around: Surroundings) -> None:
        where = f"127.0.0.1:{free_port()}"
        async with around.gateway(twilio_settings(f"http://{where}")) as gateway:
            await gateway.find(taken_over(since=around.clock.wall))

        assert around.troubles == [("default", unconnected(where, "no_connection"))]

    async def test_is_not_what_a_look_up_misses_that_waited_in_vain(
        self, around: Surroundings
    ) -> None:
        async with Peer(hangs) as peer:
            settings = twilio_settings(peer.url, timeout=3.0)
            async with around.gateway(settings) as gateway:
                claim = taken_over(since=around.clock.wall)
                await asyncio.gather(*(gateway.find(claim) for _ in range(3 * MOST_LISTINGS)))

        assert around.failures == ["timeout"] * 3 * MOST_LISTINGS
        assert around.troubles == []


class TestFailure:
    """Why a request came to nothing is counted by its class."""

    @pytest.mark.parametrize(
        ("fault", "failures"),
        [
            (Fault(kind=Kind.RATE_LIMITED), ["http_429"]),
            (Fault(kind=Kind.INTERNAL_ERROR), ["http_5xx"]),
            (Fault(kind=Kind.UNAVAILABLE, accepted=True), ["http_5xx"]),
            (Fault(kind=Kind.ACCEPT_THEN_RESET), ["reset"]),
            (Fault(kind=Kind.ACCEPT_THEN_HANG), ["timeout"]),
            (Fault(kind=Kind.TRUNCATED), ["http_other"]),
            (Fault(kind=Kind.LATENCY, seconds=0), []),
        ],
        ids=lambda it: it.kind if isinstance(it, Fault) else None,
    )
    async def test_of_a_fault(
        self,
        gateway: TwilioGateway,
        sandbox: Sandbox,
        around: Surroundings,
        *,
        fault: Fault,
        failures: list[str],
    ) -> None:
        sandbox.faults.add(fault)
        await gateway.send(fresh(), ALWAYS)

        assert around.failures == failures
        assert around.troubles == []

    async def test_of_a_number_that_is_refused(
        self, gateway: TwilioGateway, around: Surroundings
    ) -> None:
        answer: Answer = await gateway.send(fresh(replace(ASKED, to="+15005550001")), ALWAYS)

        assert answer == Rejected(Reason.BAD_RECIPIENT, 21211)
        assert around.failures == ["http_4xx"]

    async def test_of_a_redirect(self, around: Surroundings) -> None:
        async with around.before(answers(302, b"", "Location: /")) as (_, gateway):
            await gateway.send(fresh(), ALWAYS)

        assert around.troubles == []
        assert around.failures == ["http_other"]
