"""The one way in which the tests' own servers take connections: none outlives its handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ssl import SSLContext
from typing import Self, TypeAlias

Handler: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Listens on 127.0.0.1 while the context is entered; on the loop.

    `handler` has each connection, which is aborted once it ends, however it does: a writer that
    nobody closes is a ResourceWarning from Python 3.13 on. That a side is gone is no error.
    """

    def __init__(self, handler: Handler, *, ssl: SSLContext | None = None, port: int = 0) -> None:
        self._handler = handler
        self._ssl = ssl
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self.port = port
        """0 takes a free one, and keeps it."""

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        await self.drop()

    async def listen(self) -> None:
        """Take connections; fine to call while it does."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._accept, "127.0.0.1", self.port, ssl=self._ssl
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Take no new connections; those that are stay."""
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)  # The listening socket closes in the loop's next turn.

    async def drop(self) -> None:
        """End every connection."""
        links = list(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await asyncio.sleep(0)  # An aborted socket closes in the loop's next turn.

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of ours: one that is cancelled before its first step closes its writer, too.
        link = asyncio.ensure_future(self._serve(reader, writer))
        self._links.add(link)
        link.add_done_callback(self._links.discard)
        link.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._handler(reader, writer)
