"""The operator's pages, by real HTTP."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import time
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from smsherald.model import EventOutcome
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import HttpSettings
from smsherald.web.operations import serve
from support.waiting import PATIENCE

FILES = ["/style.css", "/page.js", "/status.js", "/live.js"]
PAGES = ["/", "/metrics", "/livez", "/readyz", "/status.json", *FILES]


class Site:
    """The pages of a daemon, with the parts behind them."""

    def __init__(self) -> None:
        self.now = 100.0
        self.health = Health(["broker", "ledger"], lambda: self.now)
        self.metrics = Metrics(["order-created"])
        self.status: dict[str, object] = {"SMSes in flight": 3}
        self.address = ""

    def all_works(self) -> None:
        for component in self.health.components:
            self.health.problem(component, None)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    async with serve(
        HttpSettings("127.0.0.1", 0), site.health, site.metrics, lambda: site.status
    ) as site.address:
        yield site


@pytest.fixture
async def http(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(site.address) as session:
        yield session


async def get(http: aiohttp.ClientSession, path: str) -> tuple[int, str]:
    async with http.get(path) as answer:
        return answer.status, await answer.text()


class TestLive:
    """It fails only where a restart helps."""

    async def test_it_is_alive_though_no_component_works(self, http: aiohttp.ClientSession) -> None:
        assert await get(http, "/livez") == (200, "alive\n")

    async def test_what_stalls_is_said(self, site: Site, http: aiohttp.ClientSession) -> None:
        site.health.expect("session", within=60)
        site.now += 61

        assert await get(http, "/livez") == (503, "session: no progress for 61 s\n")


class TestReady:
    """It says all that keeps events from being handled."""

    async def test_it_is_ready_when_everything_works(
        self, site: Site, http: aiohttp.ClientSession
    ) -> None:
        site.all_works()

        assert await get(http, "/readyz") == (200, "ready\n")

    async def test_every_problem_has_its_line(
        self, site: Site, http: aiohttp.ClientSession
    ) -> None:
        site.health.problem("broker", "connection refused")

        assert await get(http, "/readyz") == (
            503,
            "broker: connection refused\nledger: starting; it waits for the broker\n",
        )


class TestStatus:
    """A program reads what a person does, and since when it is so."""

    async def test_it_says_what_works_and_since_when(
        self, site: Site, http: aiohttp.ClientSession
    ) -> None:
        site.now += 5
        site.health.problem("broker", "connection refused")
        site.now += 2
        site.health.problem("broker", "still refused")
        site.now += 1
        site.health.ask("ledger", lambda: "asked")
        async with http.get("/status.json") as answer:
            said = await answer.json()

        assert (said["ready"], said["alive"]) == (False, True)
        assert said["components"] == {
            "broker": {"problem": "still refused", "seconds": 8.0},
            "ledger": {"problem": "asked", "seconds": None},
        }
        assert said["SMSes in flight"] == 3
        site.health.problem("broker", None)
        async with http.get("/status.json") as answer:
            assert (await answer.json())["components"]["broker"]["seconds"] == 0.0


class TestMetrics:
    """A scraper reads what was counted."""

    async def test_what_was_counted_is_there(self, site: Site, http: aiohttp.ClientSession) -> None:
        site.metrics.event(EventOutcome.HANDLED, age=1, duration=0.1)

        async with http.get("/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            families = text_string_to_metric_families(await answer.text())
            (events,) = (f for f in families if f.name == "smsherald_events")
        assert {s.labels["outcome"]: s.value for s in events.samples} == {
            "handled": 1,
            "ignored": 0,
            "parked": 0,
            "deferred": 0,
        }

    async def test_openmetrics_is_there_for_who_asks(self, http: aiohttp.ClientSession) -> None:
        accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
        async with http.get("/metrics", headers=accept) as answer:
            assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
            assert (await answer.text()).endswith("# EOF\n")

    async def test_an_accept_of_a_stranger_is_no_error(self, http: aiohttp.ClientSession) -> None:
        async with http.get("/metrics", headers={"Accept": "text/plain; version=abc"}) as answer:
            assert answer.status == 200


class TestStatusPage:
    """One page for a person, that needs nothing from elsewhere."""

    async def test_it_says_what_works_and_what_does_not(
        self, site: Site, http: aiohttp.ClientSession
    ) -> None:
        site.health.problem("broker", None)
        site.health.problem("ledger", "disk full")
        _, page = await get(http, "/")

        assert "Not ready: see below. broker works ledger disk full" in _text(page)
        assert "<title>Not ready" in page

    async def test_it_says_what_stalls(self, site: Site, http: aiohttp.ClientSession) -> None:
        site.all_works()
        site.health.expect("loop", within=5)
        site.now += 9
        _, page = await get(http, "/")

        assert "no progress for 9 s: only a restart helps" in page
        assert "Not ready" in page

    async def test_it_says_that_all_is_well(self, site: Site, http: aiohttp.ClientSession) -> None:
        site.all_works()
        _, page = await get(http, "/")

        assert '<h2 id="headline">Ready: texts go out.</h2>' in page

    async def test_what_stands_in_it_is_text_and_never_markup(
        self, site: Site, http: aiohttp.ClientSession
    ) -> None:
        site.health.problem("broker", "<script>alert(1)</script>")
        site.status = {"instance": '"><img src=x>', "flow_outcomes": {"<b>": {}}}
        _, page = await get(http, "/?q=%22%3E%3Ci%3E")

        assert "<script>" not in page
        assert "<img" not in page
        assert "<b>" not in page
        assert "<i>" not in page

    async def test_it_fetches_nothing(self, http: aiohttp.ClientSession) -> None:
        async with http.get("/") as answer:
            assert answer.headers["Content-Security-Policy"].startswith(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
            )
            page = await answer.text()

        outside = re.findall(r"(?:src|href|action)=\"((?:https?:)?//[^\"]+)", page)
        assert outside == []
        assert re.findall(r"\b(?:src|href)=\"(/[\w.]+)\"", page)[:4] == FILES

    async def test_its_links_lead_somewhere(self, site: Site, http: aiohttp.ClientSession) -> None:
        site.all_works()
        _, page = await get(http, "/")
        links = re.findall(r'(?:href|src)="(/[^"]*)"', page)

        assert len(links) == len(FILES) + 4
        assert {(await get(http, link))[0] for link in links} == {200}


class TestHttp:
    """What every page keeps to."""

    @pytest.mark.parametrize("path", PAGES)
    async def test_head_answers_as_get_does_without_a_body(
        self, site: Site, http: aiohttp.ClientSession, path: str
    ) -> None:
        site.all_works()
        async with http.head(path) as answer:
            assert answer.status == 200
            assert await answer.read() == b""

    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    async def test_nothing_can_be_changed(
        self, http: aiohttp.ClientSession, path: str, method: str
    ) -> None:
        async with http.request(method, path) as answer:
            assert answer.status == 405

    async def test_what_is_not_there_is_not_found(self, http: aiohttp.ClientSession) -> None:
        assert (await get(http, "/nowhere"))[0] == 404

    @pytest.mark.parametrize("path", PAGES)
    async def test_nothing_is_cached(self, http: aiohttp.ClientSession, path: str) -> None:
        async with http.get(path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Server"] == "smsherald"

    async def test_it_answers_in_a_few_turns_of_a_loop_that_is_busy(
        self, http: aiohttp.ClientSession
    ) -> None:
        turns = 0

        async def busy() -> None:
            nonlocal turns
            while True:
                turns += 1
                # Longer than the kernel takes to bring what has been sent.
                end = time.perf_counter() + 0.003
                while time.perf_counter() < end:
                    pass
                await asyncio.sleep(0)

        load = asyncio.create_task(busy())
        taken: dict[str, int] = {}
        for path in PAGES:
            before = turns
            await get(http, path)
            taken[path] = turns - before
        load.cancel()
        await asyncio.wait([load])

        assert max(taken.values()) < 80, taken


class TestListening:
    """Where it listens, and what it says when it cannot."""

    async def test_a_port_in_use_is_named_with_its_setting(self, site: Site) -> None:
        port = int(site.address.rpartition(":")[2])
        with pytest.raises(OSError, match=r"http.listen: http://127.0.0.1:.*in use") as error:
            async with serve(HttpSettings("127.0.0.1", port), site.health, site.metrics, dict):
                pytest.fail("two listen on one port")

        assert error.value.errno == errno.EADDRINUSE

    async def test_an_ipv6_address_is_written_as_urls_write_it(self, site: Site) -> None:
        if not _has_ipv6():
            pytest.skip("this machine has no IPv6")
        async with (
            serve(HttpSettings("::1", 0), site.health, site.metrics, dict) as address,
            aiohttp.ClientSession(address) as http,
        ):
            assert re.fullmatch(r"http://\[::1\]:\d+", address)
            assert (await get(http, "/livez"))[0] == 200

    async def test_after_the_end_nobody_listens_though_a_scraper_is_still_connected(self) -> None:
        site = Site()
        async with aiohttp.ClientSession() as http:
            # aiohttp by itself may wait for a minute.
            async with (
                asyncio.timeout(PATIENCE),
                serve(HttpSettings("127.0.0.1", 0), site.health, site.metrics, dict) as address,
            ):
                await get(http, f"{address}/metrics")
            with pytest.raises(aiohttp.ClientConnectorError):
                await get(http, f"{address}/metrics")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _text(page: str) -> str:
    """Return what a reader sees of a page."""
    parts: list[str] = []
    parser = HTMLParser()
    parser.handle_data = parts.append  # type: ignore[method-assign,assignment]  # Its documented hook.
    parser.feed(page)
    return " ".join(" ".join(parts).split())
