"""The form of the inbox, in a real browser: what became of an event, and the next free number."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Page, expect

from smsherald.sandbox import Sandbox
from smsherald.sandbox.publishing.progress import Fate, Progress
from support.texting import RECIPIENT

SAMPLES = {
    "order.created": {"number": "R1", "firstname": "Ann"},
    "shipment.created": {"number": "H1", "order_number": "R1"},
}
SID = "SM" + 32 * "0"
EVIL = "<img src=//elsewhere.example onerror=\"document.title='taken'\">\u202e\u2066tfel ot thgir"


@dataclass
class Shop:
    """A broker of three lines; `progress` is that of what was published last."""

    bodies: list[Any] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    sandbox: Sandbox = field(init=False)

    async def publish(self, _key: str, body: bytes, _properties: Mapping[str, Any]) -> Progress:
        self.bodies.append(json.loads(body))
        self.progress = Progress()
        return self.progress


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """Start a sandbox that publishes to a shop."""
    shop = Shop()
    async with Sandbox(publish=shop.publish, samples=SAMPLES, delay=0) as shop.sandbox:
        yield shop


async def publish(page: Page) -> None:
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_role("status").filter(has_text="Published as")).to_be_visible()


async def test_what_became_of_an_event_is_said_under_the_button(shop: Shop, page: Page) -> None:
    await page.goto(shop.sandbox.url)
    said, fates = page.locator("#published"), page.locator("#published li")

    await publish(page)
    await expect(said).to_have_text(
        "Published as order.created. What becomes of it is not known yet."
    )
    shop.progress.tell({"a": Fate("deferred", "paused", RECIPIENT)}, over=False)
    await expect(said).to_contain_text("It comes again.")
    await expect(fates).to_have_text([f"deferred to {RECIPIENT}: paused"])

    sent = Fate("sent", "", RECIPIENT, SID)
    failed = Fate("failed", "bad_recipient, Twilio's error 21614", "+15005550009")
    shop.progress.tell({"a": sent, "b": failed}, over=True)
    await expect(fates).to_have_text(
        [
            f"sent to {RECIPIENT}, {SID}",
            "failed to +15005550009: bad_recipient, Twilio's error 21614",
        ]
    )
    await expect(said).not_to_contain_text("again")
    await page.set_viewport_size({"width": 320, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320

    # What becomes of an earlier one is not said in place of the last.
    await publish(page)
    earlier = shop.progress
    await publish(page)
    await expect(fates).to_have_count(0)
    earlier.tell({"a": Fate("skipped", "expired", RECIPIENT)}, over=True)
    for _ in range(2):
        async with page.expect_response("**/events/*"):
            pass
    await expect(fates).to_have_count(0)
    shop.progress.tell({"a": Fate("parked", "missing_value: to")}, over=True)
    await expect(fates).to_have_text(["parked: missing_value: to"])


async def test_values_of_an_event_are_harmless_under_the_button(shop: Shop, page: Page) -> None:
    await page.goto(shop.sandbox.url)
    await page.get_by_label("Body").fill(json.dumps({"firstname": EVIL}, ensure_ascii=False))
    await publish(page)
    shop.progress.tell({"a": Fate(EVIL, EVIL, EVIL, EVIL)}, over=True)

    fate = page.locator("#published li")
    await expect(fate).to_have_text(f"{EVIL} to {EVIL}, {EVIL}: {EVIL}")
    assert shop.bodies == [{"firstname": EVIL}]
    assert await page.locator("main img").count() == 0
    assert await page.title() == "Inbox · smsherald sandbox"
    # Each value is an island of its own: its marks of direction turn nothing beside it.
    isolated = "all => all.every(it => getComputedStyle(it).unicodeBidi === 'isolate')"
    assert await fate.locator("bdi, a").evaluate_all(isolated)
    link = fate.get_by_role("link")
    assert str(await link.get_attribute("href")).startswith("#%3Cimg")


async def test_after_each_publish_the_next_free_number_is_offered(shop: Shop, page: Page) -> None:
    await page.goto(shop.sandbox.url)
    body = page.get_by_label("Body")

    for number in ("R1", "R2"):
        await publish(page)
        assert shop.bodies[-1] == {"number": number, "firstname": "Ann"}
    await expect(body).to_have_value('{\n  "number": "R3",\n  "firstname": "Ann"\n}')
    await expect(page.locator("#curl")).to_contain_text("R3")

    # What somebody has written stays.
    await body.fill('{"number": "R3", "firstname": "Zoe", "size": "A4"}')
    await publish(page)
    await expect(body).to_have_value('{"number": "R4", "firstname": "Zoe", "size": "A4"}')

    await page.get_by_role("button", name="shipment.created").click()
    await expect(body).to_have_value('{\n  "number": "H1",\n  "order_number": "R4"\n}')
    await page.reload()
    await expect(body).to_have_value('{\n  "number": "R4",\n  "firstname": "Ann"\n}')
