"""The sandbox's own API: faults ordered, texts read and figures checked over HTTP."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from smsherald.sandbox import Sandbox
from support.texting import ACCOUNT, MESSAGES, RECIPIENT, SENDER, TEXT


async def post(http: aiohttp.ClientSession, **fields: str) -> int:
    async with http.post(MESSAGES, data={**TEXT, **fields}) as response:
        await response.read()
        return response.status


async def test_a_fault_is_ordered_seen_and_removed(http: aiohttp.ClientSession) -> None:
    order = {"kind": "unavailable", "times": 2, "retry_after": 3}
    async with http.post("/sandbox/faults", json=order) as response:
        assert response.status == 201
        fault_id = (await response.json())["id"]

    assert await post(http) == 503
    async with http.get("/sandbox/faults") as response:
        (waiting,) = (await response.json())["faults"]
        assert (waiting["id"], waiting["kind"], waiting["left"]) == (fault_id, "unavailable", 1)
    async with http.delete(f"/sandbox/faults/{fault_id}") as response:
        assert response.status == 204
    assert await post(http) == 201
    async with http.delete(f"/sandbox/faults/{fault_id}") as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "latency", "second": 1}, "second"),
        ({"kind": "latency", "seconds": 61}, "seconds"),
        ({"kind": "latency", "times": "2"}, "times"),
        ({"kind": "listing_lag", "operation": "list"}, "operation"),
        ([], "_schema"),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: Sandbox, http: aiohttp.ClientSession, body: Any, field: str
) -> None:
    async with http.post("/sandbox/faults", json=body) as response:
        assert response.status == 400
        assert list((await response.json())["errors"]) == [field]
    assert sandbox.faults.waiting() == {}


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
async def test_a_fault_that_is_no_json_is_refused(http: aiohttp.ClientSession, body: bytes) -> None:
    async with http.post("/sandbox/faults", data=body) as response:
        assert response.status == 400


async def test_texts_are_read_by_filter_and_counted(http: aiohttp.ClientSession) -> None:
    await post(http, Body="a")
    await post(http, Body="b", To="+15558675310")
    await post(http, Body="c", From="ACME")

    async def read(**query: str) -> tuple[int, list[str]]:
        async with http.get("/sandbox/messages", params=query) as response:
            answer = await response.json()
        return answer["count"], [message["body"] for message in answer["messages"]]

    assert await read() == (3, ["a", "b", "c"])
    assert await read(to=RECIPIENT) == (2, ["a", "c"])
    assert await read(**{"from": SENDER}) == (2, ["a", "b"])
    assert await read(body="c", account=ACCOUNT) == (1, ["c"])
    assert await read(account="AC2") == (0, [])
    assert await read(limit="1") == (3, ["c"])
    assert await read(limit="0") == (3, [])
    async with http.get("/sandbox/messages", params={"limit": "x"}) as response:
        assert response.status == 400


async def test_texts_can_be_forgotten(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await post(http)

    async with http.delete("/sandbox/messages") as response:
        assert await response.json() == {"forgotten": 1}
    assert sandbox.messages == []


async def test_figures_count_requests_texts_and_faults(http: aiohttp.ClientSession) -> None:
    async with http.post("/sandbox/faults", json={"kind": "rate_limited"}):
        pass
    assert [await post(http) for _ in range(3)] == [429, 201, 201]
    async with http.get(MESSAGES):
        pass

    async with http.get("/sandbox/stats") as response:
        assert await response.json() == {
            "requests": {
                "create": {"answered": 2, "refused": 1, "lost": 0},
                "list": {"answered": 1, "refused": 0, "lost": 0},
                "fetch": {"answered": 0, "refused": 0, "lost": 0},
            },
            "accepted": 2,
            "kept": 2,
            "faults": {"rate_limited": 1},
        }


async def test_reset_forgets_everything(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    await post(http)
    async with http.post("/sandbox/faults", json={"kind": "refuse"}):
        pass
    fresh = Sandbox().stats

    async with http.post("/sandbox/reset") as response:
        assert response.status == 204
    assert sandbox.messages == []
    assert sandbox.faults.waiting() == {}
    assert sandbox.stats == fresh


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sandbox/faults"),
        ("DELETE", "/sandbox/faults"),
        ("DELETE", "/sandbox/faults/1"),
        ("DELETE", "/sandbox/messages"),
        ("POST", "/sandbox/reset"),
    ],
)
async def test_another_website_in_the_browser_can_change_nothing(
    sandbox: Sandbox, http: aiohttp.ClientSession, method: str, path: str
) -> None:
    await post(http)

    headers = {"Origin": "https://elsewhere.example"}
    async with http.request(method, path, headers=headers, json={"kind": "refuse"}) as response:
        assert response.status == 403
    assert len(sandbox.messages) == 1
    assert sandbox.faults.waiting() == {}
