"""A TCP proxy with faults: what a network does to a connection, without a network."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Coroutine
from threading import Thread
from typing import Any, Self

from support.server import Server

CHUNK = 65_536
ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 s: closing sends RST and drops what was not sent."""


class Proxy:
    """Stands before `host:port` while the context is entered, on a thread and loop of its own.

    Its methods are for any thread; each has taken effect when it returns. There is one fault at
    a time: freeze, delay and cut_after end each other.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._flowing = asyncio.Event()
        self._delay = 0.0
        self._left: int | None = None
        self._freezes = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server = Server(self._join)

    def __enter__(self) -> Self:
        self._thread.start()
        self.heal()
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

    @property
    def connections(self) -> int:
        """Count the connections that are open on both sides."""
        return len(self._writers) // 2

    def freeze(self) -> None:
        """Pass nothing on, in either direction; connections stay open, new ones are taken."""
        self._do(self._set(flowing=False))

    def reset(self) -> None:
        """End every connection by RST, on both sides; new ones are taken."""
        self._do(self._reset())

    def refuse(self) -> None:
        """Take no new connections; those that are stay."""
        self._do(self._server.refuse())

    def delay(self, seconds: float) -> None:
        """Hold every chunk this long, in both directions."""
        self._do(self._set(delay=seconds))

    def cut_after(self, octets: int) -> None:
        """Pass this many more bytes of the target's answers on; then each ends where it is."""
        self._do(self._set(left=octets))

    def freeze_after(self, octets: int) -> None:
        """Pass this many more bytes of the target's answers on; then freeze."""
        self._do(self._set(left=octets, freezes=True))

    def heal(self) -> None:
        """End every fault; what a freeze held goes on its way."""
        self._do(self._heal())

    # --- on the loop -----------------------------------------------------------------------

    def _do(self, action: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(action, self._loop).result(timeout=30)

    async def _set(
        self,
        *,
        flowing: bool = True,
        delay: float = 0.0,
        left: int | None = None,
        freezes: bool = False,
    ) -> None:
        (self._flowing.set if flowing else self._flowing.clear)()
        self._delay, self._left, self._freezes = delay, left, freezes

    async def _heal(self) -> None:
        await self._set()
        await self._server.listen()

    async def _reset(self) -> None:
        for writer in self._writers:
            if not writer.transport.is_closing():
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        await self._server.drop()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._writers.add(writer)
        try:
            from_target, to_target = await asyncio.open_connection(*self._target)
            ends.append(to_target)
            self._writers.add(to_target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, to_target))
                both.create_task(self._pass_on(from_target, writer, answers=True))
        except* OSError:
            pass  # One side is gone: so is the other, below.
        finally:
            self._writers.difference_update(ends)
            for end in ends:
                end.transport.abort()

    async def _pass_on(
        self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        while chunk := await source.read(CHUNK):
            await self._flowing.wait()
            await asyncio.sleep(self._delay)
            if answers and self._left is not None:
                allowed = chunk[: self._left]
                self._left -= len(allowed)
                to.write(allowed)
                if allowed == chunk:
                    pass
                elif self._freezes:
                    self._flowing.clear()
                    await self._flowing.wait()
                    to.write(chunk[len(allowed) :])
                else:
                    break
            else:
                to.write(chunk)
            await to.drain()
        await self._flowing.wait()
        to.write_eof()
