"""A sandbox on a real socket, the two kinds of client that ask it, and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from smsherald.sandbox import Sandbox
from support.needs import program
from support.texting import ACCOUNT

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

# Its own patience ends after 5 s.
expect.set_options(timeout=30_000)


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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start a headless Chromium."""
    path = program("chromium", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open a page on which no script may fail, and from which no request may leave the host."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: errors.append(asked.url) if not _here(asked.url) else None)
    yield page
    assert errors == []


def _here(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:"))
