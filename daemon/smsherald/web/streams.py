"""What the page shows, told as it changes: server-sent events, made once for all who listen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

MOST: Final = 24
"""Streams at once: of the port's connections enough are left for probes and for other pages."""
EVERY: Final = 1.0
"""Seconds between two looks at what there is to tell."""
QUIET: Final = 5
"""Looks that a stream hears nothing of before it hears that nothing has changed."""

_UNCHANGED: Final = b"event: unchanged\ndata: 1\n\n"
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    # Else some proxies keep events until there are more.
    "X-Accel-Buffering": "no",
}


class Streams:
    """All streams of one port; with nobody who listens it does nothing at all.

    `say` returns what there is to tell, and `essence` what of it is news when it changes.
    `told` hears of every connection that has read all that it was told until now: it is no
    stalled one.
    """

    def __init__(
        self,
        say: Callable[[], Mapping[str, object]],
        essence: Callable[[Mapping[str, object]], object],
        told: Callable[[asyncio.BaseTransport], None],
        *,
        most: int = MOST,
        every: float = EVERY,
    ) -> None:
        self._say = say
        self._told = told
        self._essence = essence
        self._most = most
        self._every = every
        self._listening: set[_Stream] = set()
        self._last: object = None
        self._timer: asyncio.TimerHandle | None = None
        self._news = b""
        self._number = 0
        """Of the news: a stream that was told of another one has not heard the last."""

    def __len__(self) -> int:
        """Count the streams."""
        return len(self._listening)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Tell the news until the connection or the daemon ends; 204 where there are too many.

        That is the word by which a browser asks no more: the page then polls.
        """
        if len(self._listening) >= self._most:
            return web.Response(status=204)
        response, stream = web.StreamResponse(headers=_HEADERS), _Stream()
        self._listening.add(stream)
        try:
            await response.prepare(request)
            if self._timer is None:
                self._look()
            await self._tell(stream, request, response)
        except ConnectionError:
            # It went, as every stream does some day.
            pass
        finally:
            self._listening.discard(stream)
        return response

    def close(self) -> None:
        """End every stream, at once, and begin no other."""
        self._most = 0
        self._end()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for stream in self._listening:
            stream.ends = True
            stream.woken.set()

    async def _tell(
        self, stream: _Stream, request: web.Request, response: web.StreamResponse
    ) -> None:
        while not stream.ends and (transport := request.transport) is not None:
            # One that has not read the last news gets later ones in their place.
            if not transport.get_write_buffer_size():
                if stream.heard != self._number:
                    stream.heard, stream.quiet = self._number, 0
                    await response.write(self._news)
                elif stream.quiet >= QUIET:
                    stream.quiet = 0
                    await response.write(_UNCHANGED)
                self._told(transport)
            await stream.woken.wait()
            stream.woken.clear()

    def _look(self) -> None:
        """Look what there is to tell, wake who listens, and look again while somebody does."""
        self._timer = None
        if not self._listening:
            return
        try:
            said = self._say()
            essence = self._essence(said)
            if essence != self._last:
                news = json.dumps(said, separators=(",", ":"))
                self._last, self._news = essence, f"event: status\ndata: {news}\n\n".encode()
                self._number += 1
        except Exception:
            # Whatever it was: no page may go on showing what was, as if it still were so.
            self._end()
            raise
        for stream in self._listening:
            stream.quiet += 1
            stream.woken.set()
        self._timer = asyncio.get_running_loop().call_later(self._every, self._look)


class _Stream:
    """Where one who listens stands."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.heard = 0
        self.quiet = 0
        self.ends = False
