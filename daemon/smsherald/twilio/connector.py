"""Connections that say when a request may have left, and that leave nothing behind.

Once we have given up on a request, its text must not go out any more. The kernel does not
know: what stands in a socket's send buffer is retransmitted until it arrives, also after the
process has closed the socket or was killed.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import AddrInfoType, ClientRequest, ClientTimeout, TCPConnector

if TYPE_CHECKING:
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

KEEPALIVE = 4.0
"""Seconds that an idle connection is kept.

A server that closes an idle connection at the moment we write to it makes the request unknown.
So ours is shorter than the shortest that servers commonly have (5 s).
"""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Exchange:
    """One request's connection: None until it has one, and so may have written to it."""

    transport: asyncio.Transport | None = None

    def abort(self) -> None:
        """Drop what has not left yet, and reset the connection."""
        if self.transport is not None:
            self.transport.abort()


EXCHANGE: ContextVar[Exchange] = ContextVar("EXCHANGE")
"""The exchange of the request that the current task makes."""


class Connector(TCPConnector):
    """A pool of `limit` connections; `timeout` (seconds) is that of one whole request."""

    def __init__(self, *, limit: int, timeout: float) -> None:
        def open_socket(info: AddrInfoType) -> socket.socket:
            family, kind, protocol, _, _ = info
            opened = socket.socket(family, kind, protocol)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            if sys.platform == "linux":
                # For a process that is stopped and cannot close its sockets.
                milliseconds = max(1, round(timeout * 1000))
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
            return opened

        super().__init__(limit=limit, keepalive_timeout=KEEPALIVE, socket_factory=open_socket)

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109 - aiohttp's signature.
    ) -> Connection:
        """Get a connection, and tell the current exchange that it has one."""
        connection = await super().connect(req, traces, timeout)
        EXCHANGE.get().transport = connection.transport
        return connection
