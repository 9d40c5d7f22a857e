"""The inbox's search, details, limits and end, in a real browser."""

from __future__ import annotations

import time

from playwright.async_api import Page, expect

from smsherald.sandbox import Sandbox
from smsherald.sandbox.inbox.shown import MOST_BUBBLES, MOST_PHONES
from smsherald.sandbox.messages import Draft, Message
from support.texting import ACCOUNT, RECIPIENT, SENDER

JOE = "+15558675310"
SERVICE = "MG" + 32 * "a"


def take(sandbox: Sandbox, text: str, to: str = RECIPIENT, service: str | None = None) -> Message:
    """Take a text without a client: some tests want many, some want what no client may send."""
    draft = Draft(ACCOUNT, to, None if service else SENDER, service, text)
    return sandbox._store.accept(draft, time.time())  # noqa: SLF001 - the reason above.


async def test_a_text_is_searched_for_by_number_words_and_sid(sandbox: Sandbox, page: Page) -> None:
    take(sandbox, "Hi Ann.")
    wanted = take(sandbox, "Hi Joe.", JOE)
    take(sandbox, "Bye Joe.", JOE)
    await page.goto(sandbox.url)
    search, texts = page.get_by_role("searchbox"), page.locator(".bubble .text")
    await expect(texts).to_have_count(3)

    await search.fill("867-5310")
    await expect(texts).to_have_text(["Hi Joe.", "Bye Joe."])
    await search.fill("hi")
    await expect(page.locator("#total")).to_have_text("2 of 3 texts")
    await expect(page.locator("#announcer")).to_have_text("2 texts found")
    await search.fill(wanted.sid)
    await expect(texts).to_have_text(["Hi Joe."])
    await expect(page.locator(".phone header p")).to_have_text("1 of 2 texts")

    await search.fill("nobody")
    await expect(page.get_by_text("No text matches.")).to_be_visible()
    # It goes on searching in what comes.
    take(sandbox, "To nobody.")
    await expect(texts).to_have_text(["To nobody."])
    await search.press("Escape")
    await expect(texts).to_have_count(4)


async def test_the_inbox_is_emptied_at_the_server(sandbox: Sandbox, page: Page) -> None:
    take(sandbox, "Hi Ann.")
    await page.goto(sandbox.url)
    empty = page.get_by_role("button", name="Empty the inbox")
    await expect(empty).to_be_enabled()

    await empty.click()

    await expect(page.locator("#announcer")).to_have_text("The inbox is empty: 1 text forgotten.")
    assert sandbox.messages == []
    await expect(page.get_by_text("No texts yet.")).to_be_visible()
    await expect(empty).to_be_disabled()
    # The button can be pressed no more: the focus is not left on it.
    await expect(page.get_by_role("searchbox")).to_be_focused()


async def test_the_details_of_a_text_open_by_the_keyboard_and_stay_open(
    sandbox: Sandbox, page: Page
) -> None:
    message = take(sandbox, "Grüße ✓", service=SERVICE)
    await page.goto(sandbox.url)
    details = page.locator(".bubble details")
    await expect(details.locator("dl")).to_be_hidden()

    await page.locator(".bubbles").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(details.locator("dl")).to_be_visible()
    await expect(details.locator(".status")).to_have_text("delivered")
    names, values = details.locator("dt"), details.locator("dd")
    known = dict(zip(await names.all_inner_texts(), await values.all_inner_texts(), strict=True))
    assert known == {
        "Status": "delivered",
        "SID": message.sid,
        "From": SENDER,
        "Messaging Service": SERVICE,
        "Account": ACCOUNT,
        "Encoding": "UCS-2",
        "Segments": "1",
    }

    # Another phone comes before it, and so does another text to this one.
    for to in (JOE, RECIPIENT):
        take(sandbox, "Hi.", to)
        await expect(page.locator(".phone h3").first).to_have_text(to)
    await expect(details.locator("dl").first).to_be_visible()
    await expect(details.locator("summary").first).to_be_focused()


async def test_what_is_left_out_is_said_and_can_be_seen(sandbox: Sandbox, page: Page) -> None:
    for number in range(MOST_PHONES + 5):
        take(sandbox, "Hi.", f"+1555{number:07}")
    for number in range(MOST_BUBBLES + 5):
        take(sandbox, f"text {number}")
    await page.goto(sandbox.url)

    phones = page.locator(".phone")
    await expect(phones).to_have_count(60)
    await expect(page.locator("#more-text")).to_have_text("The 60 phones texted last of 66.")
    await page.get_by_role("button", name="Show more phones").click()
    await expect(phones).to_have_count(66)
    await expect(page.locator("#more")).to_be_hidden()

    first = phones.first
    await expect(first.locator("header p")).to_have_text("45 texts, the newest 40 shown")
    await expect(first.locator(".text").first).to_have_text("text 5")
    await first.get_by_role("button", name="Show earlier texts").click()
    await expect(first.locator(".text").first).to_have_text("text 0")
    await expect(first.locator("header p")).to_have_text("45 texts")
    await expect(first.locator(".text")).to_have_count(45)
    # What was there before is no news.
    assert await page.locator(".fresh").count() == 0
