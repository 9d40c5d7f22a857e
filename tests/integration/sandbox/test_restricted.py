"""The sandbox as a trial account, and as test credentials, as Twilio's own client sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from smsherald.sandbox import Owned, Sandbox
from support.texting import ACCOUNT, RECIPIENT, SENDER

PREFIX = "Sent from your Twilio trial account - "


async def refused(ask: Callable[[], object]) -> tuple[int, int | None]:
    """Return status and code of a request that is refused."""
    with pytest.raises(TwilioRestException) as raised:
        await asyncio.to_thread(ask)
    return raised.value.status, raised.value.code


class TestTrial:
    """A trial account."""

    async def test_puts_its_words_before_each_text(self, sandbox: Sandbox, twilio: Client) -> None:
        sandbox.owned = Owned(type="Trial", verified=(RECIPIENT,))

        def ask() -> None:
            made = twilio.messages.create(to=RECIPIENT, from_=SENDER, body="x" * 150)
            (listed,) = twilio.messages.list(to=RECIPIENT)
            fetched = twilio.messages(made.sid or "").fetch()
            for message in (made, listed, fetched):
                assert message.body == PREFIX + "x" * 150
                assert message.num_segments == "2"

        await asyncio.to_thread(ask)

    async def test_may_not_text_whom_it_has_not_verified(
        self, sandbox: Sandbox, twilio: Client
    ) -> None:
        sandbox.owned = Owned(type="Trial", verified=())

        assert await refused(
            lambda: twilio.messages.create(to=RECIPIENT, from_=SENDER, body="Hi")
        ) == (400, 21608)
        assert sandbox.messages == []


class TestTestCredentials:
    """Test credentials."""

    async def test_ask_for_a_text_and_read_nothing(self, sandbox: Sandbox, twilio: Client) -> None:
        sandbox.owned = Owned(test_credentials=True)
        twilio.messaging.base_url = sandbox.url
        made = await asyncio.to_thread(
            lambda: twilio.messages.create(to=RECIPIENT, from_=SENDER, body="Hi")
        )
        sid = made.sid or ""

        assert made.body == "Hi"
        for ask in (
            lambda: twilio.messages(sid).fetch(),
            twilio.messages.list,
            twilio.incoming_phone_numbers.list,
            lambda: twilio.api.v2010.accounts(ACCOUNT).fetch(),
            twilio.messaging.v1.services.list,
        ):
            with pytest.raises(TwilioException, match="Test Account Credentials"):
                await asyncio.to_thread(ask)

    @pytest.mark.parametrize(
        ("to", "sender", "code"),
        [
            pytest.param(RECIPIENT, "+15005550001", 21212, id="a sender that is no number"),
            pytest.param(RECIPIENT, "+12125550123", 21606, id="a number of the live account"),
            pytest.param(RECIPIENT, "MG" + "a" * 32, 21606, id="a Messaging Service"),
            pytest.param("+15005550001", SENDER, 21211, id="no number"),
            pytest.param("+15005550009", SENDER, 21614, id="no mobile"),
        ],
    )
    async def test_refuse_what_the_magic_numbers_stand_for(
        self, sandbox: Sandbox, twilio: Client, to: str, sender: str, code: int
    ) -> None:
        sandbox.owned = Owned(test_credentials=True)
        by = "messaging_service_sid" if sender.startswith("MG") else "from_"

        assert await refused(lambda: twilio.messages.create(to=to, body="Hi", **{by: sender})) == (
            400,
            code,
        )
