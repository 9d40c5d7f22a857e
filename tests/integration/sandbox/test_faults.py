"""What a client sees of each fault, and what became of its text."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from smsherald.sandbox import Ending, Fault, Kind, Operation, Sandbox, wire
from support.texting import ACCOUNT, MESSAGES, TEXT
from support.waiting import PATIENCE, eventually

SHORT = aiohttp.ClientTimeout(total=0.3)


async def post(http: aiohttp.ClientSession) -> int:
    async with http.post(MESSAGES, data=TEXT) as response:
        await response.read()
        return response.status


async def seen(http: aiohttp.ClientSession) -> list[str]:
    async with http.get(MESSAGES) as response:
        assert response.status == 200
        return [message["sid"] for message in (await response.json())["messages"]]


async def test_latency_delays_a_request_that_is_then_done(
    sandbox: Sandbox, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    over = asyncio.Event()

    async def pause(seconds: float, _closing: asyncio.Event) -> bool:
        if seconds:
            waits.append(seconds)
            await over.wait()
        return False

    monkeypatch.setattr(wire, "pause", pause)
    sandbox.faults.add(Fault(kind=Kind.LATENCY, seconds=7))
    delayed = asyncio.ensure_future(post(http))
    await asyncio.to_thread(eventually, lambda: waits, what="a request is delayed")

    assert await post(http) == 201
    assert len(sandbox.messages) == 1
    assert not delayed.done()
    over.set()
    assert await delayed == 201
    assert len(sandbox.messages) == 2
    assert waits == [7]


async def test_a_client_that_gives_up_during_latency_has_its_text_taken_all_the_same(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.LATENCY, seconds=1))

    with pytest.raises(TimeoutError):
        async with http.post(MESSAGES, data=TEXT, timeout=SHORT):
            pass

    assert sandbox.messages == []
    await asyncio.sleep(1)
    assert len(sandbox.messages) == 1


async def test_a_rate_limit_says_when_to_come_again_and_takes_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.RATE_LIMITED, retry_after=7))

    async with http.post(MESSAGES, data=TEXT) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "7")
        assert (await response.json())["code"] == 20429
    assert sandbox.messages == []
    assert await post(http) == 201


async def test_an_account_may_be_refused_whatever_its_password(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.NOT_AUTHENTICATED))

    async with http.post(MESSAGES, data=TEXT) as response:
        assert response.status == 401
        assert (await response.json())["code"] == 20003
    assert sandbox.messages == []
    assert await post(http) == 201


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [(Kind.INTERNAL_ERROR, 500, 20500), (Kind.UNAVAILABLE, 503, 20503)],
)
async def test_a_server_error_hides_whether_the_text_was_taken(
    sandbox: Sandbox,
    http: aiohttp.ClientSession,
    kind: Kind,
    status: int,
    code: int,
    *,
    accepted: bool,
) -> None:
    sandbox.faults.add(Fault(kind=kind, accepted=accepted))

    async with http.post(MESSAGES, data=TEXT) as response:
        assert (response.status, (await response.json())["code"]) == (status, code)
    assert len(sandbox.messages) == accepted


async def test_accept_then_reset_takes_the_text_and_resets_the_connection(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_RESET))

    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await post(http)
    assert await seen(http) == [sandbox.messages[0].sid]


async def test_accept_then_hang_takes_the_text_and_answers_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_HANG))

    with pytest.raises(TimeoutError):
        async with http.post(MESSAGES, data=TEXT, timeout=SHORT):
            pass
    assert len(sandbox.messages) == 1


async def test_a_hang_ends_with_a_reset_when_its_time_is_over(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_HANG, seconds=0.2))

    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await post(http)


async def test_a_sandbox_that_closes_lets_nothing_hang(http: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(PATIENCE), Sandbox() as closing:
        closing.faults.add(Fault(kind=Kind.ACCEPT_THEN_HANG))
        request = asyncio.ensure_future(http.post(closing.url + MESSAGES, data=TEXT))
        await asyncio.to_thread(eventually, lambda: closing.messages, what="a text")

    with pytest.raises(aiohttp.ClientError):
        await request


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.ERROR])
async def test_accept_late_ends_the_request_first_and_takes_the_text_after(
    sandbox: Sandbox, http: aiohttp.ClientSession, ending: Ending
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_LATE, seconds=1, ending=ending))

    if ending is Ending.RESET:
        with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
            await post(http)
    else:
        assert await post(http) == 503
    assert await seen(http) == []
    await asyncio.sleep(1.1)
    assert await seen(http) == [sandbox.messages[0].sid]


async def test_a_late_text_may_hang_until_the_client_goes(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_LATE, seconds=1, ending=Ending.HANG))

    with pytest.raises(TimeoutError):
        async with http.post(MESSAGES, data=TEXT, timeout=SHORT):
            pass
    assert sandbox.messages == []
    await asyncio.sleep(1.1)
    assert len(sandbox.messages) == 1


async def test_a_truncated_answer_is_a_201_that_cannot_be_read(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.TRUNCATED))

    async with http.post(MESSAGES, data=TEXT) as response:
        assert response.status == 201
        with pytest.raises(json.JSONDecodeError):
            json.loads(await response.read())
    assert len(sandbox.messages) == 1


async def test_refuse_resets_the_connection_and_takes_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.REFUSE))

    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await post(http)
    assert sandbox.messages == []
    assert await post(http) == 201


async def test_a_listing_lag_hides_the_text_from_lists_alone(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.LISTING_LAG, seconds=1))
    assert await post(http) == 201
    message = sandbox.messages[0]

    assert await seen(http) == []
    async with http.get(f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message.sid}.json") as response:
        assert response.status == 200
    await asyncio.sleep(1.1)
    assert await seen(http) == [message.sid]


async def test_a_listing_can_fail(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.faults.add(Fault(kind=Kind.INTERNAL_ERROR, operation=Operation.LIST))
    assert await post(http) == 201

    async with http.get(MESSAGES) as response:
        assert response.status == 500
    assert await seen(http) == [sandbox.messages[0].sid]


async def test_a_refused_request_is_not_taken_by_a_fault_that_accepts(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_RESET))

    async with http.post(MESSAGES, data={**TEXT, "To": "+15005550009"}) as response:
        assert (await response.json())["code"] == 21614
    assert sandbox.messages == []


async def test_chance_takes_its_share_of_many_requests_and_every_text_is_accounted_for(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    sandbox.faults.add(Fault(kind=Kind.ACCEPT_THEN_RESET, times=None, probability=0.2, seed=1))
    sandbox.faults.add(Fault(kind=Kind.REFUSE, times=None, probability=0.2, seed=2))

    ends = await asyncio.gather(*(post(http) for _ in range(200)), return_exceptions=True)
    figures = sandbox.stats

    assert len(sandbox.messages) == 200 - figures["faults"]["refuse"]
    assert ends.count(201) == figures["requests"]["create"]["answered"]
    assert 20 < figures["faults"]["accept_then_reset"] < 60
    assert figures["requests"]["create"]["lost"] == sum(figures["faults"].values())
