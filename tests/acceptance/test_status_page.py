"""The status page of a daemon that runs, in a real browser, while things happen to it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from acceptance.conftest import Shop
from support.needs import program
from support.publishing import Publication, order
from support.waiting import PATIENCE

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MILLISECONDS = 1000 * PATIENCE
SILENT = "Not ready: nothing is sent by account default; see below."


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a page from which no request may leave the host."""
    asked: list[str] = []
    with sync_playwright() as playwright:
        path = program("chromium", "chromium")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        yield page
        browser.close()
    assert [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))] == []


@pytest.mark.long
@pytest.mark.takes(12)
def test_it_shows_what_flows_what_is_refused_and_that_the_daemon_is_gone(
    shop: Shop, page: Page
) -> None:
    page.goto(shop.daemon.url)
    headline = page.locator("#headline")
    expect(page.locator("#state-text")).to_have_text("Live", timeout=MILLISECONDS)
    expect(headline).to_have_text("Ready: texts go out.", timeout=MILLISECONDS)

    shop.publish([order(number) for number in range(5)])
    sent = page.get_by_role("img", name=re.compile("^sent: 5 in the last hour"))
    expect(sent).to_be_visible(timeout=MILLISECONDS)
    expect(page.locator(".event")).to_have_count(5)
    expect(page.locator(".event").first).to_contain_text("sent to ")
    expect(page.locator("#in_queue .sum")).to_have_text("0", timeout=MILLISECONDS)
    texts = [text["to"] for text in shop.sandbox.texts()]
    shown = page.locator("body").inner_text()
    assert [to for to in texts if to in shown] == []

    page.get_by_role("searchbox").fill("R3")
    page.keyboard.press("Enter")
    said = page.locator("#answer .sentence")
    expect(said).to_contain_text("is sent, as SM", timeout=MILLISECONDS)
    page.get_by_role("searchbox").fill("R33")
    page.keyboard.press("Enter")
    expect(said).to_contain_text("R33", timeout=MILLISECONDS)
    expect(page.locator("#answer li").first).to_contain_text("look: ")

    shop.publish([Publication("order.created", b"no JSON")])
    expect(page.locator(".event").first).to_contain_text("parked: not_json", timeout=MILLISECONDS)
    expect(page.locator("#parked .sum")).to_have_text("1", timeout=MILLISECONDS)

    shop.sandbox.fault("not_authenticated", times=None)
    shop.publish([order(10)])
    expect(headline).to_have_text(SILENT, timeout=MILLISECONDS)
    expect(page.locator("#checks .bad")).to_contain_text("Twilio refuses account default: 20003")
    expect(page.locator("#pauses")).to_contain_text("account default, refused: 20003")
    shop.sandbox.heal()
    expect(headline).to_have_text("Ready: texts go out.", timeout=MILLISECONDS)

    # A stream does not hold up the end.
    assert shop.daemon.stop() == 0
    expect(headline).to_contain_text("Not connected since ", timeout=MILLISECONDS)
