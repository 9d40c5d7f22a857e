"""Looking up a text whose fate is unknown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from smsherald.model import Absent, Accepted, Failure, Unknown, Unlisted
from smsherald.sandbox import Fault, Kind, Operation, Owned, Sandbox
from smsherald.twilio import TwilioGateway
from smsherald.twilio.client import PAGE_SIZE
from smsherald.twilio.gateway import MAX_PAGES
from support.gateway import ALWAYS, ASKED, Surroundings, fresh, taken_over, twilio_settings
from support.peer import Act, Peer, answers
from support.ports import free_port
from support.texting import MESSAGES, RECIPIENT, SENDER

SERVICE = "MG" + "0" * 32
SINCE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC).timestamp()
SKEW = 600.0
NEXT = f"{MESSAGES}?Page=1&PageToken=PASM1"


def entry(number: int, at: float | None = SINCE, **fields: Any) -> dict[str, Any]:
    """Return a text as Twilio lists it, by default the one that was asked for."""
    created = None if at is None else format_datetime(datetime.fromtimestamp(at, UTC))
    listed = {"sid": f"SM{number}", "status": "sent", "body": ASKED.text, "from": SENDER}
    return listed | {"messaging_service_sid": None, "date_created": created} | fields


def page(entries: Sequence[dict[str, Any]], following: str | None = None) -> Act:
    """Answer with a page of the list."""
    return answers(200, json.dumps({"messages": entries, "next_page_uri": following}).encode())


class TestFound:
    """A text that Twilio has."""

    @pytest.mark.parametrize("sender", [SENDER, SERVICE, "Ann & Co"])
    async def test_after_an_answer_that_did_not_come(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings, sender: str
    ) -> None:
        asked = replace(ASKED, sender=sender, text="¿Qué? 1+1=2 & 50% 😀")
        sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_RESET))
        assert await gateway.send(fresh(asked), ALWAYS) == Unknown("reset")

        answer = await gateway.find(taken_over(asked, since=around.clock.wall))

        assert answer == Accepted(sandbox.messages[0].sid, "delivered", found=True)

    @pytest.mark.parametrize("sender", [SENDER, SERVICE])
    async def test_behind_the_words_of_a_trial(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings, sender: str
    ) -> None:
        sandbox.owned = Owned(type="Trial")
        asked = replace(ASKED, sender=sender)
        await gateway.send(fresh(asked), ALWAYS)
        (taken,) = sandbox.messages

        answer = await gateway.find(taken_over(asked, since=around.clock.wall))

        assert taken.text == f"Sent from your Twilio trial account - {ASKED.text}"
        assert answer == Accepted(taken.sid, "delivered", found=True)

    async def test_before_its_service_has_chosen_a_number(self, around: Surroundings) -> None:
        asked = replace(ASKED, sender=SERVICE)
        async with (
            Sandbox(delay=60) as sandbox,
            around.gateway(twilio_settings(sandbox.url)) as gateway,
        ):
            await gateway.send(fresh(asked), ALWAYS)

            answer = await gateway.find(taken_over(asked, since=around.clock.wall))

        assert answer == Accepted(sandbox.messages[0].sid, "accepted", found=True)

    async def test_is_the_earliest_that_no_row_has(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        for _ in range(3):
            await gateway.send(fresh(), ALWAYS)
        first, second, _ = sandbox.messages
        around.known.add(first.sid)

        answer = await gateway.find(taken_over(since=around.clock.wall))

        assert answer == Accepted(second.sid, "delivered", found=True)

    async def test_on_a_later_page(self, around: Surroundings) -> None:
        pages = [page([entry(2, text="x", body="Another.")], NEXT), page([entry(1)])]
        async with around.before(*pages) as (peer, gateway):
            answer = await gateway.find(taken_over(since=SINCE))

        assert answer == Accepted("SM1", "sent", found=True)
        assert peer.requests[1].target == NEXT
        assert peer.requests[1].headers["authorization"].startswith("Basic ")

    async def test_as_early_as_the_clocks_may_differ(self, around: Surroundings) -> None:
        async with around.before(page([entry(1, SINCE - SKEW)])) as (_, gateway):
            answer = await gateway.find(taken_over(since=SINCE))

        assert answer == Accepted("SM1", "sent", found=True)

    async def test_though_it_failed_since(self, around: Surroundings) -> None:
        async with around.before(page([entry(1, status="undelivered")])) as (_, gateway):
            answer = await gateway.find(taken_over(since=SINCE))

        assert answer == Accepted("SM1", "undelivered", found=True)


class TestAbsent:
    """A text that Twilio does not have."""

    async def test_where_none_was_taken(self, gateway: TwilioGateway, around: Surroundings) -> None:
        assert await gateway.find(taken_over(since=around.clock.wall)) == Absent()

    async def test_where_all_alike_are_others(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        await gateway.send(fresh(), ALWAYS)
        await gateway.send(fresh(), ALWAYS)
        around.known.update(message.sid for message in sandbox.messages)

        assert await gateway.find(taken_over(since=around.clock.wall)) == Absent()

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(replace(ASKED, text="Hi Bob."), id="text"),
            pytest.param(replace(ASKED, to="+15558675310"), id="recipient"),
            pytest.param(replace(ASKED, sender="+15005550005"), id="sender"),
            pytest.param(replace(ASKED, sender=SERVICE), id="service"),
        ],
    )
    async def test_where_only_another_was_taken(
        self, gateway: TwilioGateway, around: Surroundings, other: Any
    ) -> None:
        await gateway.send(fresh(other), ALWAYS)
        asked = replace(ASKED, sender="+15005550001")

        assert await gateway.find(taken_over(asked, since=around.clock.wall)) == Absent()

    async def test_with_test_credentials_which_send_nothing_and_list_nothing(
        self, gateway: TwilioGateway, sandbox: Sandbox, around: Surroundings
    ) -> None:
        sandbox.owned = Owned(test_credentials=True)
        await gateway.send(fresh(), ALWAYS)

        assert await gateway.find(taken_over(since=around.clock.wall)) == Absent()
        assert sandbox.stats["requests"]["list"]["refused"] == 1
        assert (around.tests, around.troubles) == (["default"], [])

    async def test_where_one_alike_is_too_old(self, around: Surroundings) -> None:
        async with around.before(page([entry(1, SINCE - SKEW - 1)])) as (_, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Absent()

    async def test_ends_at_the_first_page_that_is_all_too_old(self, around: Surroundings) -> None:
        old = SINCE - SKEW - 1
        pages = [page([entry(3, body="x"), entry(2, old)], NEXT), page([entry(1, old)], NEXT)]
        async with around.before(*pages) as (peer, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Absent()

        assert len(peer.requests) == 2

    async def test_whatever_the_date_of_another_text(self, around: Surroundings) -> None:
        async with around.before(page([entry(1, None, body="Another.")])) as (_, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Absent()


class TestUnlisted:
    """A look-up that says nothing."""

    @pytest.mark.parametrize(
        ("kind", "failure"),
        [
            (Kind.RATE_LIMITED, "http_429"),
            (Kind.INTERNAL_ERROR, "http_5xx"),
            (Kind.ACCEPT_THEN_HANG, "timeout"),
            (Kind.TRUNCATED, "http_other"),
        ],
    )
    async def test_by_a_fault(
        self,
        gateway: TwilioGateway,
        sandbox: Sandbox,
        around: Surroundings,
        *,
        kind: Kind,
        failure: Failure,
    ) -> None:
        await gateway.send(fresh(), ALWAYS)
        sandbox.faults.add(Fault(kind=kind, operation=Operation.LIST))

        assert await gateway.find(taken_over(since=around.clock.wall)) == Unlisted(failure)

    async def test_by_a_fault_of_a_later_page(self, around: Surroundings) -> None:
        async with around.before(page([entry(1)], NEXT), answers(503)) as (_, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Unlisted("http_5xx")

    async def test_where_twilio_is_away(self, around: Surroundings) -> None:
        settings = twilio_settings(f"http://127.0.0.1:{free_port()}")
        async with around.gateway(settings) as gateway:
            assert await gateway.find(taken_over(since=SINCE)) == Unlisted("no_connection")

    async def test_where_one_alike_has_no_date(self, around: Surroundings) -> None:
        async with around.before(page([entry(1, None)])) as (_, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Unlisted("http_other")

    async def test_where_the_list_has_no_end(self, around: Surroundings) -> None:
        async with around.before(page([entry(1)], NEXT)) as (peer, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Unlisted()

        assert len(peer.requests) == MAX_PAGES

    @pytest.mark.parametrize("following", ["http://localhost:1/", "localhost", 7])
    async def test_where_the_next_page_is_elsewhere(
        self, around: Surroundings, following: Any
    ) -> None:
        async with around.before(page([], following)) as (_, gateway):
            assert await gateway.find(taken_over(since=SINCE)) == Unlisted("http_other")

    async def test_for_an_account_that_is_configured_no_more(self, gateway: TwilioGateway) -> None:
        asked = replace(ASKED, account="former")

        assert await gateway.find(taken_over(asked, since=SINCE)) == Unlisted()

    async def test_for_an_account_whose_name_another_has_by_now(self, around: Surroundings) -> None:
        asked = replace(ASKED, account_sid="AC" + 32 * "f")
        async with around.before(page([entry(1)])) as (peer, gateway):
            assert await gateway.find(taken_over(asked, since=SINCE)) == Unlisted()

        assert peer.requests == []


async def test_another_host_is_never_asked(around: Surroundings) -> None:
    """Not by a path that begins like an address either."""
    async with Peer(page([])) as other:
        elsewhere = other.url.removeprefix("http:")
        async with around.before(page([], elsewhere), page([])) as (peer, gateway):
            await gateway.find(taken_over(since=SINCE))

        assert len(peer.requests) == 2
        assert other.requests == []


async def test_the_list_is_of_the_recipient_alone_in_large_pages(around: Surroundings) -> None:
    """Twilio knows neither sender nor date of a Messaging Service's text at first."""
    async with around.before(page([])) as (peer, gateway):
        await gateway.find(taken_over(since=SINCE))

    assert peer.requests[0].target.startswith(f"{MESSAGES}?")
    assert peer.requests[0].query == {"To": [RECIPIENT], "PageSize": [str(PAGE_SIZE)]}


async def test_every_page_is_observed(around: Surroundings) -> None:
    pages = [page([entry(1)], NEXT), answers(503)]
    async with around.before(*pages) as (_, gateway):
        await gateway.find(taken_over(since=SINCE))

    assert around.observed == [("list", "ok"), ("list", "unknown")]
