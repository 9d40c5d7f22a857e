"""Twilio's own client finds in the sandbox what an account has at Twilio."""

from __future__ import annotations

import asyncio

import aiohttp
from twilio.rest import Client

from smsherald.sandbox import Sandbox
from support.texting import ACCOUNT, SENDER

SERVICE = "MG" + "b" * 32


async def test_its_resources_are_read_by_twilios_client(sandbox: Sandbox, twilio: Client) -> None:
    for product in (twilio.messaging, twilio.accounts):
        product.base_url = sandbox.url

    def ask() -> None:
        account = twilio.api.v2010.accounts(ACCOUNT).fetch()
        (number,) = twilio.incoming_phone_numbers.list(phone_number=SENDER)
        service = twilio.messaging.v1.services(SERVICE)
        (campaign,) = service.us_app_to_person.list()
        (permission,) = twilio.accounts.v1.messaging_geopermissions.fetch("US").permissions

        assert (account.status, account.type) == ("active", "Full")
        assert (number.phone_number, number.capabilities["sms"]) == (SENDER, True)
        assert service.fetch().us_app_to_person_registered
        assert [each.country_code for each in service.phone_numbers.list()] == ["US"]
        assert service.phone_numbers(number.sid).fetch().sid == number.sid
        assert service.short_codes.list() == service.alpha_senders.list() == []
        assert campaign.campaign_status == "VERIFIED"
        assert permission["enabled"] is True
        assert twilio.api.v2010.account.short_codes.list(short_code="12345")[0].sid

    await asyncio.to_thread(ask)


async def test_what_an_account_has_can_be_ordered(http: aiohttp.ClientSession) -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}.json"
    ordered = {"status": "suspended", "type": "Trial", "missing": [SENDER]}
    async with http.put("/sandbox/account", json=ordered) as answer:
        assert answer.status == 200
    async with http.get(path) as answer:
        assert (await answer.json())["status"] == "suspended"
    async with http.get("/sandbox/account") as answer:
        assert (await answer.json()) | ordered == await answer.json()
    async with http.put("/sandbox/account", json={"status": "rich"}) as answer:
        assert answer.status == 400
        assert "status" in (await answer.json())["errors"]
    async with http.put("/sandbox/account", data="{") as answer:
        assert answer.status == 400
    async with http.post("/sandbox/reset") as answer:
        assert answer.status == 204
    async with http.get(path) as answer:
        assert (await answer.json())["status"] == "active"


async def test_nobody_reads_them_without_a_password(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as nobody:
        for path in ("/v1/Services", f"/2010-04-01/Accounts/{ACCOUNT}.json"):
            async with nobody.get(path) as answer:
                assert answer.status == 401
                assert (await answer.json())["code"] == 20003


async def test_a_website_cannot_order_it(http: aiohttp.ClientSession) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with http.put("/sandbox/account", json={}, headers=headers) as answer:
        assert answer.status == 403


async def test_whom_a_trial_may_text_can_be_ordered(http: aiohttp.ClientSession) -> None:
    ordered = {"type": "Trial", "verified": [SENDER], "test_credentials": False}
    async with http.put("/sandbox/account", json=ordered) as answer:
        assert answer.status == 200
        assert (await answer.json()) | ordered == await answer.json()
    async with http.put("/sandbox/account", json={"verified": None}) as answer:
        assert (await answer.json())["verified"] is None
