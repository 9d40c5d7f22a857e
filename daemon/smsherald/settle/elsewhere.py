"""Events that another daemon on our queue wants: one with flows that we do not have, or not yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Protocol

from smsherald.errors import Reason, UnusableError
from smsherald.flows import FlowBook, matches
from smsherald.model import Event

_WHICH = (
    "no route names its exchange, which has handed it on, and several could have brought it: let "
    "one name it"
)

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

    async def wanted_keys(self, queue: str) -> Mapping[tuple[str, str], float]:
        """Return all that is still remembered, and when it was wanted last."""
        ...


class Whose(Enum):
    """Whose an event is that none of our flows has made anything of."""

    OURS = auto()
    """A flow of ours subscribes to it, and wants it not."""
    THEIRS = auto()
    """Another daemon wants it."""
    NOBODYS = auto()
    UNNAMED = auto()
    """No daemon ever bound the queue to its exchange: it has been handed on by a binding between
    exchanges, or a person has bound it. So it is taken for one of the exchange that brought it."""


class Elsewhere:
    """Says whose an event is that no flow of ours wants; `book` gives those that hold now.

    A key is written down before it is bound. So what was read after an event came is enough to
    know, and one reading does for all that have come before it began.
    """

    def __init__(self, wanted: Wanted, queue: str, book: Callable[[], FlowBook]) -> None:
        self._wanted = wanted
        self._queue = queue
        self._book = book
        self._next: asyncio.Task[frozenset[tuple[str, str]]] | None = None
        self._last: asyncio.Task[frozenset[tuple[str, str]]] | None = None

    async def whose(self, event: Event) -> Whose:
        """Say so, for an event that we would ignore.

        To be asked in the turn of the loop in which no flow wanted it: another flow book might
        subscribe to it, and nobody would ever text the event.
        """
        book = self._book()
        if book.subscribes(event):
            return Whose.OURS
        named = book.names(event.exchange)
        keys = await asyncio.shield(self._read())
        if any(
            exchange == event.exchange and matches(pattern, event.routing_key)
            for exchange, pattern in keys
        ):
            return Whose.THEIRS
        if named or any(
            exchange == event.exchange
            for exchange, _ in await self._wanted.wanted_keys(self._queue)
        ):
            return Whose.NOBODYS
        return Whose.UNNAMED

    def as_brought(self, event: Event) -> Event:
        """Return an UNNAMED event as one that was published to the exchange that brought it.

        AMQP does not say which that is. Raises UnusableError where it may be one of several: what
        is meant for the flows of one is not for those of another.
        """
        book = self._book()
        exchanges = book.bringing(event.routing_key)
        if len(exchanges) > 1:
            raise UnusableError(Reason.INVALID_VALUE, _WHICH)
        return replace(event, exchange=exchanges[0] if exchanges else book.exchange)

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
