"""`smsherald sandbox`, as its own process."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from smsherald.sandbox import Sandbox
from support.ports import free_port

RUN = "import typer; from smsherald.cli.sandbox import command; typer.run(command)"


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, *arguments, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def first_line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_says_where_it_is_and_ends_at_a_signal_with_0(number: signal.Signals) -> None:
    async with started("--port", "0") as process:
        line = await first_line(process)
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None

        async with aiohttp.ClientSession() as session, session.get(found[0]) as response:
            assert response.status == 200
        process.send_signal(number)
        rest, errors = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 0
    assert f"api_url: '{found[0]}'" in rest.decode()
    assert errors == b""


async def test_a_port_in_use_is_said_and_ends_it_with_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started("--port", str(port)) as process:
            output, errors = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 1
    assert output == b""
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in errors.decode()
    assert "Traceback" not in errors.decode()


async def test_an_account_that_cannot_be_read_is_a_usage_error_that_shows_no_token() -> None:
    async with started("--account", "secret-token") as process:
        _, errors = await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 2
    assert "SID:TOKEN" in errors.decode()
    assert "secret-token" not in errors.decode()


async def test_the_next_free_port_is_taken_where_that_is_asked_for() -> None:
    port = free_port()
    async with Sandbox(port=port) as first, Sandbox(port=port, next_port=True) as second:
        assert first.url == f"http://127.0.0.1:{port}"
        assert int(second.url.rpartition(":")[2]) > port
        with pytest.raises(OSError, match="in use"):
            async with Sandbox(port=port):
                pass
