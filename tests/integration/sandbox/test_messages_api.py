"""Twilio's own client finds in the sandbox what it would find at Twilio."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from smsherald.sandbox import Sandbox
from support.texting import ACCOUNT, MESSAGES, RECIPIENT, SENDER, TEXT

SERVICE = {"from_": "", "messaging_service_sid": "MG" + "2" * 32}


async def send(twilio: Client, body: str = "Hi Ann.", **fields: Any) -> MessageInstance:
    wanted = {"to": RECIPIENT, "from_": SENDER, "body": body, **fields}
    return await asyncio.to_thread(twilio.messages.create, **wanted)


async def listed(twilio: Client, **filters: Any) -> list[str | None]:
    found = await asyncio.to_thread(twilio.messages.list, **filters)
    return [message.body for message in found]


async def test_a_text_is_queued_at_first_and_delivered_later(
    sandbox: Sandbox, twilio: Client
) -> None:
    message = await send(twilio)

    assert (message.status, message.date_sent, message.price) == ("queued", None, None)
    assert (message.direction, message.num_segments, message.num_media) == (
        "outbound-api",
        "1",
        "0",
    )
    assert message.account_sid == ACCOUNT
    assert message.date_created is not None

    later = await asyncio.to_thread(twilio.messages(str(message.sid)).fetch)

    assert (later.sid, later.status, later.body) == (message.sid, "delivered", "Hi Ann.")
    assert later.date_sent is not None
    assert [kept.sid for kept in sandbox.messages] == [message.sid]


async def test_a_messaging_service_accepts_and_names_its_sender_later(twilio: Client) -> None:
    message = await send(twilio, from_="", messaging_service_sid="MG" + "2" * 32)

    assert (message.status, message.from_, message.date_sent) == ("accepted", None, None)

    later = await asyncio.to_thread(twilio.messages(str(message.sid)).fetch)

    assert later.from_ == SENDER
    assert later.messaging_service_sid == "MG" + "2" * 32


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        pytest.param({}, "“Hi” …", id="a number sends it as it is"),
        pytest.param({"smart_encoded": True}, '"Hi" ...', id="unless told to"),
        pytest.param(SERVICE, '"Hi" ...', id="a Messaging Service does it"),
        pytest.param({**SERVICE, "smart_encoded": False}, "“Hi” …", id="unless told not to"),
    ],
)
async def test_smart_encoding_replaces_what_is_not_in_gsm7(
    twilio: Client, fields: dict[str, Any], body: str
) -> None:
    message = await send(twilio, "“Hi” …", **fields)

    assert message.body == body


async def test_smart_encoding_replaces_all_or_nothing(twilio: Client) -> None:
    message = await send(twilio, "“Hi” 😀", smart_encoded=True)

    assert message.body == "“Hi” 😀"


async def test_smart_encoding_is_true_or_false(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await send(twilio, smart_encoded="perhaps")

    assert (refused.value.status, refused.value.code) == (400, 20001)


async def test_a_text_with_media_has_a_sid_of_its_own_kind(twilio: Client) -> None:
    media = [f"https://example.com/{number}.png" for number in range(10)]
    message = await send(twilio, body="", media_url=media)

    assert str(message.sid).startswith("MM")
    assert message.num_media == "10"


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        pytest.param(21604, {"to": ""}, id="no recipient"),
        pytest.param(21603, {"from_": ""}, id="no sender"),
        pytest.param(21602, {"body": ""}, id="no text"),
        pytest.param(21617, {"body": "a" * 1601}, id="a text too long"),
        pytest.param(21211, {"to": "5558675309"}, id="a national recipient"),
        pytest.param(
            21211, {"to": "+1555867530\N{FULLWIDTH DIGIT NINE}"}, id="a digit that is none of ours"
        ),
        pytest.param(21211, {"to": "+15558675309\n"}, id="a newline after the recipient"),
        pytest.param(21266, {"to": SENDER}, id="to itself"),
        pytest.param(21211, {"to": "+15005550001"}, id="magic: invalid recipient"),
        pytest.param(21612, {"to": "+15005550002"}, id="magic: not reachable"),
        pytest.param(21408, {"to": "+15005550003"}, id="magic: region not enabled"),
        pytest.param(21610, {"to": "+15005550004"}, id="magic: unsubscribed"),
        pytest.param(21614, {"to": "+15005550009"}, id="magic: not a mobile"),
        pytest.param(21212, {"from_": "+15005550001"}, id="magic: invalid sender"),
        pytest.param(21606, {"from_": "+15005550007"}, id="magic: not our sender"),
        pytest.param(21611, {"from_": "+15005550008"}, id="magic: queue full"),
        pytest.param(21212, {"from_": "A name too long"}, id="a sender of no shape"),
        pytest.param(21701, {"messaging_service_sid": "XX1"}, id="no such service"),
        pytest.param(21620, {"media_url": ["ftp://x/y"]}, id="media from nowhere"),
        pytest.param(21623, {"media_url": ["https://x/y"] * 11}, id="too much media"),
        pytest.param(21609, {"status_callback": "nowhere"}, id="a callback to nowhere"),
        pytest.param(21624, {"validity_period": 36001}, id="valid for too long"),
    ],
)
async def test_what_twilio_refuses_is_refused_with_its_code(
    sandbox: Sandbox, twilio: Client, code: int, fields: dict[str, Any]
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await send(twilio, **fields)

    assert (refused.value.status, refused.value.code) == (400, code)
    assert sandbox.messages == []
    assert sandbox.stats["requests"]["create"] == {"answered": 0, "refused": 1, "lost": 0}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"body": "a" * 1600}, id="the longest text"),
        pytest.param({"from_": "ACME"}, id="an alphanumeric sender"),
        pytest.param({"from_": "12345"}, id="a short code"),
        pytest.param({"validity_period": 36000}, id="valid for as long as may be"),
        pytest.param({"to": "+157845847548"}, id="a number by shape alone"),
    ],
)
async def test_what_twilio_takes_is_taken(twilio: Client, fields: dict[str, Any]) -> None:
    assert (await send(twilio, **fields)).status == "queued"


async def test_a_body_that_is_no_form_has_no_fields(http: aiohttp.ClientSession) -> None:
    async with http.post(MESSAGES, json=TEXT) as response:
        assert response.status == 400
        assert (await response.json())["code"] == 21604


async def test_a_list_is_newest_first_and_read_page_by_page(twilio: Client) -> None:
    for number in range(7):
        await send(twilio, str(number))

    assert await listed(twilio) == ["6", "5", "4", "3", "2", "1", "0"]
    assert await listed(twilio, page_size=3) == ["6", "5", "4", "3", "2", "1", "0"]


async def test_a_page_stays_where_it_was_while_new_texts_come(twilio: Client) -> None:
    for number in range(4):
        await send(twilio, str(number))
    first = await asyncio.to_thread(twilio.messages.page, page_size=2)

    await send(twilio, "4")
    second = await asyncio.to_thread(first.next_page)
    assert second is not None
    back = await asyncio.to_thread(second.previous_page)
    assert back is not None

    assert [message.body for message in second] == ["1", "0"]
    assert [message.body for message in back] == ["3", "2"]
    assert await asyncio.to_thread(second.next_page) is None


async def test_a_list_is_filtered_by_recipient_and_sender(twilio: Client) -> None:
    await send(twilio, "a")
    await send(twilio, "b", to="+15558675310")
    await send(twilio, "c", from_="ACME")

    assert await listed(twilio, to=RECIPIENT) == ["c", "a"]
    assert await listed(twilio, to=RECIPIENT, page_size=1) == ["c", "a"]
    assert await listed(twilio, from_="ACME") == ["c"]
    assert await listed(twilio, to="+15550000000") == []


async def test_a_list_is_filtered_by_the_date_of_sending(twilio: Client) -> None:
    await send(twilio, "a")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)

    assert await listed(twilio, date_sent=now) == ["a"]
    assert await listed(twilio, date_sent=now - timedelta(days=2)) == []
    assert await listed(twilio, date_sent_after=now - hour) == ["a"]
    assert await listed(twilio, date_sent_after=now + hour) == []
    assert await listed(twilio, date_sent_before=now + hour) == ["a"]
    assert await listed(twilio, date_sent_before=now - hour) == []


async def test_what_is_not_sent_yet_has_no_date_to_be_found_by(http: aiohttp.ClientSession) -> None:
    async with Sandbox(delay=60) as slow:
        async with http.post(slow.url + MESSAGES, data=TEXT) as response:
            assert response.status == 201
        day = datetime.now(UTC).date().isoformat()
        for query, count in (("", 1), (f"?DateSent={day}", 0), (f"?DateSent<={day}", 0)):
            async with http.get(slow.url + MESSAGES + query) as response:
                assert len((await response.json())["messages"]) == count


@pytest.mark.parametrize(
    "query",
    [
        "PageSize=0",
        "PageSize=x",
        "Page=1",
        "PageToken=PASM1",
        "DateSent=yesterday",
        "DateSent>=2023-13-01",
    ],
)
async def test_a_list_that_cannot_be_read_is_refused(
    http: aiohttp.ClientSession, query: str
) -> None:
    async with http.get(f"{MESSAGES}?{query}") as response:
        assert (response.status, (await response.json())["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("user", "password", "account", "status", "code"),
    [
        pytest.param(ACCOUNT, "token", ACCOUNT, 200, None, id="the account itself"),
        pytest.param("SK1", "secret", ACCOUNT, 200, None, id="an API key"),
        pytest.param(ACCOUNT, "wrong", ACCOUNT, 401, 20003, id="a wrong token"),
        pytest.param("AC9", "token", ACCOUNT, 401, 20003, id="an unknown user"),
        pytest.param(ACCOUNT, "", ACCOUNT, 401, 20003, id="no token"),
        pytest.param("", "", ACCOUNT, 401, 20003, id="nobody"),
        pytest.param(ACCOUNT, "token", "AC2", 404, 20404, id="another account's texts"),
        pytest.param(ACCOUNT, "token", "AC9", 404, 20404, id="an unknown account"),
    ],
)
async def test_an_account_is_open_to_its_own_credentials_alone(
    user: str, password: str, account: str, status: int, code: int | None
) -> None:
    accounts = {ACCOUNT: "token", "AC2": "other", "SK1": "secret"}
    headers = {"Authorization": aiohttp.encode_basic_auth(user, password)} if user else {}
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    async with (
        Sandbox(accounts=accounts) as closed,
        aiohttp.ClientSession(closed.url, headers=headers) as session,
        session.get(path) as response,
    ):
        assert response.status == status
        assert (await response.json()).get("code") == code
        assert ("WWW-Authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize("header", ["Basic ###", "Basic gICA", "Bearer x", "Basic"])
async def test_credentials_that_cannot_be_read_are_none(sandbox: Sandbox, header: str) -> None:
    headers = {"Authorization": header}
    async with (
        aiohttp.ClientSession(sandbox.url, headers=headers) as session,
        session.get(MESSAGES) as response,
    ):
        assert response.status == 401


async def test_a_text_of_another_account_is_not_there(
    sandbox: Sandbox, twilio: Client, http: aiohttp.ClientSession
) -> None:
    message = await send(twilio)
    other = {"Authorization": aiohttp.encode_basic_auth("AC2", "token")}
    path = f"/2010-04-01/Accounts/AC2/Messages/{message.sid}.json"

    async with http.get(sandbox.url + path, headers=other) as response:
        assert (response.status, (await response.json())["code"]) == (404, 20404)
    async with http.get(f"{sandbox.url}/2010-04-01/Accounts/AC2/Messages.json", headers=other) as r:
        assert (await r.json())["messages"] == []


async def test_what_the_sandbox_does_not_know_is_said_as_twilio_says_it(
    http: aiohttp.ClientSession,
) -> None:
    async with http.delete(MESSAGES) as response:
        assert (response.status, (await response.json())["code"]) == (405, 20004)
    async with http.get("/2010-04-01/Accounts.json") as response:
        assert (response.status, (await response.json())["code"]) == (404, 20404)
