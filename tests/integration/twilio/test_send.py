"""Asking to send, against the sandbox."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.model import Accepted, Answer, NotTaken, Rejected, TakenOver, Unknown
from smsherald.sandbox import Fault, Kind, Sandbox
from smsherald.settings.twilio.decisions import Decision
from smsherald.twilio import TwilioGateway
from smsherald.twilio.decisions import PAUSE
from support.gateway import ALWAYS, ASKED, Surroundings, fresh, twilio_settings
from support.peer import answers
from support.ports import free_port
from support.texting import ACCOUNT, RECIPIENT, SENDER

PAUSED = NotTaken(Reason.PAUSED, PAUSE)
SERVICE = "MG" + "0" * 32


class TestTaken:
    """A text that Twilio takes."""

    async def test_is_what_was_asked_for(self, gateway: TwilioGateway, sandbox: Sandbox) -> None:
        asked = replace(ASKED, text="¿Qué? 1+1=2 & 50% 😀\n")

        answer = await gateway.send(fresh(asked), ALWAYS)

        [taken] = sandbox.messages
        assert answer == Accepted(taken.sid, "queued")
        assert (taken.account, taken.to, taken.sender) == (ACCOUNT, RECIPIENT, SENDER)
        assert taken.text == asked.text

    @pytest.mark.parametrize("again", [False, True])
    async def test_may_have_media_and_options_the_second_time_too(
        self, gateway: TwilioGateway, sandbox: Sandbox, *, again: bool
    ) -> None:
        claim = fresh()
        media = ("https://shop.example/1.png?a=1&b=2", "https://shop.example/é.png")
        options = {"RiskCheck": "disable", "ValidityPeriod": "60"}
        sms = replace(claim.sms, media=media, options=options)
        before = TakenOver(sms, 1, claim.asked, 0.0) if again else None

        answer = await gateway.send(replace(claim, sms=sms, resend=before), ALWAYS)

        [taken] = sandbox.messages
        assert answer == Accepted(taken.sid, "queued")
        assert taken.media == media
        assert taken.options == options
        assert taken.text == claim.asked.text

    async def test_has_no_media_and_no_options_unless_they_are_asked_for(
        self, gateway: TwilioGateway, sandbox: Sandbox
    ) -> None:
        await gateway.send(fresh(), ALWAYS)

        [taken] = sandbox.messages
        assert (taken.media, taken.options) == ((), {})

    async def test_is_what_was_claimed_whatever_the_options_say(
        self, gateway: TwilioGateway, sandbox: Sandbox
    ) -> None:
        claim = fresh()
        sms = replace(claim.sms, options={"To": "+15550009999", "Body": "Another."})

        await gateway.send(replace(claim, sms=sms), ALWAYS)

        [taken] = sandbox.messages
        assert (taken.to, taken.text) == (RECIPIENT, claim.asked.text)

    async def test_may_be_a_messaging_services(
        self, gateway: TwilioGateway, sandbox: Sandbox
    ) -> None:
        answer = await gateway.send(fresh(replace(ASKED, sender=SERVICE)), ALWAYS)

        [taken] = sandbox.messages
        assert answer == Accepted(taken.sid, "accepted")
        assert (taken.sender, taken.service) == (None, SERVICE)

    @pytest.mark.parametrize("sender", [SENDER, SERVICE])
    async def test_is_taken_as_it_was_measured(
        self, gateway: TwilioGateway, sandbox: Sandbox, sender: str
    ) -> None:
        # A Messaging Service would spell it in GSM-7, and a look-up would not find it.
        asked = replace(ASKED, sender=sender, text="“Hi”, it\u2019s yours…")

        await gateway.send(fresh(asked), ALWAYS)

        assert sandbox.messages[0].text == asked.text

    async def test_may_come_from_a_name_that_begins_like_a_service(
        self, gateway: TwilioGateway, sandbox: Sandbox
    ) -> None:
        await gateway.send(fresh(replace(ASKED, sender="MGM Shop")), ALWAYS)

        assert sandbox.messages[0].sender == "MGM Shop"

    async def test_is_asked_for_with_an_api_key_in_the_accounts_name(
        self, around: Surroundings
    ) -> None:
        key = "SK" + "1" * 32
        async with Sandbox(accounts={ACCOUNT: "another", key: "its secret"}) as sandbox:
            settings = twilio_settings(sandbox.url, user=key, password="its secret")
            async with around.gateway(settings) as gateway:
                answer = await gateway.send(fresh(), ALWAYS)

            assert isinstance(answer, Accepted)
            assert sandbox.messages[0].account == ACCOUNT

    async def test_goes_where_the_settings_say_whatever_twilios_environment_says(
        self, sandbox: Sandbox, around: Surroundings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TWILIO_REGION", "ie1")
        monkeypatch.setenv("TWILIO_EDGE", "dublin")
        async with around.gateway(twilio_settings(sandbox.url)) as gateway:
            assert isinstance(await gateway.send(fresh(), ALWAYS), Accepted)


class TestRefusal:
    """A text that Twilio refuses."""

    async def test_is_decided_as_the_settings_say_instead_of_the_table(
        self, sandbox: Sandbox, around: Surroundings
    ) -> None:
        asked = replace(ASKED, to="+15005550009")
        settings = twilio_settings(sandbox.url, decisions={21614: Decision.CONFIG_PAUSE})
        async with around.gateway(settings) as gateway:
            answer = await gateway.send(fresh(asked), ALWAYS)

        assert answer == NotTaken(Reason.PAUSED, PAUSE, 21614, "http_4xx")

    @pytest.mark.parametrize(
        ("to", "expected"),
        [
            pytest.param("+15005550001", Rejected(Reason.BAD_RECIPIENT, 21211), id="no number"),
            pytest.param("+15005550002", Rejected(Reason.BAD_PAIR, 21612), id="unreachable"),
            pytest.param("+15005550003", Rejected(Reason.GEO, 21408), id="country"),
            pytest.param("+15005550004", Rejected(Reason.OPT_OUT, 21610), id="unsubscribed"),
            pytest.param("+15005550009", Rejected(Reason.BAD_RECIPIENT, 21614), id="landline"),
        ],
    )
    async def test_of_a_recipient(self, gateway: TwilioGateway, to: str, expected: Answer) -> None:
        assert await gateway.send(fresh(replace(ASKED, to=to)), ALWAYS) == expected

    @pytest.mark.parametrize(
        ("sender", "expected"),
        [
            pytest.param(
                "+15005550001", NotTaken(Reason.PAUSED, PAUSE, 21212, "http_4xx"), id="no number"
            ),
            pytest.param(
                "+15005550007", NotTaken(Reason.PAUSED, PAUSE, 21606, "http_4xx"), id="not ours"
            ),
            pytest.param(
                "+15005550008",
                NotTaken(Reason.RATE_LIMITED, None, 21611, "http_4xx"),
                id="queue full",
            ),
        ],
    )
    async def test_of_a_sender(self, gateway: TwilioGateway, sender: str, expected: Answer) -> None:
        assert await gateway.send(fresh(replace(ASKED, sender=sender)), ALWAYS) == expected

    async def test_of_a_text(self, gateway: TwilioGateway) -> None:
        answer = await gateway.send(fresh(replace(ASKED, text="x" * 1601)), ALWAYS)

        assert answer == Rejected(Reason.CONTENT, 21617)

    async def test_of_a_password_pauses(self, around: Surroundings) -> None:
        async with (
            Sandbox(accounts={ACCOUNT: "another"}) as sandbox,
            around.gateway(twilio_settings(sandbox.url)) as gateway,
        ):
            assert await gateway.send(fresh(), ALWAYS) == NotTaken(
                Reason.PAUSED, PAUSE, 20003, "http_4xx"
            )

    @pytest.mark.parametrize("status", [400, 402, 410, 422, 451])
    async def test_by_a_code_that_nobody_knows_fails_no_text_and_is_said(
        self, around: Surroundings, status: int
    ) -> None:
        act = answers(status, b'{"code": 98765, "message": "...", "status": 400}')
        async with around.before(act) as (_, gateway):
            assert await gateway.send(fresh(), ALWAYS) == NotTaken(
                Reason.NOT_TAKEN, None, 98765, "http_4xx"
            )

        assert around.undecided_codes == [(status, 98765)]

    async def test_may_be_a_problem_of_rfc_9457(self, around: Surroundings) -> None:
        problem = {"type": "https://…", "title": "…", "status": 400, "code": 21610}
        act = answers(400, json.dumps(problem).encode(), "Content-Type: application/problem+json")
        async with around.before(act) as (_, gateway):
            assert await gateway.send(fresh(), ALWAYS) == Rejected(Reason.OPT_OUT, 21610)


class TestFault:
    """Something goes wrong between us and Twilio."""

    @pytest.mark.parametrize(
        ("fault", "expected", "taken"),
        [
            pytest.param(
                Fault(kind=Kind.RATE_LIMITED, retry_after=7),
                NotTaken(Reason.RATE_LIMITED, 7.0, 20429, "http_429"),
                0,
                id="too many requests",
            ),
            pytest.param(
                Fault(kind=Kind.INTERNAL_ERROR), Unknown("http_5xx"), 0, id="500, not taken"
            ),
            pytest.param(
                Fault(kind=Kind.INTERNAL_ERROR, accepted=True),
                Unknown("http_5xx"),
                1,
                id="500, but taken",
            ),
            pytest.param(
                Fault(kind=Kind.UNAVAILABLE, accepted=True),
                Unknown("http_5xx"),
                1,
                id="503, but taken",
            ),
            pytest.param(
                Fault(kind=Kind.ACCEPT_THEN_RESET), Unknown("reset"), 1, id="taken, then reset"
            ),
            pytest.param(
                Fault(kind=Kind.ACCEPT_THEN_HANG), Unknown("timeout"), 1, id="taken, no answer"
            ),
            pytest.param(
                Fault(kind=Kind.TRUNCATED), Unknown("http_other"), 1, id="taken, answer cut short"
            ),
            pytest.param(Fault(kind=Kind.REFUSE), Unknown("reset"), 0, id="reset unread"),
        ],
    )
    async def test_means(
        self, gateway: TwilioGateway, sandbox: Sandbox, fault: Fault, expected: Answer, taken: int
    ) -> None:
        sandbox.faults.add(fault)

        assert await gateway.send(fresh(), ALWAYS) == expected
        assert len(sandbox.messages) == taken

    @pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"sid": null}'])
    async def test_of_an_answer_that_names_no_text_leaves_it_unknown(
        self, around: Surroundings, body: bytes
    ) -> None:
        async with around.before(answers(201, body)) as (_, gateway):
            assert await gateway.send(fresh(), ALWAYS) == Unknown("http_other")

    async def test_of_the_way_there_means_that_nothing_was_taken(
        self, around: Surroundings
    ) -> None:
        settings = twilio_settings(f"http://127.0.0.1:{free_port()}")
        async with around.gateway(settings) as gateway:
            assert await gateway.send(fresh(), ALWAYS) == NotTaken(
                Reason.NOT_TAKEN, failure="no_connection"
            )

    async def test_with_retry_after_as_a_date_counts_from_now(self, around: Surroundings) -> None:
        around.clock.wall = 1772366400.0
        limited = answers(429, b"{}", "Retry-After: Sun, 01 Mar 2026 12:00:30 GMT")
        async with around.before(limited) as (_, gateway):
            assert await gateway.send(fresh(), ALWAYS) == NotTaken(
                Reason.RATE_LIMITED, 30.0, failure="http_429"
            )


class TestNothingAsked:
    """A claim with which Twilio is not asked at all."""

    async def test_past_the_fence(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        around.clock.steady = 105.1

        assert await gateway.send(fresh(claimed=100.0), ALWAYS) == NotTaken(Reason.FENCED)
        assert sandbox.messages == []
        assert around.observed == []

    async def test_unless_the_fence_is_only_reached(
        self, gateway: TwilioGateway, around: Surroundings
    ) -> None:
        around.clock.steady = 105.0

        assert isinstance(await gateway.send(fresh(claimed=100.0), ALWAYS), Accepted)

    async def test_for_an_account_that_is_configured_no_more(
        self, gateway: TwilioGateway, sandbox: Sandbox
    ) -> None:
        assert await gateway.send(fresh(replace(ASKED, account="former")), ALWAYS) == PAUSED
        assert sandbox.messages == []


async def test_every_request_is_observed(
    gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
) -> None:
    await gateway.send(fresh(), ALWAYS)
    await gateway.send(fresh(replace(ASKED, to="+15005550009")), ALWAYS)
    sandbox.faults.add(Fault(kind=Kind.RATE_LIMITED))
    await gateway.send(fresh(), ALWAYS)
    sandbox.faults.add(Fault(kind=Kind.INTERNAL_ERROR))
    await gateway.send(fresh(), ALWAYS)

    assert around.observed == [
        ("create", "ok"),
        ("create", "refused"),
        ("create", "not_taken"),
        ("create", "unknown"),
    ]
