"""An HTTP server on a real socket that does exactly what a test tells it to."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ssl import SSLContext
from types import TracebackType
from typing import Self, TypeAlias
from urllib.parse import parse_qs, parse_qsl, urlsplit

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
        self._ssl = ssl
        self._port = port
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._port, ssl=self._ssl
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    @property
    def url(self) -> str:
        """Return where it listens."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return f"{'https' if self._ssl else 'http'}://localhost:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None
        self._links.add(link)
        number, self.connections = self.connections, self.connections + 1
        try:
            while not writer.is_closing():
                request = await _read(reader, number)
                self.requests.append(request)
                act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
                await act(request, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # The client has gone.
        finally:
            writer.transport.abort()
            self._links.discard(link)


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, target, headers, body, connection)
