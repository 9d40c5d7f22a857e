"""The inbox in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from smsherald.sandbox import Sandbox
from smsherald.sandbox.messages import Draft
from support.needs import program
from support.texting import MESSAGES, RECIPIENT, TEXT


async def send(http: aiohttp.ClientSession, **fields: str) -> None:
    async with http.post(MESSAGES, data={**TEXT, **fields}) as response:
        assert response.status == 201


async def test_a_text_appears_as_a_bubble_on_its_recipients_phone(
    sandbox: Sandbox, http: aiohttp.ClientSession, page: Page
) -> None:
    await page.goto(sandbox.url)
    await expect(page.get_by_text("No texts yet.")).to_be_visible()

    await send(http, Body="Hi Ann.\nYour order is here.")
    await send(http, Body="Hi Joe.", To="+15558675310")
    await send(http, Body="Hi again, Ann. ✓")

    phone = page.get_by_role("article", name=f"Phone {RECIPIENT}")
    await expect(phone.locator(".bubble .text")).to_have_text(
        ["Hi Ann.\nYour order is here.", "Hi again, Ann. ✓"]
    )
    await expect(phone.locator(".bubble .sender").first).to_have_text(TEXT["From"])
    await expect(phone.locator(".bubble").first).to_contain_text("1 segment")
    await expect(phone.locator(".bubble .status")).to_have_text(["delivered", "delivered"])
    await expect(page.locator("#announcer")).to_contain_text("New text to")
    await expect(page.get_by_text("No texts yet.")).to_be_hidden()
    tops = "it => [...it.querySelectorAll('time, .status')].map(e => e.getBoundingClientRect().top)"
    time, status = await phone.locator(".bubble .meta").first.evaluate(tops)
    assert abs(time - status) < 4, "they stand on one line"
    assert await page.locator(".phone h3").all_inner_texts() == [RECIPIENT, "+15558675310"]


async def test_a_text_goes_from_queued_to_delivered_before_ones_eyes(
    http: aiohttp.ClientSession, page: Page
) -> None:
    async with Sandbox(delay=2.5) as slow:
        await page.goto(slow.url)
        async with http.post(slow.url + MESSAGES, data=TEXT) as response:
            assert response.status == 201
        for status in ("queued", "sent", "delivered"):
            await expect(page.locator(".bubble .status")).to_have_text(status)


async def test_markup_in_a_text_is_shown_as_text(sandbox: Sandbox, page: Page) -> None:
    evil = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    # The API takes no such number; the page must not rely on that.
    draft = Draft("AC1", to=f"to {evil}", sender=f"from {evil}", service=None, text=evil)
    sandbox._store.accept(draft, now=0)  # noqa: SLF001 - there is no other way to such a text.
    await page.goto(sandbox.url)

    await expect(page.locator(".phone h3")).to_have_text(f"to {evil}")
    await expect(page.locator(".bubble .sender")).to_have_text(f"from {evil}")
    await expect(page.locator(".bubble .text")).to_have_text(evil)
    await page.locator("summary").click()
    await expect(page.locator(".bubble dd", has_text="from")).to_have_text(f"from {evil}")
    assert await page.locator("main img, main script").count() == 0
    assert await page.title() == "Inbox · smsherald sandbox"


async def test_a_text_is_read_in_its_own_direction_and_turns_nothing_beside_it(
    sandbox: Sandbox, http: aiohttp.ClientSession, page: Page
) -> None:
    await send(http, Body="\u202e\u2067\u05e9\u05dc Ann")
    await page.goto(sandbox.url)

    text = page.locator(".bubble .text")
    await expect(text).to_have_text("\u202e\u2067\u05e9\u05dc Ann")
    assert await text.evaluate("it => getComputedStyle(it).direction") == "rtl"
    foreign = page.locator(".phone h3, .bubble .text, .bubble .sender, .bubble dd")
    isolated = "it => it.dir === 'auto' && getComputedStyle(it).unicodeBidi === 'isolate'"
    assert await foreign.evaluate_all(f"all => all.every({isolated})")


async def test_texts_that_were_forgotten_leave_the_page(
    sandbox: Sandbox, http: aiohttp.ClientSession, page: Page
) -> None:
    await send(http)
    await page.goto(sandbox.url)
    await expect(page.locator(".bubble")).to_have_count(1)

    async with http.delete("/sandbox/messages"):
        pass

    await expect(page.locator(".phone")).to_have_count(0)
    await expect(page.get_by_text("No texts yet.")).to_be_visible()


async def test_the_form_publishes_and_shows_the_same_as_curl(page: Page) -> None:
    published: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def publish(key: str, body: bytes, _properties: Mapping[str, Any]) -> None:
        published.put_nowait((key, body))

    samples = {"order.created": {"number": "R1"}, "sms.requested": {"sms": {}}}
    async with Sandbox(publish=publish, samples=samples) as sandbox:
        await page.goto(sandbox.url)
        key, body = page.get_by_label("Routing key"), page.get_by_label("Body")
        await expect(key).to_have_value("order.created")
        await page.get_by_role("button", name="Publish").click()
        assert await published.get() == ("order.created", b'{\n  "number": "R1"\n}')
        await expect(page.locator("#published")).to_have_text("Published as order.created.")

        await page.get_by_role("button", name="sms.requested").click()
        await expect(body).to_have_value('{\n  "sms": {}\n}')
        await body.fill("it's no JSON")
        await expect(page.locator("#body-hint")).to_contain_text("parked")
        await page.get_by_role("button", name="Publish").click()
        assert await published.get() == ("sms.requested", b"it's no JSON")

        curl = await page.locator("#curl").inner_text()
        program("curl", "curl")
        process = await asyncio.create_subprocess_exec("sh", "-c", f"{curl} --silent --output -")
        assert await process.wait() == 0
        assert await published.get() == ("sms.requested", b"it's no JSON")


async def test_a_key_that_is_none_is_said_beside_the_form(browser: Browser) -> None:
    async def publish(key: str, _body: bytes, _properties: Mapping[str, Any]) -> None:
        pytest.fail(f"published as {key}")

    quiet = await browser.new_page()  # The browser itself logs a 400 as an error.
    async with Sandbox(publish=publish) as sandbox:
        await quiet.goto(sandbox.url)
        await quiet.get_by_label("Routing key").fill("no key")
        await quiet.get_by_role("button", name="Publish").click()
        await expect(quiet.locator("#published")).to_contain_text("Not published")


async def test_a_sandbox_started_alone_shows_no_form(sandbox: Sandbox, page: Page) -> None:
    await page.goto(sandbox.url)

    await expect(page.get_by_role("heading", name="Phones")).to_be_visible()
    assert await page.locator("form").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_narrow_screen_needs_no_scrolling_sideways(
    browser: Browser, http: aiohttp.ClientSession, scheme: Any
) -> None:
    async def publish(_key: str, _body: bytes, _properties: Mapping[str, Any]) -> None:
        """Publish nothing: the form need only be there."""

    narrow = await browser.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    async with Sandbox(publish=publish) as sandbox:
        async with http.post(sandbox.url + MESSAGES, data={**TEXT, "Body": "x" * 200}) as response:
            assert response.status == 201
        await narrow.goto(sandbox.url)
        await expect(narrow.locator(".bubble")).to_have_count(1)
        width = await narrow.evaluate("document.documentElement.scrollWidth")

    assert width <= 320
