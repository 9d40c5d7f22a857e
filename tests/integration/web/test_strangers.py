"""Whatever strangers do at the operator's port, the next probe gets in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest
from structlog.testing import capture_logs

from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import HttpSettings
from smsherald.web.doorkeeper import MOST
from smsherald.web.operations import serve

HALF = b"GET /livez HTTP/1.1\r\nHost: "
WHOLE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


class Stranger:
    """A connection that sends what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def leaves(self) -> None:
        self._writer.transport.abort()

    async def sends(self, octets: bytes) -> None:
        self._writer.write(octets)
        await self._writer.drain()

    async def reads(self) -> bytes:
        """Return an answer's first bytes; none where the connection has ended."""
        try:
            async with asyncio.timeout(30):
                return await self._reader.read(2**16)
        except ConnectionError:
            return b""

    async def drips(self) -> None:
        """Send a header line byte by byte, for as long as that can be."""
        try:
            while True:
                await self.sends(b"x")
                await asyncio.sleep(0.2)
        except ConnectionError:
            pass


class Port:
    """The operator's port, and who connects to it."""

    def __init__(self, address: str, stack: AsyncExitStack) -> None:
        self.address = address
        self._host, self._port = address.removeprefix("http://").split(":")
        self._stack = stack

    async def connect(self, octets: bytes = b"") -> Stranger:
        reader, writer = await asyncio.open_connection(self._host, int(self._port))
        stranger = Stranger(reader, writer)
        self._stack.callback(stranger.leaves)
        await stranger.sends(octets)
        return stranger

    async def probe(self, path: str = "/livez") -> int:
        async with aiohttp.ClientSession() as http, http.get(self.address + path) as answer:
            await answer.read()
            return answer.status


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    health = Health(["broker"], lambda: 0.0)
    health.problem("broker", None)
    listen = HttpSettings("127.0.0.1", 0)
    async with serve(listen, health, Metrics([]), dict) as address, AsyncExitStack() as stack:
        yield Port(address, stack)


async def ended(strangers: list[Stranger]) -> list[int]:
    """Return which of them have no connection any more, by their places; waits for none of them."""
    reading = [asyncio.ensure_future(stranger.reads()) for stranger in strangers]
    await asyncio.wait(reading, timeout=0.5)
    done = [place for place, task in enumerate(reading) if task.done() and task.result() == b""]
    for task in reading:
        task.cancel()
    return done


class TestConnections:
    """There are so many at most."""

    @pytest.mark.parametrize("octets", [b"", HALF], ids=["silent", "half a request"])
    async def test_the_oldest_gives_way_to_the_next(self, port: Port, octets: bytes) -> None:
        strangers = [await port.connect(octets) for _ in range(MOST + 3)]

        assert await ended(strangers) == [0, 1, 2]

    async def test_who_asked_a_moment_ago_does_not(self, port: Port) -> None:
        strangers = [await port.connect() for _ in range(MOST)]
        await strangers[0].sends(WHOLE)
        assert (await strangers[0].reads()).startswith(b"HTTP/1.1 200 OK")
        await port.connect()

        assert await ended(strangers) == [1]

    async def test_a_thousand_keep_no_probe_out(self, port: Port) -> None:
        strangers = []
        for number in range(1000):
            strangers.append(await port.connect(HALF))
            if number % 100 == 99:
                paths = ["/livez", "/readyz", "/metrics", "/"]
                assert [await port.probe(path) for path in paths] == [200] * 4

        assert len(await ended(strangers)) >= 1000 - MOST

    async def test_nobody_is_missed_once_they_have_gone(self, port: Port) -> None:
        for _ in range(3 * MOST):
            assert await port.probe() == 200


class TestTime:
    """There is so much at most for one whole request."""

    async def test_who_has_not_asked_by_then_is_gone(self, port: Port) -> None:
        silent, half, slow, served = [
            await port.connect(octets) for octets in (b"", HALF, HALF, WHOLE)
        ]
        dripping = asyncio.ensure_future(slow.drips())
        assert (await served.reads()).startswith(b"HTTP/1.1 200 OK")

        assert [await each.reads() for each in (silent, half, slow)] == [b""] * 3
        await dripping
        await served.sends(WHOLE)
        assert (await served.reads()).startswith(b"HTTP/1.1 200 OK")


class TestMalformed:
    """What is no request."""

    @pytest.mark.parametrize(
        "octets",
        [
            pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", id="TLS"),
            pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", id="SSH"),
            pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="another version"),
            pytest.param(b"GET / HTTP/1.1\r\nno colon\r\n\r\n", id="no header"),
            pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000, id="long header"),
            pytest.param(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", id="long line"),
            pytest.param(
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", id="no length"
            ),
            pytest.param(
                b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                id="no chunk",
            ),
        ],
    )
    async def test_is_one_short_line_at_most_and_no_traceback(
        self, port: Port, octets: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        with capture_logs() as lines:
            stranger = await port.connect(octets)
            assert b" 4" in await stranger.reads()
            assert await port.probe() == 200

        assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []
        assert {(line["log_level"], line["event"]) for line in lines} <= {
            ("debug", "http_malformed")
        }
        assert len(lines) <= 1
        assert [line for line in lines if "exc_info" in line] == []

    async def test_does_not_hide_an_exception_of_ours(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        def breaks() -> dict[str, object]:
            raise ZeroDivisionError

        listen = HttpSettings("127.0.0.1", 0)
        async with (
            serve(listen, Health([], lambda: 0.0), Metrics([]), breaks) as address,
            aiohttp.ClientSession(address) as http,
            http.get("/") as answer,
        ):
            assert answer.status == 500

        [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert record.exc_info is not None
        assert record.exc_info[0] is ZeroDivisionError
