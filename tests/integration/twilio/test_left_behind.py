"""Once we have given up on a request, the server never gets it, however late it reads.

The server here takes a connection and does not read: what does not fit into its small receive
buffer waits in the client's kernel, as it would before a link that is down.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Self, TypeAlias
from urllib.parse import urlencode

import aiohttp
import aiohttp.connector
import pytest

from smsherald.twilio.http import HttpClient, UnansweredError
from support.certificates import make_certificates
from support.freezing import freeze

FORM = {"Body": "😀" * 1600}
BODY = urlencode(FORM).encode()
RECEIVE_BUFFER = 4096
# Long enough for a busy machine to have connected by then.
TIMEOUT = 3.0
SILENCE = 1.0
ON_ITS_WAY = 0.3

GiveUp: TypeAlias = Callable[[str], Awaitable[None]]


class DeafServer:
    """Takes one connection on a thread of its own, and reads nothing until it `listens`."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.connected = Event()
        self._context = context
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self._hears = Event()
        self._received = b""
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._hears.set()
        self._listening.close()

    @property
    def url(self) -> str:
        """Return where it is."""
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}/"

    def listens(self) -> bytes:
        """Read what comes until the end, or until nothing comes for a while; return it."""
        assert self.connected.is_set()
        self._hears.set()
        self._thread.join()
        return self._received

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection, suppress(OSError):
            connection.settimeout(SILENCE)
            self.connected.set()
            self._hears.wait()
            while octets := connection.recv(65536):
                self._received += octets


async def ours(url: str) -> None:
    """Post as the daemon does, and give up."""
    async with HttpClient(timeout=TIMEOUT, connections=1) as client:
        with pytest.raises(UnansweredError):
            await client.request("POST", url, data=FORM)


async def cancelled(url: str) -> None:
    """Post as the daemon does, and be cancelled."""
    async with HttpClient(timeout=60, connections=1) as client:
        request = asyncio.ensure_future(client.request("POST", url, data=FORM))
        await asyncio.wait([request], timeout=TIMEOUT)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request


async def anybodys(url: str) -> None:
    """Post with aiohttp as it comes, and give up; the session closes."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        with pytest.raises(TimeoutError):
            await session.post(url, data=FORM)


class TestGivingUp:
    """On a request that waits in our kernel."""

    @pytest.mark.parametrize("give_up", [ours, cancelled])
    async def test_takes_it_back(self, give_up: GiveUp) -> None:
        with DeafServer() as server:
            await give_up(server.url)

            assert len(server.listens()) < len(BODY)

    async def test_by_merely_closing_delivers_it(self) -> None:
        """What the other tests see is due to us, not to their server."""
        with DeafServer() as server:
            await anybodys(server.url)

            assert server.listens().endswith(BODY)

    @pytest.mark.parametrize("give_up", [ours, cancelled])
    async def test_takes_it_back_from_tls(
        self, give_up: GiveUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        certificates = make_certificates(tmp_path)
        served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        served.load_cert_chain(certificates.certificate, certificates.key)
        trusting = ssl.create_default_context(cafile=str(certificates.authority))
        monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
        with DeafServer(served) as server:
            await give_up(server.url)

            assert len(server.listens()) < len(BODY)


CLIENT = """
import asyncio, sys
from smsherald.twilio.http import HttpClient

async def main() -> None:
    async with HttpClient(timeout=float(sys.argv[2]), connections=1) as client:
        await client.request("POST", sys.argv[1], data={"Body": "\\U0001f600" * 1600})

asyncio.run(main())
"""


@contextmanager
def posting_process(server: DeafServer, give_up_after: float) -> Iterator[int]:
    """Post from a process of its own; yield its id once the request is on its way."""
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, server.url, str(give_up_after)], stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert server.connected.wait(30)
            time.sleep(ON_ITS_WAY)
            yield process.pid
        finally:
            process.kill()


def test_a_process_that_is_killed_leaves_no_request_behind() -> None:
    with DeafServer() as server, posting_process(server, give_up_after=60) as process:
        os.kill(process, signal.SIGKILL)
        time.sleep(ON_ITS_WAY)

        assert len(server.listens()) < len(BODY)


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_USER_TIMEOUT is Linux's.")
def test_a_process_that_is_stopped_leaves_no_request_behind() -> None:
    with DeafServer() as server, posting_process(server, give_up_after=2) as process:
        freeze(process)
        # The kernel looks at the time when it probes the server, ever less often.
        time.sleep(4)

        assert len(server.listens()) < len(BODY)
