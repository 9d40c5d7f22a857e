"""What can go wrong on the wire, done to a request of aiohttp."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_LOOK_EVERY = 0.05


def reset(request: web.Request) -> web.Response:
    """Reset the connection: the client gets ECONNRESET, not an orderly end.

    The response that is returned goes nowhere; aiohttp wants one.
    """
    if (transport := request.transport) is not None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response()


async def hang(request: web.Request, seconds: float, closing: asyncio.Event) -> web.Response:
    """Answer nothing until the client goes, the sandbox closes or the time is over; reset."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while request.transport is not None and loop.time() < end:
        if await pause(min(_LOOK_EVERY, end - loop.time()), closing):
            break
    return reset(request)


async def pause(seconds: float, closing: asyncio.Event) -> bool:
    """Wait, but not longer than the sandbox lives; return whether it closes."""
    if seconds <= 0:
        return closing.is_set()
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        return False
    return True
