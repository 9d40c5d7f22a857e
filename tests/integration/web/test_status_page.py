"""The status page in a real browser."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, expect

from integration.web.conftest import TOKEN, Watched
from smsherald.errors import Reason
from smsherald.model import Deferred, Unfinished
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import HttpSettings
from smsherald.web.operations import serve
from smsherald.web.streams import MOST

EVIL = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
OF_LATE = re.compile(r"M5[89]\.5 20v-20")
"""One bar; a minute may begin while it is looked at."""
SILENT = "Not ready: nothing is sent by account default; see below."
TURNED = "\u202e\u2067\u05e9\u05dc Ann"
PAUSE = {
    "scope": "account",
    "name": "default",
    "cause": "refused",
    "why": "20003 (Permission Denied)",
    "who": None,
    "since": 1_750_000_000.0,
    "until": None,
    "probe": 1_750_000_040.0,
}


async def live(page: Page, watched: Watched, query: str = "") -> None:
    await page.goto(f"{watched.address}/{query}")
    await expect(page.locator("#state-text")).to_have_text("Live")


async def test_it_goes_on_by_itself_while_events_flow(watched: Watched, page: Page) -> None:
    await live(page, watched)
    await expect(page.locator("#headline")).to_have_text("Ready: texts go out.")
    await expect(page.locator("#events")).to_have_text("None yet.")
    await expect(page.locator("#in_queue .sum")).to_have_text("1,204")
    await expect(page.locator("#parked .sum")).to_have_text("not known")

    watched.happened(reference="R1", sid="SM1")
    watched.happened(
        Deferred(Reason.RATE_LIMITED, 5.0), event_id="order-2", reason="rate_limited", attempt=2
    )
    watched.unfinished = Unfinished(4, {"bad_number": 2}, 1)
    watched.figures["parked"] = 2

    events = page.locator(".event")
    await expect(events).to_have_count(2)
    await expect(events.first).to_contain_text("deferred to +1•••••••09 by order-created: rate")
    await expect(events.first).to_contain_text("event order-2 attempt 2 again at ")
    await expect(events.last).to_contain_text("reference R1 SID SM1")
    await expect(page.locator("#deferred")).to_contain_text("rate_limited 1")
    await expect(page.locator("#parked .sum")).to_have_text("2")
    await expect(page.locator("#parked")).to_contain_text("bad_number 2")
    await expect(page.locator("#held .sum")).to_have_text("4")
    await expect(page.locator("#outbox .sum")).to_have_text("1")
    plot = page.get_by_role("img", name="sent: 1 in the last hour, at most 1 in a minute")
    await expect(plot).to_be_visible()
    await expect(plot.locator(".bars")).to_have_attribute("d", OF_LATE)
    flow = page.get_by_role("row", name="order-created").get_by_role("cell")
    assert await flow.all_inner_texts() == ["1", "0", "0", "0", "0", "1"]
    assert await page.title() == "Ready: texts go out. · smsherald"

    watched.happened(
        Deferred(Reason.RATE_LIMITED, 5.0), event_id="order-2", reason="rate_limited", attempt=2
    )
    await expect(events.first).to_contain_text("put off 2 times")
    await expect(events).to_have_count(2)


async def test_why_nothing_goes_out_and_until_when_is_said(watched: Watched, page: Page) -> None:
    await live(page, watched)
    watched.pauses = [PAUSE, {**PAUSE, "scope": "all", "name": None, "cause": "operator"}]
    watched.health.problem("twilio", "Twilio refuses account default: 20003")
    watched.health.note(lambda: ["flow order-created is paused by ann"])

    await expect(page.locator("#headline")).to_have_text(SILENT)
    await expect(page.locator("#checks .bad")).to_contain_text(
        "twilio Twilio refuses account default: 20003 (since "
    )
    await expect(page.locator("#notes li")).to_have_text(["flow order-created is paused by ann"])
    pauses = page.locator("#pauses li")
    await expect(pauses.first).to_contain_text("account default, refused: 20003")
    await expect(pauses.first.locator("time")).to_have_count(1)
    await expect(pauses.first).to_contain_text(", the next SMS is a probe")
    await expect(pauses.last).to_contain_text("everything, operator")
    watched.pauses = [{**PAUSE, "probe": time.time() + 60}, watched.pauses[1]]
    await expect(pauses.first).to_contain_text(", next probe at ")
    await expect(pauses.first.locator("time")).to_have_count(2)
    assert await page.title() == f"{SILENT} · smsherald"

    watched.health.problem("twilio", None)
    await expect(page.locator("#headline")).to_have_text("Paused: nothing is sent; see below.")
    watched.pauses = []
    await expect(page.locator("#headline")).to_have_text("Ready: texts go out.")
    await expect(pauses).to_have_text(["Nothing is paused."])


async def test_what_was_green_is_not_once_nothing_is_heard(browser: Browser) -> None:
    # A browser logs that a connection ended as an error.
    page = await browser.new_page()
    watched = Watched()
    http = HttpSettings("127.0.0.1", 0)
    async with serve(http, watched.health, Metrics([]), watched.status) as watched.address:
        await live(page, watched)
        port = int(watched.address.rpartition(":")[2])
    await expect(page.locator("#headline")).to_contain_text("Not connected since ")
    await expect(page.locator("#since")).to_contain_text("What stands below was so then")
    await expect(page.locator("#state-text")).to_have_text("Not connected")
    assert (await page.title()).startswith("Not connected since ")
    colour = "getComputedStyle(document.querySelector('.checks .good'), '::before').color"
    assert await page.evaluate(colour) == await page.evaluate(
        "getComputedStyle(document.querySelector('.checks .good span')).color"
    )
    await page.locator("#q").fill("R1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#answer")).to_have_text(
        "Nobody could be asked: the daemon is not reachable."
    )

    again = HttpSettings("127.0.0.1", port)
    async with serve(again, watched.health, Metrics([]), watched.status):
        await expect(page.locator("#headline")).to_have_text("Ready: texts go out.")
        await expect(page.locator("#state-text")).to_have_text("Live")
        assert await page.evaluate("document.body.className") == ""
    await page.close()


async def test_nor_where_the_connection_stands_and_nobody_speaks(
    watched: Watched, page: Page
) -> None:
    async def silent(route: Route) -> None:
        """Never answer."""

    await page.clock.install()
    await page.route("**/events", silent)
    await page.goto(watched.address)
    await page.clock.fast_forward("00:13")
    await expect(page.locator("#headline")).to_have_text("Not connected.")


async def test_the_page_asks_again_and_again_where_there_are_too_many_streams(
    watched: Watched, page: Page
) -> None:
    async with aiohttp.ClientSession(
        watched.address, connector=aiohttp.TCPConnector(limit=0)
    ) as http:
        streams = [await http.get("/events") for _ in range(MOST)]
        await page.clock.install()
        await page.goto(watched.address)
        await expect(page.locator("#state-text")).to_have_text("Live, every few seconds")
        watched.happened(reference="R1")
        await page.clock.fast_forward("00:05")
        await expect(page.locator(".event")).to_contain_text("reference R1")
        for stream in streams:
            stream.close()


async def test_a_value_is_shown_and_never_markup(watched: Watched, page: Page) -> None:
    watched.happened(
        event_id=EVIL, routing_key=f"a{EVIL}", reference=TURNED, detail=f"b{EVIL}", to=f"+{EVIL}"
    )
    watched.pauses = [{**PAUSE, "name": EVIL, "why": EVIL, "who": TURNED}]
    watched.health.problem("broker", EVIL)
    for script in (False, True):
        context = await page.context.browser.new_context(  # type: ignore[union-attr]
            java_script_enabled=script
        )
        other = await context.new_page()
        await other.goto(f"{watched.address}/?q=%3Cimg%20src=x%3E")
        if script:
            await expect(other.locator("#state-text")).to_have_text("Live")
        row = other.locator(".event")
        await expect(row).to_contain_text(f"event {EVIL}")
        await expect(row).to_contain_text(f"b{EVIL}")
        await expect(other.locator("#pauses li")).to_contain_text(EVIL)
        await expect(other.locator("#checks")).to_contain_text(EVIL)
        assert await other.locator("#q").input_value() == "<img src=x>"
        assert await other.locator("main img, main script").count() == 0
        assert await other.title() == "Not ready: see below. · smsherald"
        for link in await row.locator("a").all():
            assert await link.get_attribute("dir") == "auto"
        assert await row.locator("bdi").count() == 3
        await context.close()


async def test_it_says_all_without_a_script(watched: Watched, browser: Browser) -> None:
    watched.happened(reference="R1")
    watched.pauses = [PAUSE]
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(watched.address)

    await expect(page.locator("#headline")).to_have_text(
        "Ready, but some texts are paused: see below."
    )
    await expect(page.locator(".event")).to_contain_text("sent to +1•••••••09 by order-created")
    await expect(page.locator("#pauses li")).to_contain_text(
        "since 2025-06-15 15:06:40 UTC, the next SMS is a probe"
    )
    await expect(page.locator("#plot-sent .bars")).to_have_attribute("d", OF_LATE)
    await expect(page.locator("#still")).to_be_hidden()
    await context.close()


class TestSearch:
    """It asks `/why.json`; what that says of real events is its own tests' affair."""

    @pytest.fixture
    async def answers(self, page: Page) -> dict[str, tuple[int, Any]]:
        """Answer in its place: what it says is another test's."""
        answers: dict[str, tuple[int, Any]] = {}

        async def answer(route: Route) -> None:
            wanted = route.request.url.rpartition("q=")[2]
            status, said = answers[wanted]
            await route.fulfill(
                status=status, content_type="application/json", body=json.dumps(said)
            )

        await page.route("**/why.json?*", answer)
        return answers

    async def test_what_became_of_it_is_said_and_can_be_shared(
        self, watched: Watched, page: Page, answers: dict[str, tuple[int, Any]]
    ) -> None:
        steps = [{"at": 1_750_000_000, "text": f"claimed {EVIL}"}, {"at": None, "text": TURNED}]
        answers["R%2F1"] = 200, {"wanted": "R/1", "sentence": "It was sent.", "steps": steps}
        answers["SM1"] = 200, {"wanted": "SM1", "sentence": "It waits.", "steps": []}
        watched.happened(sid="SM1")
        await live(page, watched)
        await page.get_by_role("searchbox").fill(" R/1 ")
        await page.keyboard.press("Enter")

        answer = page.locator("#answer")
        await expect(answer.locator(".sentence")).to_have_text("It was sent.")
        await expect(answer.locator("li")).to_have_count(2)
        await expect(answer.locator("li").first).to_contain_text(f"claimed {EVIL}")
        await expect(answer.locator("li").last).to_contain_text(TURNED)
        assert await answer.get_attribute("aria-live") == "polite"
        assert page.url == f"{watched.address}/?q=R%2F1"

        await page.locator(".event a", has_text="SM1").click()
        await expect(answer).to_have_text("It waits.")
        await expect(page.get_by_role("searchbox")).to_have_value("SM1")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        await page.go_back()
        await expect(answer.locator(".sentence")).to_have_text("It was sent.")
        await page.reload()
        await expect(answer.locator(".sentence")).to_have_text("It was sent.")

    async def test_a_phone_number_stands_in_no_address(self, watched: Watched, page: Page) -> None:
        asked: list[tuple[str, str | None]] = []

        async def answer(route: Route) -> None:
            asked.append((route.request.url, await route.request.header_value("X-Phone")))
            body = json.dumps({"sentence": "It was sent.", "steps": []})
            await route.fulfill(status=200, content_type="application/json", body=body)

        await page.route("**/why.json*", answer)
        await live(page, watched)
        await page.get_by_role("searchbox").fill("+1 (555) 867-5309")
        await page.keyboard.press("Enter")

        await expect(page.locator("#answer")).to_have_text("It was sent.")
        assert asked == [(f"{watched.address}/why.json", "+1 (555) 867-5309")]
        assert page.url == f"{watched.address}/"

    @pytest.mark.parametrize(
        ("typed", "known", "asks"),
        [
            ("15558675303", "reference", ["?q=15558675303"]),
            ("15558675303", "phone", ["?q=15558675303", "15558675303"]),
            ("15558675303", "nothing", ["?q=15558675303", "15558675303"]),
            ("(555) 867-5303", "phone", ["(555) 867-5303"]),
        ],
    )
    async def test_what_may_be_a_number_or_a_reference_stands_in_no_address_either(
        self, watched: Watched, browser: Browser, typed: str, known: str, asks: list[str]
    ) -> None:
        # An answer that nothing is known is an error in the browser's own log.
        page = await browser.new_page()
        asked: list[str] = []

        async def answer(route: Route) -> None:
            number = await route.request.header_value("X-Phone")
            asked.append(number or route.request.url.partition("/why.json")[2])
            how = "reference" if number is None else "phone"
            body = json.dumps({"sentence": f"Found by {how}." if how == known else "Nothing."})
            status = 200 if how == known else 404
            await route.fulfill(status=status, content_type="application/json", body=body)

        await page.route("**/why.json*", answer)
        await live(page, watched, "?q=R1")
        await expect(page.locator("#answer .sentence")).to_be_visible()
        asked.clear()
        await page.get_by_role("searchbox").fill(f" {typed} ")
        async with page.expect_event("requestfinished", lambda _: len(asked) == len(asks)):
            await page.keyboard.press("Enter")

        await expect(page.get_by_role("searchbox")).to_have_value(typed)
        says = "Nothing." if known == "nothing" else f"Found by {known}."
        await expect(page.locator("#answer")).to_have_text(says)
        assert page.url == f"{watched.address}/"
        assert asked == asks
        await page.close()

    async def test_a_link_to_a_reference_of_digits_can_be_shared(
        self, watched: Watched, page: Page, answers: dict[str, tuple[int, Any]]
    ) -> None:
        answers["100000123"] = 200, {"sentence": "It was sent.", "steps": []}
        watched.happened(reference="100000123")
        await live(page, watched)
        await page.locator(".event a", has_text="100000123").click()

        await expect(page.locator("#answer")).to_have_text("It was sent.")
        assert page.url == f"{watched.address}/?q=100000123"

    async def test_a_number_that_is_none_is_said_to_be_none(
        self, watched: Watched, browser: Browser
    ) -> None:
        page = await browser.new_page()

        async def answer(route: Route) -> None:
            await route.fulfill(status=400, content_type="text/plain", body="no phone number\n")

        await page.route("**/why.json*", answer)
        await live(page, watched)
        await page.get_by_role("searchbox").fill("+0 000 000 000")
        await page.keyboard.press("Enter")
        await expect(page.locator("#answer")).to_have_text(
            "This daemon cannot say: no phone number"
        )
        await page.close()

    async def test_without_script_what_is_typed_stands_in_no_address(
        self, watched: Watched, browser: Browser
    ) -> None:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(f"{watched.address}/")
        await page.get_by_role("searchbox").fill("+15558675303")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("searchbox")).to_have_value("")

        assert "555" not in page.url
        assert "smsherald why --phone" in await page.content()
        await context.close()

    async def test_that_nothing_is_known_is_said(self, watched: Watched, browser: Browser) -> None:
        # Such an answer is an error in the browser's own log.
        page = await browser.new_page()

        async def answer(route: Route) -> None:
            await route.fulfill(
                status=404, content_type="application/json", body='{"sentence": "Nothing."}'
            )

        await page.route("**/why.json?*", answer)
        await page.goto(f"{watched.address}/?q=R1")
        await expect(page.locator("#answer")).to_have_text("Nothing.")
        await page.unroute("**/why.json?*")
        await page.close()


async def test_the_list_of_events_stands_still_while_somebody_reads_it(
    watched: Watched, page: Page
) -> None:
    watched.happened(reference="R1")
    await live(page, watched)
    still = page.get_by_role("button", name="Stand still")
    await still.click()
    await expect(still).to_have_attribute("aria-pressed", "true")
    watched.happened(reference="R2")
    await expect(page.locator("#newer")).to_have_text("1 newer event not shown")
    await expect(page.locator(".event")).to_have_count(1)

    # What has the focus keeps it, whatever comes.
    await page.locator(".event a").first.focus()
    await page.keyboard.press("Tab")
    await still.evaluate("it => it.click()")
    await expect(page.locator(".event")).to_have_count(2)
    assert await page.evaluate("document.activeElement.closest('.event') !== null")


async def test_a_browser_asks_for_the_token_and_shows_it_to_the_stream(
    guarded: Watched, browser: Browser
) -> None:
    context = await browser.new_context(
        http_credentials={"username": "ann", "password": TOKEN, "origin": guarded.address}
    )
    page = await context.new_page()
    await live(page, guarded)
    guarded.happened(reference="R1")
    await expect(page.locator(".event")).to_contain_text("R1")
    assert TOKEN not in await page.content()
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_anybody_can_use_it(
    watched: Watched, browser: Browser, scheme: Any, width: int
) -> None:
    watched.happened(reference="R" * 60, sid="SM" + 32 * "0", event_id="e" * 200)
    watched.happened(Deferred(Reason.PAUSED, 5.0), reason="paused")
    watched.pauses = [PAUSE]
    watched.health.problem("broker", "localhost:5672: " + "x" * 200)
    watched.health.note(lambda: ["flow order-created is paused by ann"])
    context = await browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = await context.new_page()
    await live(page, watched)
    await expect(page.locator(".event")).to_have_count(2)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    for state in ("", "away-since"):
        await page.evaluate(f"document.body.className = '{state}'")
        found = (await Axe().run(page)).response["violations"]
        assert [(it["id"], it["impact"], [n["html"] for n in it["nodes"]]) for it in found] == []
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_table_that_is_wider_than_the_screen_shows_at_which_edge_there_is_more(
    watched: Watched, browser: Browser, scheme: Any
) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 800}, color_scheme=scheme)
    page = await context.new_page()
    await live(page, watched)
    table = page.locator(".wide")
    await table.evaluate("it => { it.firstElementChild.style.visibility = 'hidden' }")

    async def edges() -> tuple[bytes, bytes]:
        """Return what is seen of the table's left and right edge."""
        await table.scroll_into_view_if_needed()
        box = await table.bounding_box()
        assert box is not None
        lefts = (box["x"], box["x"] + box["width"] - 8)
        left, right = [
            await page.screenshot(clip={"x": x, "y": box["y"] + 2, "width": 8, "height": 20})
            for x in lefts
        ]
        return left, right

    at_the_beginning, behind = await edges()
    await table.evaluate("it => { it.scrollLeft = it.scrollWidth }")
    before, at_the_end = await edges()

    assert at_the_beginning == at_the_end
    assert at_the_beginning not in (before, behind)
    await context.close()


async def test_a_page_that_nobody_sees_keeps_no_stream(watched: Watched, page: Page) -> None:
    await live(page, watched)
    hide = "Object.defineProperty(document, 'hidden', {get: () => HIDDEN, configurable: true});"
    tell = "document.dispatchEvent(new Event('visibilitychange'));"
    await page.evaluate(hide.replace("HIDDEN", "true") + tell)
    await expect(page.locator("#state-text")).to_have_text("Live, every few seconds")
    await asyncio.sleep(1.5)
    asked = watched.asked
    await asyncio.sleep(1.5)
    assert watched.asked == asked
    await page.evaluate(hide.replace("HIDDEN", "false") + tell)
    await expect(page.locator("#state-text")).to_have_text("Live")
