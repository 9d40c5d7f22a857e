"""A sandbox on a real socket, and the two kinds of client that ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from smsherald.sandbox import Sandbox
from support.texting import ACCOUNT


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Start a sandbox whose texts are delivered right after they were taken."""
    async with Sandbox(delay=0) as sandbox:
        yield sandbox


@pytest.fixture
def twilio(sandbox: Sandbox) -> Iterator[Client]:
    """Return Twilio's own client, pointed at the sandbox."""
    http = TwilioHttpClient(timeout=30)
    client = Client(ACCOUNT, "token", http_client=http)
    client.api.base_url = sandbox.url
    yield client
    assert http.session is not None
    http.session.close()


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a plain HTTP client that signs in, one connection a request."""
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, "token")}
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(sandbox.url, headers=headers, connector=connector) as session:
        yield session
