"""An HTTP server on a real socket that does exactly what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Self, TypeAlias
from urllib.parse import parse_qs, parse_qsl, urlsplit

from support.server import Server

_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Request:
    """What came: header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """Counts connections from 0."""

    @property
    def form(self) -> dict[str, str]:
        """Read the body as a form."""
        return dict(parse_qsl(self.body.decode(), strict_parsing=True))

    @property
    def query(self) -> dict[str, list[str]]:
        """Read the query of the address."""
        return parse_qs(urlsplit(self.target).query, strict_parsing=True)


Act: TypeAlias = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


def response(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    """Write an HTTP/1.1 response; each header is one line without its end."""
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers(status: int, body: bytes = b"{}", *headers: str) -> Act:
    """Answer, and keep the connection."""
    return sends(response(status, body, *headers))


def sends(octets: bytes) -> Act:
    """Send these bytes, and keep the connection."""

    async def act(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        await writer.drain()

    return act


def sends_and_closes(octets: bytes) -> Act:
    """Send these bytes, if any, and close the connection."""

    async def act(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)
        writer.close()

    return act


async def resets(_: Request, writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.close()


async def hangs(_: Request, writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await writer.wait_closed()


class Peer:
    """Takes requests while the context is entered; `acts` says what each is answered with.

    The last act serves all that come after it; port 0 takes a free one.
    """

    def __init__(self, *acts: Act, ssl: SSLContext | None = None, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._acts = list(acts)
        self._scheme = "https" if ssl else "http"
        self._server = Server(self._serve, ssl=ssl, port=port)

    async def __aenter__(self) -> Self:
        await self._server.listen()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._server.__aexit__(*error)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"{self._scheme}://localhost:{self._server.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, self.connections = self.connections, self.connections + 1
        while not writer.is_closing():
            request = await _read(reader, number)
            self.requests.append(request)
            act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
            await act(request, writer)


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body, connection)
