"""Events can be published from a sandbox that was handed a way to do so, and from no other."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest

from smsherald.sandbox import Sandbox
from smsherald.sandbox.app import LARGEST_BODY

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
