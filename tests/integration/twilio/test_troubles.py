"""What keeps an account from being asked is known from its first answer on, over real sockets."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from smsherald.errors import Reason
from smsherald.model import Accepted, Answer, Failure, NotTaken, Rejected
from smsherald.sandbox import Fault, Kind, Sandbox
from smsherald.twilio import TwilioGateway
from smsherald.twilio.http import MOST_LISTINGS
from support.certificates import make_certificates
from support.gateway import ASKED, Surroundings, fresh, taken_over, twilio_settings
from support.peer import Act, Peer, answers, hangs, response, sends
from support.ports import free_port
from support.texting import ACCOUNT

REFUSED = "Twilio refuses the account: 20003 (Permission Denied)"
NO_SENDER = (
    "Twilio refuses what a flow asks for: "
    "21603 (A 'From' or 'MessagingServiceSid' parameter is required to send a message)"
)
TAKEN = response(201, b'{"sid": "SM1", "status": "queued"}')
NO_PAGE = b'{"messages": [], "next_page_uri": null}'


def body(code: int) -> bytes:
    return b'{"code": %d}' % code


async def told(around: Surroundings, *acts: Act, sends: int = 0) -> list[str | None]:
    """Send once for each act, or so often, and return each trouble that was told."""
    async with around.before(*acts) as (_, gateway):
        for _ in range(sends or len(acts)):
            await gateway.send(fresh())
    assert {account for account, _ in around.troubles} <= {"default"}
    return [why for _, why in around.troubles]


class TestRefusal:
    """An answer that refuses more than the one text."""

    @pytest.mark.parametrize(
        ("status", "content", "why"),
        [
            (401, body(20003), REFUSED),
            (403, body(20005), "Twilio refuses the account: 20005 (Account not active)"),
            (400, body(20005), "Twilio refuses the account: 20005 (Account not active)"),
            (401, b"", "Twilio refuses the account: HTTP 401 without a code"),
            (403, b"<html>", "Twilio refuses the account: HTTP 403 without a code"),
            (407, b"<html>", "Twilio refuses the account: HTTP 407 without a code"),
            (400, body(21659), "Twilio refuses a sender of it: 21659"),
            (400, body(21603), NO_SENDER),
        ],
    )
    async def test_is_a_trouble_at_once_and_told_once(
        self, around: Surroundings, status: int, content: bytes, why: str
    ) -> None:
        assert await told(around, answers(status, content), sends=3) == [why]

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            pytest.param(400, 21211, id="a number that is none"),
            pytest.param(400, 21610, id="a recipient who has unsubscribed"),
            pytest.param(400, 21608, id="a number that a trial account may not text"),
            pytest.param(429, 20429, id="too many requests"),
            pytest.param(400, 98765, id="a code that nobody knows"),
            pytest.param(503, 20503, id="a server error"),
        ],
    )
    async def test_is_no_trouble_where_it_is_of(
        self, around: Surroundings, status: int, code: int
    ) -> None:
        assert await told(around, answers(status, body(code)), sends=3) == []

    @pytest.mark.parametrize(
        "act",
        [
            pytest.param(sends(TAKEN), id="taken"),
            pytest.param(answers(400, body(21211)), id="refused for its number"),
        ],
    )
    async def test_is_over_with_a_text_that_is(self, around: Surroundings, act: Act) -> None:
        assert await told(around, answers(401, body(20003)), act) == [REFUSED, None]

    @pytest.mark.parametrize(("status", "code"), [(429, 20429), (503, 20503), (400, 98765)])
    async def test_is_not_over_with_what_does_not_show_otherwise(
        self, around: Surroundings, status: int, code: int
    ) -> None:
        acts = answers(401, body(20003)), answers(status, body(code))

        assert await told(around, *acts) == [REFUSED]

    async def test_of_the_account_is_over_where_only_its_sender_is_refused(
        self, around: Surroundings
    ) -> None:
        acts = answers(401, body(20003)), answers(400, body(21659))

        assert await told(around, *acts) == [REFUSED, "Twilio refuses a sender of it: 21659"]

    async def test_of_a_sender_lasts_while_others_are_taken(
        self, gateway: TwilioGateway, around: Surroundings
    ) -> None:
        refused = fresh(replace(ASKED, sender="+15005550007"))
        for _ in range(3):
            await gateway.send(refused)
            assert isinstance(await gateway.send(fresh()), Accepted)

        [(account, why)] = around.troubles
        assert account == "default"
        assert (why or "").startswith("Twilio refuses a sender of it: 21606 (")

    async def test_holds_no_number(self, gateway: TwilioGateway, around: Surroundings) -> None:
        await gateway.send(fresh(replace(ASKED, sender="+15005550007")))

        assert "5005550007" not in repr(around.troubles)

    async def test_of_a_look_up_is_one_too_and_its_answer_ends_it(
        self, around: Surroundings
    ) -> None:
        acts = answers(401, body(20003)), answers(200, NO_PAGE)
        async with around.before(*acts) as (_, gateway):
            for _ in acts:
                await gateway.find(taken_over(since=around.clock.wall))

        assert around.troubles == [("default", REFUSED), ("default", None)]

    async def test_of_what_is_sent_is_not_over_with_a_look_up(self, around: Surroundings) -> None:
        async with around.before(answers(403, body(20005)), answers(200, NO_PAGE)) as (_, gateway):
            await gateway.send(fresh())
            await gateway.find(taken_over(since=around.clock.wall))

        assert len(around.troubles) == 1

    async def test_says_in_the_evidence_and_the_answer_what_it_was(
        self, around: Surroundings
    ) -> None:
        async with Sandbox(accounts={ACCOUNT: "another"}) as sandbox:
            settings = twilio_settings(sandbox.url)
            async with around.gateway(settings) as gateway:
                answer = await gateway.send(fresh())

        assert isinstance(answer, NotTaken)
        assert (answer.reason, answer.code) == (Reason.PAUSED, 20003)
        assert around.failures == ["http_4xx"]
        assert around.troubles == [("default", REFUSED)]


class TestConnection:
    """Nothing reaches Twilio."""

    @pytest.mark.parametrize(
        ("host", "failure"), [("twilio.invalid", "no_address"), ("127.0.0.1", "no_connection")]
    )
    async def test_is_a_trouble_at_once(
        self, around: Surroundings, host: str, failure: Failure
    ) -> None:
        async with around.gateway(twilio_settings(f"http://{host}:{free_port()}")) as gateway:
            for _ in range(3):
                assert await gateway.send(fresh()) == NotTaken(Reason.NOT_TAKEN, failure=failure)

        assert around.troubles == [("default", f"no connection to Twilio: {failure}")]
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
            await gateway.send(fresh())

        assert around.troubles == [("default", "no connection to Twilio: tls")]

    @pytest.mark.parametrize(
        ("act", "expected"),
        [
            pytest.param(sends(TAKEN), [None], id="a text taken"),
            pytest.param(answers(503), [None], id="a server error"),
            pytest.param(answers(429), [None], id="a limit"),
            pytest.param(answers(401, body(20003)), [REFUSED], id="a refusal, which is another"),
            pytest.param(hangs, [], id="but not with silence"),
        ],
    )
    async def test_is_there_again_with_an_answer(
        self, around: Surroundings, act: Act, expected: list[str | None]
    ) -> None:
        port = free_port()
        settings = twilio_settings(f"http://127.0.0.1:{port}", timeout=3.0)
        async with around.gateway(settings) as gateway:
            await gateway.send(fresh())
            async with Peer(act, port=port):
                await gateway.send(fresh())

        first, *others = [why for _, why in around.troubles]
        assert first == "no connection to Twilio: no_connection"
        assert others == expected

    async def test_is_missed_by_look_ups_too(self, around: Surroundings) -> None:
        settings = twilio_settings(f"http://127.0.0.1:{free_port()}")
        async with around.gateway(settings) as gateway:
            await gateway.find(taken_over(since=around.clock.wall))

        assert around.troubles == [("default", "no connection to Twilio: no_connection")]

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
        await gateway.send(fresh())

        assert around.failures == failures
        assert around.troubles == []

    async def test_of_a_number_that_is_refused(
        self, gateway: TwilioGateway, around: Surroundings
    ) -> None:
        answer: Answer = await gateway.send(fresh(replace(ASKED, to="+15005550001")))

        assert answer == Rejected(Reason.BAD_RECIPIENT, 21211)
        assert around.failures == ["http_4xx"]

    async def test_of_a_redirect(self, around: Surroundings) -> None:
        assert await told(around, answers(302, b"", "Location: /")) == []
        assert around.failures == ["http_other"]
