"""Keeps connections of strangers few and short: whatever they do, the next probe gets in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

MOST: Final = 64
"""Connections at once."""
ASKS_WITHIN: Final = 5.0
"""Seconds from its opening that a connection has for its first whole request."""
STAYS: Final = 30.0
"""Seconds after a whole request that it has to read the answer, and to make the next one."""


class Doorkeeper:
    """Makes the protocol of each connection.

    Where there are `most`, the one that has asked for nothing for longest gives way to the next:
    who connects and asks, as a probe does, is served before.
    """

    def __init__(
        self,
        protocol: Callable[[], asyncio.Protocol],
        *,
        most: int = MOST,
        asks_within: float = ASKS_WITHIN,
        stays: float = STAYS,
    ) -> None:
        self._protocol = protocol
        self._most = most
        self._asks_within = asks_within
        self._stays = stays
        self._visits: dict[asyncio.BaseTransport, _Visit] = {}
        """The one that is first to go comes first."""

    def __call__(self) -> asyncio.Protocol:
        """Return what serves a connection that has just been accepted."""
        return _Visit(self._protocol(), self._came, self._left)

    def __len__(self) -> int:
        """Count the connections."""
        return len(self._visits)

    def asked(self, transport: asyncio.BaseTransport | None) -> None:
        """Take note that a whole request came; ignored for a connection that has ended."""
        if transport is not None and (visit := self._visits.pop(transport, None)):
            self._visits[transport] = visit
            visit.may_stay(self._stays)

    def _came(self, transport: asyncio.BaseTransport, visit: _Visit) -> None:
        while len(self._visits) >= self._most:
            first = next(iter(self._visits))
            self._visits.pop(first).end()
        self._visits[transport] = visit
        visit.may_stay(self._asks_within)

    def _left(self, transport: asyncio.BaseTransport) -> None:
        self._visits.pop(transport, None)


class _Visit(asyncio.Protocol):
    """One connection: hands all to the protocol within, until its time is over."""

    def __init__(
        self,
        within: asyncio.Protocol,
        came: Callable[[asyncio.BaseTransport, _Visit], None],
        left: Callable[[asyncio.BaseTransport], None],
    ) -> None:
        self._within = within
        self._came = came
        self._left = left
        self._transport: asyncio.Transport | None = None
        self._over: asyncio.TimerHandle | None = None

    def may_stay(self, seconds: float) -> None:
        """End it so long from now."""
        if self._over is not None:
            self._over.cancel()
        self._over = asyncio.get_running_loop().call_later(seconds, self.end)

    def end(self) -> None:
        """Reset the connection: whoever has not read by now may never."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._came(transport, self)
        self._within.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._over is not None:
            self._over.cancel()
        if self._transport is not None:
            self._left(self._transport)
        self._within.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._within.data_received(data)

    def eof_received(self) -> bool | None:
        return self._within.eof_received()

    def pause_writing(self) -> None:
        self._within.pause_writing()

    def resume_writing(self) -> None:
        self._within.resume_writing()
