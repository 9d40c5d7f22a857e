"""Events that another daemon on our queue wants: one with flows that we do not have, or not yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from smsherald.flows import matches
from smsherald.model import Event

RECENTLY = 180.0
"""Seconds: every daemon says each minute what it wants."""


class Wanted(Protocol):
    """Who knows what daemons want: the ledger."""

    async def recent_keys(self, queue: str, seconds: float) -> frozenset[tuple[str, str]]:
        """Return exchange and routing key pattern of what was wanted so recently.

        That is all that it remembers, where it was away for long within that time, or we have not
        run for so long: then others could not say what they want, or were not heard.
        """
        ...


class Elsewhere:
    """Says whether an event that no flow of ours subscribes to is another daemon's.

    A key is written down before it is bound. So what was read after an event came is enough to
    know, and one reading does for all that have come before it began.
    """

    def __init__(self, wanted: Wanted, queue: str, is_ours: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self._queue = queue
        self._is_ours = is_ours
        self._next: asyncio.Task[frozenset[tuple[str, str]]] | None = None
        self._last: asyncio.Task[frozenset[tuple[str, str]]] | None = None

    async def wants(self, event: Event) -> bool:
        """Say so, for an event that we would ignore.

        To be asked in the turn of the loop in which no flow wanted it: of another flow book
        `is_ours` might say yes, and nobody would ever text the event.
        """
        if self._is_ours(event.routing_key):
            return False
        keys = await asyncio.shield(self._read())
        return any(
            exchange == event.exchange and matches(pattern, event.routing_key)
            for exchange, pattern in keys
        )

    def _read(self) -> asyncio.Task[frozenset[tuple[str, str]]]:
        if self._next is None:
            self._next = self._last = asyncio.create_task(self._read_after(self._last))
        return self._next

    async def _read_after(
        self, last: asyncio.Task[frozenset[tuple[str, str]]] | None
    ) -> frozenset[tuple[str, str]]:
        if last is not None:
            await asyncio.wait([last])
        self._next = None
        return await self._wanted.recent_keys(self._queue, RECENTLY)
