"""A proxy of HTTP on a real socket, and TLS before a server that has none."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine
from dataclasses import dataclass
from ssl import SSLContext
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit

from support.server import Server

CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """What the proxy was asked: header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]


class Front:
    """Takes connections while the context is entered, on a thread and loop of its own."""

    def __init__(self, ssl: SSLContext | None = None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="server", daemon=True)
        self._server = Server(self.serve, ssl=ssl)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._server.listen())
        return self

    def __exit__(self, *error: object) -> None:
        self._do(self._server.__aexit__(*error))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        """Return where it listens."""
        return self._server.port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what the server is for, with one connection."""
        raise NotImplementedError

    def _do(self, action: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(action, self._loop).result(timeout=30)


class TlsFront(Front):
    """Speaks TLS for a server on the loopback that does not."""

    def __init__(self, port: int, ssl: SSLContext) -> None:
        super().__init__(ssl)
        self._target = port

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass everything on."""
        to = await asyncio.open_connection("127.0.0.1", self._target)
        await _join((reader, writer), to)


class HttpProxy(Front):
    """Forwards requests and opens tunnels, for whoever signs in with `sign_in`, if that is set."""

    def __init__(self, sign_in: str | None = None) -> None:
        super().__init__()
        self._credentials = None if sign_in is None else base64.b64encode(sign_in.encode()).decode()
        self.asked: list[Asked] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until its end."""
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            method, target, _ = first.split(" ")
            pairs = (line.partition(": ") for line in lines if line)
            headers = {name.lower(): value for name, _, value in pairs}
            self.asked.append(Asked(method, target, headers))
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if self._credentials is not None and (
                headers.get("proxy-authorization") != f"Basic {self._credentials}"
            ):
                writer.write(b"HTTP/1.1 407 Sign In\r\nContent-Length: 0\r\n\r\n")
            elif method == "CONNECT":
                host, _, port = target.rpartition(":")
                to = await asyncio.open_connection(host, int(port))
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
                await _join((reader, writer), to)
                return
            else:
                await self._forward(self.asked[-1], body, writer)
            await writer.drain()

    async def _forward(self, asked: Asked, body: bytes, writer: asyncio.StreamWriter) -> None:
        url = urlsplit(asked.target)
        reader, to = await asyncio.open_connection(url.hostname, url.port)
        kept = {name: value for name, value in asked.headers.items() if "proxy" not in name}
        path = f"{url.path}?{url.query}" if url.query else url.path
        head = [f"{asked.method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in kept.items())]
        to.write("\r\n".join([*head, "connection: close", "", ""]).encode() + body)
        try:
            writer.write((await reader.read(-1)).replace(b"Connection: close\r\n", b""))
        finally:
            to.transport.abort()


_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(one: _Ends, other: _Ends) -> None:
    """Pass on what either says, until one of them ends."""
    ways = [_pass_on(one[0], other[1]), _pass_on(other[0], one[1])]
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        other[1].transport.abort()


async def _pass_on(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    while chunk := await source.read(CHUNK):
        to.write(chunk)
        await to.drain()
