"""A daemon whose consumer the broker has forgotten, while all looks well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from smsherald.app import Daemon, running
from smsherald.settings.load import load
from smsherald.settle.consumer import Consumer
from support.daemon import Daemon as Configured
from support.daemon import Figures
from support.http import request
from support.publishing import order, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import PATIENCE, eventually

QUEUE = "smsherald"


@dataclass(frozen=True, slots=True)
class Shop:
    """A daemon on this loop, and what is asked of it from a thread."""

    daemon: Daemon
    sandbox: SandboxProcess
    url: str

    async def publish(self, first: int, events: int) -> None:
        await asyncio.to_thread(publish, self.url, [order(first + n) for n in range(events)])

    async def sent(self, texts: int) -> None:
        await asyncio.to_thread(
            eventually,
            lambda: self.sandbox.count() >= texts,
            within=PATIENCE,
            what=f"{texts} texts arrive",
        )

    def remade(self) -> float:
        figures = Figures(request(self.daemon.address + "/metrics").text)
        return figures.value("smsherald_sessions_remade_total")

    async def until_remade(self, times: int) -> None:
        await asyncio.to_thread(
            eventually,
            lambda: self.remade() == times,
            within=PATIENCE,
            what="the session is made anew",
        )

    async def livez(self) -> str:
        return (await asyncio.to_thread(request, self.daemon.address + "/livez")).text


@asynccontextmanager
async def a_shop(tmp_path: Path, url: str, sandbox: SandboxProcess) -> AsyncIterator[Shop]:
    configured = Configured(tmp_path / "daemon", url, sandbox.url)
    configured.settings["broker"] |= {"concurrency": 5}
    configured.write()
    loaded = load(configured.config, {})
    async with running(loaded.settings, loaded.flows) as daemon:
        yield Shop(daemon, sandbox, url)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test see in seconds what takes minutes."""
    monkeypatch.setattr("smsherald.app.waiting.EVERY", 0.25)
    monkeypatch.setattr("smsherald.app.waiting.patience", lambda _: 1.0)
    monkeypatch.setattr("smsherald.settle.stall.SELDOM", 3.0)
    monkeypatch.setattr("smsherald.app.waiting.STALLS", 1.5)


@pytest.mark.usefixtures("hasty")
async def test_a_consumer_that_the_broker_has_lost_is_followed_by_one_that_takes_all(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    version = await asyncio.to_thread(rabbit.ctl, "version")
    if not version.startswith("3."):
        pytest.skip("What is done inside the node was made for RabbitMQ 3, and may harm another.")
    with structlog.testing.capture_logs() as lines:
        async with a_shop(tmp_path, amqp_url, sandbox) as shop:
            await shop.publish(0, 10)
            await shop.sent(10)
            await asyncio.to_thread(rabbit.lose_consumers, vhost, QUEUE)
            await shop.publish(10, 20)
            await shop.until_remade(1)
            await shop.sent(30)
            await asyncio.to_thread(rabbit.wait_until_settled, vhost, QUEUE, PATIENCE)
            alive = await shop.livez()

            assert len({text["body"] for text in sandbox.texts()}) == sandbox.count() == 30
    assert alive == "alive\n"
    [remade] = [line for line in lines if line["event"] == "session_remade"]
    assert remade["why"].endswith("20 events are ready")


@pytest.mark.usefixtures("hasty")
@pytest.mark.long
async def test_what_no_other_session_helps_is_no_life(
    amqp_url: str, sandbox: SandboxProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Consumer, "handle", hangs)
    async with a_shop(tmp_path, amqp_url, sandbox) as shop:
        await shop.publish(0, 50)
        await shop.until_remade(2)
        still = await shop.livez()
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while "consumer" not in await shop.livez():
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.1)
        remade = await asyncio.to_thread(shop.remade)

    assert (still, remade) == ("alive\n", 2)


@pytest.mark.usefixtures("hasty")
async def test_a_slow_twilio_is_no_stall(
    amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.fault("latency", times=None, seconds=0.7)
    async with a_shop(tmp_path, amqp_url, sandbox) as shop:
        await shop.publish(0, 60)
        await asyncio.sleep(4)

        assert await asyncio.to_thread(shop.remade) == 0
        sandbox.heal()
