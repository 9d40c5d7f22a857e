"""Events can be published from a sandbox that was handed a way to do so, and from no other."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from smsherald.errors import UnreachableError
from smsherald.sandbox import Sandbox
from smsherald.sandbox.app import LARGEST_BODY
from smsherald.sandbox.publishing.events import MOST_FOLLOWED
from smsherald.sandbox.publishing.progress import Fate, Progress
from smsherald.sandbox.publishing.samples import SAMPLES

Published = list[tuple[str, bytes, Mapping[str, Any]]]


@pytest.fixture
def published() -> Published:
    """Collect what was published."""
    return []


@pytest.fixture
async def http(published: Published) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client of a sandbox that can publish."""

    async def publish(key: str, body: bytes, properties: Mapping[str, Any]) -> None:
        published.append((key, body, properties))

    async with (
        Sandbox(publish=publish) as sandbox,
        aiohttp.ClientSession(sandbox.url) as session,
    ):
        yield session


@pytest.mark.parametrize("body", [b'{"number": "R1"}', b"no json", b"\xff\x00", b""])
async def test_a_body_is_published_as_it_comes(
    http: aiohttp.ClientSession, published: Published, body: bytes
) -> None:
    async with http.post("/events/order.created", data=body) as response:
        assert response.status == 202
        assert await response.json() == {"routing_key": "order.created", "bytes": len(body)}
    properties = {"content_type": "application/json", "delivery_mode": 2}
    assert published == [("order.created", body, properties)]


@pytest.mark.parametrize(
    "key", ["order..created", ".order", "order.", "order.*", "%23", "order%20created", "a" * 256]
)
async def test_a_routing_key_that_is_none_is_refused(
    http: aiohttp.ClientSession, published: Published, key: str
) -> None:
    async with http.post(f"/events/{key}", data=b"{}") as response:
        assert response.status == 400
    assert published == []


async def test_a_body_over_the_bound_is_refused(
    http: aiohttp.ClientSession, published: Published
) -> None:
    body = io.BytesIO(b"a" * (LARGEST_BODY + 1))
    async with http.post("/events/order.created", data=body) as response:
        assert response.status == 413
    assert published == []


async def test_another_website_in_the_browser_can_publish_nothing(
    http: aiohttp.ClientSession, published: Published
) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with http.post("/events/order.created", data=b"{}", headers=headers) as response:
        assert response.status == 403
    assert published == []


async def test_a_sandbox_started_alone_offers_no_way_to_publish(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(sandbox.url) as session:
        async with session.post("/events/order.created", data=b"{}") as response:
            assert response.status == 404
        async with session.get("/") as response:
            assert "Publish" not in await response.text()


class TestWhatBecameOfIt:
    """Where the publisher will know, it can be asked for, by an id."""

    async def test_it_is_told_as_far_as_it_is_known(self) -> None:
        progress = Progress()
        async with following(progress) as http:
            path = await publish(http)
            assert await read(http, path) == {"fates": [], "over": False}

            fate = Fate("sent", to="+15558675309", sid="SM1")
            progress.tell({"a": fate}, over=True)
            expected = {"word": "sent", "why": "", "to": "+15558675309", "sid": "SM1"}
            assert await read(http, path) == {"fates": [expected], "over": True}

    async def test_of_an_event_that_is_not_known_nothing_is_said(self) -> None:
        async with following(Progress()) as http, http.get("/events/0123456789abcdef") as response:
            assert response.status == 404

    async def test_the_oldest_is_forgotten_first(self) -> None:
        async with following(Progress()) as http:
            first, second, *_ = [await publish(http) for _ in range(MOST_FOLLOWED + 1)]
            async with http.get(first) as response:
                assert response.status == 404
            assert (await read(http, second))["over"] is False


async def test_a_broker_that_is_away_is_said() -> None:
    async def publish(_key: str, _body: bytes, _properties: Mapping[str, Any]) -> None:
        raise UnreachableError("the broker went away")

    async with (
        Sandbox(publish=publish) as sandbox,
        aiohttp.ClientSession(sandbox.url) as http,
        http.post("/events/order.created", data=b"{}") as response,
    ):
        assert response.status == 503
        assert await response.json() == {"error": "the broker went away"}


async def test_a_number_that_was_published_is_not_suggested_again(
    http: aiohttp.ClientSession,
) -> None:
    before = await read(http, "/samples.json")
    async with http.post("/events/order.created", json=before["order.created"]):
        pass
    after = await read(http, "/samples.json")

    assert before == SAMPLES
    assert after["order.created"] == {**before["order.created"], "number": "R12346"}
    assert list(after) == list(SAMPLES)


@asynccontextmanager
async def following(progress: Progress) -> AsyncIterator[aiohttp.ClientSession]:
    """Give a client of a sandbox whose events all come as far as this one."""

    async def publish(_key: str, _body: bytes, _properties: Mapping[str, Any]) -> Progress:
        return progress

    async with (
        Sandbox(publish=publish) as sandbox,
        aiohttp.ClientSession(sandbox.url) as session,
    ):
        yield session


async def publish(http: aiohttp.ClientSession) -> str:
    """Publish an event; return where it is told what became of it."""
    async with http.post("/events/order.created", data=b"{}") as response:
        assert response.status == 202
        return f"/events/{(await response.json())['id']}"


async def read(http: aiohttp.ClientSession, path: str) -> Any:
    async with http.get(path) as response:
        assert response.status == 200
        return await response.json()
