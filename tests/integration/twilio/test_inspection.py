"""What a look at an account sees of a sandbox that was ordered to have it otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from smsherald.model import Account
from smsherald.sandbox import Fault, Kind, Operation, Owned, Sandbox
from smsherald.twilio.inspected import (
    AccountInfo,
    AccountSeen,
    Campaign,
    Number,
    Pool,
    SenderSeen,
    Unseen,
)
from smsherald.twilio.inspection import beside, inspect
from support.gateway import twilio_settings

SERVICE = "MG" + "b" * 32
LOCAL, TOLL_FREE, GERMAN = "+12125550123", "+18885550123", "+4915112345678"


async def look(
    url: str, senders: Sequence[str] = (LOCAL,), *, user: str | None = None, **changed: Any
) -> AccountSeen:
    """Look at the account of the tests with these senders."""
    settings = replace(twilio_settings(url, timeout=1.0), **changed)
    ((name, account),) = settings.accounts.items()
    public = Account(name, account.public.sid, senders[0], frozenset(senders))
    account = replace(account, public=public, user=user or account.user)
    (seen,) = await inspect(replace(settings, accounts={name: account}), ["US"])
    return seen


async def sender(sandbox: Sandbox, one: str) -> SenderSeen:
    seen = await look(sandbox.url, [one])
    return seen.senders[0]


async def test_all_is_there_that_is_well_formed(sandbox: Sandbox) -> None:
    seen = await look(sandbox.url, [LOCAL, TOLL_FREE, GERMAN, "12345", "Shop", SERVICE])
    found = {each.sender: each for each in seen.senders}

    assert seen.info == AccountInfo("active", "Full")
    assert seen.countries == {"US": True}
    assert isinstance(found[LOCAL].owned, Number)
    assert found[GERMAN].campaign is None
    assert found["12345"].owned is True
    assert found["Shop"].owned is None
    assert found[SERVICE].owned == Pool(1, american=True)
    for number in (LOCAL, TOLL_FREE, SERVICE):
        campaign = found[number].campaign
        assert isinstance(campaign, Campaign)
        assert campaign.good


@pytest.mark.parametrize("one", [LOCAL, "12345", SERVICE, "+15005550007"])
async def test_what_is_missing_is_not_the_accounts(sandbox: Sandbox, one: str) -> None:
    sandbox.owned = Owned(missing=(LOCAL, "12345", SERVICE))
    owned = (await sender(sandbox, one)).owned

    assert owned is False or (isinstance(owned, Unseen) and owned.absent)


async def test_a_service_may_have_no_sender(sandbox: Sandbox) -> None:
    sandbox.owned = Owned(senders=0)

    assert (await sender(sandbox, SERVICE)).owned == Pool(0, american=False)


@pytest.mark.parametrize("one", [LOCAL, SERVICE])
async def test_a_campaign_may_wait_or_be_missing(sandbox: Sandbox, one: str) -> None:
    sandbox.owned = Owned(campaign="PENDING")
    waits = (await sender(sandbox, one)).campaign
    sandbox.owned = Owned(campaign=None)
    missing = (await sender(sandbox, one)).campaign

    assert isinstance(waits, Campaign)
    assert (waits.status, waits.good) == ("PENDING", False)
    assert isinstance(missing, Unseen)
    assert missing.absent


async def test_a_number_outside_of_any_service_has_no_campaign(sandbox: Sandbox) -> None:
    sandbox.owned = Owned(missing=("MG" + "5a" * 16,))
    campaign = (await sender(sandbox, LOCAL)).campaign

    assert isinstance(campaign, Unseen)
    assert campaign.absent


async def test_a_toll_free_number_may_be_unverified(sandbox: Sandbox) -> None:
    sandbox.owned = Owned(verification="TWILIO_REJECTED")
    campaign = (await sender(sandbox, TOLL_FREE)).campaign

    assert isinstance(campaign, Campaign)
    assert not campaign.good


async def test_the_state_and_the_countries_of_an_account(sandbox: Sandbox) -> None:
    sandbox.owned = Owned(status="suspended", type="Trial", countries={"US": False})
    seen = await look(sandbox.url)

    assert seen.info == AccountInfo("suspended", "Trial")
    assert seen.countries == {"US": False}


async def test_an_api_key_signs_in_and_may_not_read_the_account(sandbox: Sandbox) -> None:
    seen = await look(sandbox.url, user="SK" + "c" * 32)

    assert isinstance(seen.info, Unseen)
    assert seen.info.forbidden
    assert seen.signs_in is None
    assert isinstance(seen.senders[0].owned, Number)


async def test_of_test_credentials_nothing_else_is_asked(sandbox: Sandbox) -> None:
    sandbox.owned = Owned(test_credentials=True)
    seen = await look(sandbox.url, [LOCAL, SERVICE])

    assert seen.is_test
    assert (seen.signs_in, seen.countries) == (None, None)
    assert seen.senders == (SenderSeen(LOCAL), SenderSeen(SERVICE))


async def test_a_wrong_token_ends_the_look() -> None:
    async with Sandbox(accounts={"AC" + "0" * 32: "another"}) as sandbox:
        seen = await look(sandbox.url)

    assert seen.signs_in is not None
    assert seen.signs_in.forbidden
    assert "code 20003" in seen.signs_in.why
    assert seen.senders == ()


async def test_without_an_answer_nothing_more_is_asked(sandbox: Sandbox) -> None:
    seen = await look("http://127.0.0.1:9")

    assert seen.signs_in is not None
    assert seen.signs_in.status is None
    assert sandbox.messages == []


@pytest.mark.parametrize(
    ("api_url", "expected"),
    [
        ("https://api.twilio.com", "https://messaging.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://messaging.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:8791", "http://127.0.0.1:8791"),
        ("https://api.example.com", "https://api.example.com"),
    ],
)
def test_other_products_are_beside_the_api(api_url: str, expected: str) -> None:
    assert beside(api_url, "messaging") == expected


async def test_nothing_is_sent(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(kind=Kind.INTERNAL_ERROR, operation=Operation.CREATE))
    await look(sandbox.url, [LOCAL, SERVICE])

    assert sandbox.messages == []
    assert sandbox.stats["requests"]["create"] == {"answered": 0, "refused": 0, "lost": 0}
