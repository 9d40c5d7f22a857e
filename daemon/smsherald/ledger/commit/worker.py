"""The ledger's one thread, and patience: work is tried again until its database is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from smsherald.errors import LedgerError
from smsherald.ledger.sql.database import ABOUT_THE_WORK, AwayError

T = TypeVar("T")

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_SILENCE = 3.0
"""Seconds after which unfinished work counts as trouble; a wait for a lock ends before."""


class Worker:
    """Runs work on a thread of its own, one piece after another.

    `on_trouble` is called on the loop with what is the matter, and with None when it is over.
    """

    def __init__(self, on_trouble: Callable[[str | None], None]) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._on_trouble = on_trouble
        self._problem: str | None = None
        self._closing = asyncio.Event()

    async def run(self, work: Callable[[], T], slow: str = "does not answer") -> T:
        """Run `work` until the database takes it; `slow` is the trouble when that takes long.

        Raises LedgerError if the ledger closes while its database is away; any error that is
        not about the database being away comes through as it is.
        """
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE
        while True:
            silence = loop.call_later(_SILENCE, self._report, slow)
            try:
                done = await loop.run_in_executor(self._thread, work)
            except (DBAPIError, AwayError) as error:
                if isinstance(error, ABOUT_THE_WORK):
                    raise
                self._report(_describe(error))
                if self._closing.is_set():
                    message = "the ledger closed while its database was away"
                    raise LedgerError(message) from None
            else:
                self._report(None)
                return done
            finally:
                silence.cancel()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def hurry(self) -> None:
        """Try what fails once more, then give up."""
        self._closing.set()

    def stop(self) -> None:
        """End the thread; nothing may run any more."""
        self._thread.shutdown()

    def _report(self, problem: str | None) -> None:
        if problem != self._problem:
            self._problem = problem
            self._on_trouble(problem)


def _describe(error: DBAPIError | AwayError) -> str:
    """Return what the driver said; never the statement, and never its parameters."""
    return str(error.orig if isinstance(error, DBAPIError) else error)
