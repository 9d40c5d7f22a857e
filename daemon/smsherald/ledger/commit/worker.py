"""The ledger's one thread, and patience: work is tried again until its database is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from smsherald.errors import LedgerError
from smsherald.ledger.sql.database import ABOUT_THE_WORK, AwayError, GoneError

T = TypeVar("T")

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_SILENCE = 3.0
"""Seconds after which unfinished work counts as trouble; a wait for a lock ends before."""
_SLOW_MENDING = "its file is being brought back to its place"
GAP = 30.0
"""Seconds without an answer after which the database was away: it is looked at every second."""


class Worker:
    """Runs work on a thread of its own, one piece after another.

    `on_trouble` is called on the loop with what is the matter, and with None when it is over;
    `clock` gives monotonic seconds.
    """

    def __init__(
        self, on_trouble: Callable[[str | None], None], clock: Callable[[], float]
    ) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._on_trouble = on_trouble
        self._clock = clock
        self._answered = self._steady_since = clock()
        self._troubles: dict[object, str] = {}
        """Of each piece of work that is tried again. While one fails, all is not well, whatever
        another succeeds in: a right that is missing for one statement is there for the next."""
        self._said: str | None = None
        self._closing = asyncio.Event()
        self._mend: Callable[[], str | None] = lambda: None
        self._on_mended: Callable[[str], None] = lambda _: None

    def mend_by(self, mend: Callable[[], str | None], on_mended: Callable[[str], None]) -> None:
        """Where the database has gone from its place, first `mend` before work is tried again.

        `on_mended` is called on the loop with what that did, if anything.
        """
        self._mend, self._on_mended = mend, on_mended

    async def run(self, work: Callable[[], T], slow: str = "does not answer") -> T:
        """Run `work` until the database takes it; `slow` is the trouble when that takes long.

        Raises LedgerError if the ledger closes while its database is away; any error that is
        not about the database being away comes through as it is.
        """
        pause, piece, is_gone = _FIRST_PAUSE, object(), False
        try:
            while True:
                try:
                    if is_gone and (how := await self._once(self._mend, piece, _SLOW_MENDING)):
                        self._on_mended(how)
                    done = await self._once(work, piece, slow)
                except (DBAPIError, AwayError) as error:
                    if isinstance(error, ABOUT_THE_WORK):
                        raise
                    self._fails(piece, _describe(error))
                    to_mend = isinstance(error, GoneError) and not is_gone
                    is_gone |= to_mend
                    if self._closing.is_set() and not to_mend:
                        message = "the ledger closed while its database was away"
                        raise LedgerError(message) from None
                else:
                    self._succeeds(piece)
                    return done
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._closing.wait()
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._troubles.pop(piece, None)

    async def _once(self, work: Callable[[], T], piece: object, slow: str) -> T:
        loop = asyncio.get_running_loop()
        silence = loop.call_later(_SILENCE, self._fails, piece, slow)
        try:
            return await loop.run_in_executor(self._thread, work)
        finally:
            silence.cancel()

    @property
    def steady(self) -> float:
        """For how many seconds the database has answered, without a gap, up to its last answer."""
        return self._answered - self._steady_since

    @property
    def is_in_trouble(self) -> bool:
        """Whether something that was tried is not over: while this closes, it never is."""
        return self._said is not None

    def hurry(self) -> None:
        """Try what fails once more, then give up."""
        self._closing.set()

    def stop(self) -> None:
        """End the thread; nothing may run any more."""
        self._thread.shutdown()

    def _fails(self, piece: object, problem: str) -> None:
        self._troubles[piece] = problem
        self._say()

    def _succeeds(self, piece: object) -> None:
        now = self._clock()
        if now - self._answered > GAP:
            self._steady_since = now
        self._answered = now
        # What closes is not back: that its file can be closed says nothing.
        if self._said is not None and not self._closing.is_set():
            self._troubles.pop(piece, None)
            self._say()

    def _say(self) -> None:
        """Tell the trouble of what has failed for the longest time, if that is news."""
        problem = next(iter(self._troubles.values()), None)
        if problem != self._said:
            self._said = problem
            self._on_trouble(problem)


def _describe(error: DBAPIError | AwayError) -> str:
    """Return what the driver said; never the statement, and never its parameters."""
    return str(error.orig if isinstance(error, DBAPIError) else error)
