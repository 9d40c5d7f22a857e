"""What the page hears: told as it changes, made once, and a burden to nobody."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from integration.web.conftest import Watched
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import HttpSettings
from smsherald.web.operations import serve
from smsherald.web.streams import MOST, QUIET, Streams
from support.waiting import PATIENCE

EVERY = 0.02


class Source:
    """Something to tell."""

    def __init__(self) -> None:
        self.says: dict[str, object] = {"number": 0}
        self.asked = 0
        self.told: list[asyncio.BaseTransport] = []
        self.fails = False

    def say(self) -> Mapping[str, object]:
        self.asked += 1
        if self.fails:
            raise ZeroDivisionError
        return {**self.says, "at": self.asked}

    @staticmethod
    def essence(said: Mapping[str, object]) -> object:
        return {**said, "at": None}


@asynccontextmanager
async def streaming(source: Source, **options: Any) -> AsyncIterator[tuple[Streams, str]]:
    """Serve streams of it; gives their address."""
    streams = Streams(source.say, source.essence, source.told.append, **{"every": EVERY, **options})
    app = web.Application()
    app.router.add_get("/events", streams.answer, allow_head=False)
    runner = web.AppRunner(app, shutdown_timeout=PATIENCE)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield streams, f"http://{host}:{port}/events"
    finally:
        streams.close()
        await runner.cleanup()


@asynccontextmanager
async def listening(address: str) -> AsyncIterator[Callable[[], Any]]:
    """Listen; gives what returns the next event: its name and what its data says."""
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        async def following() -> tuple[str, Any]:
            async with asyncio.timeout(PATIENCE):
                event = await answer.content.readuntil(b"\n\n")
            if not event:
                raise EOFError
            name, _, data = event.decode().strip().partition("\ndata: ")
            return name.removeprefix("event: "), json.loads(data)

        yield following


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110 - what is waited for happens elsewhere.
            await asyncio.sleep(EVERY)


async def test_who_comes_hears_all_at_once_and_then_what_changes() -> None:
    source = Source()
    async with streaming(source) as (_, address), listening(address) as following:
        assert (await following())[1]["number"] == 0
        source.says["number"] = 1
        assert (await following())[1]["number"] == 1


async def test_that_nothing_changes_is_said_now_and_then() -> None:
    source = Source()
    async with streaming(source) as (_, address), listening(address) as following:
        await following()
        asked = source.asked
        assert await following() == ("unchanged", 1)
        assert source.asked - asked >= QUIET - 1


async def test_it_is_made_once_for_all_and_not_at_all_for_nobody() -> None:
    source = Source()
    async with streaming(source, every=0.2) as (streams, address):
        await asyncio.sleep(0.3)
        assert source.asked == 0
        async with listening(address) as one, listening(address) as other:
            assert await one() == await other()
            assert source.asked <= 2
        await until(lambda: len(streams) == 0)
        asked = source.asked
        await asyncio.sleep(0.5)

        assert source.asked == asked


async def test_what_went_by_while_nobody_listened_is_not_old_news() -> None:
    source = Source()
    async with streaming(source) as (streams, address):
        async with listening(address) as following:
            await following()
        await until(lambda: len(streams) == 0)
        await asyncio.sleep(5 * EVERY)
        source.says["number"] = 1
        async with listening(address) as following:
            assert (await following())[1]["number"] == 1


async def test_one_more_than_there_may_be_is_told_to_ask_another_way() -> None:
    source = Source()
    async with streaming(source, most=1) as (streams, address), aiohttp.ClientSession() as http:
        async with listening(address), http.get(address) as answer:
            assert answer.status == 204
        await until(lambda: len(streams) == 0)
        async with listening(address) as following:
            await following()


async def test_one_that_does_not_read_hears_less_and_grows_nothing() -> None:
    source = Source()
    size = 2_000_000
    numbers = itertools.count()

    def say() -> Mapping[str, object]:
        return {"number": next(numbers), "much": "x" * size}

    source.say = say  # type: ignore[method-assign]
    async with streaming(source) as (_, address):
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.setblocking(False)  # noqa: FBT003 - the method has no name for it.
            loop = asyncio.get_running_loop()
            port = int(address.split(":")[2].partition("/")[0])
            await loop.sock_connect(slow, ("127.0.0.1", port))
            await loop.sock_sendall(slow, b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            await until(lambda: next(numbers) > 20)
            told = len(source.told)
            await until(lambda: next(numbers) > 60)

            # It is no connection that makes progress, so whoever keeps the door may end it.
            assert len(source.told) == told
            assert all(_waiting(transport) <= size + 2**17 for transport in source.told)


def _waiting(transport: asyncio.BaseTransport) -> int:
    assert isinstance(transport, asyncio.Transport)
    return transport.get_write_buffer_size()


async def test_where_it_cannot_be_said_the_streams_end() -> None:
    source = Source()
    loop = asyncio.get_running_loop()
    errors: list[Any] = []
    loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
    async with streaming(source) as (streams, address), listening(address) as following:
        await following()
        source.fails = True
        with pytest.raises(EOFError):
            await following()
        await until(lambda: len(streams) == 0)
        source.fails = False
        async with listening(address) as again:
            await again()

    assert [type(error) for error in errors] == [ZeroDivisionError]


class TestBesideTheRest:
    """On the operator's port."""

    async def test_probes_and_pages_get_in_beside_all_streams(self, watched: Watched) -> None:
        async with aiohttp.ClientSession(
            watched.address, connector=aiohttp.TCPConnector(limit=0)
        ) as http:
            streams = [await http.get("/events") for _ in range(MOST)]
            async with http.get("/events") as one_more:
                assert one_more.status == 204
            for _ in range(100):
                async with http.get("/livez") as probe:
                    assert probe.status == 200
            for stream in streams:
                assert (await stream.content.readuntil(b"\n\n")).startswith(b"event: status\n")
                stream.close()

    async def test_they_do_not_hold_up_the_end(self) -> None:
        health = Health(["ledger"], lambda: 0.0)
        async with aiohttp.ClientSession() as http:
            loop = asyncio.get_running_loop()
            async with serve(HttpSettings("127.0.0.1", 0), health, Metrics([]), dict) as address:
                streams = [await http.get(f"{address}/events") for _ in range(MOST)]
                began = loop.time()
            took = loop.time() - began
            rest = [await stream.content.read() for stream in streams]

        assert took < 0.9
        assert all(each.endswith(b"\n\n") for each in rest)
