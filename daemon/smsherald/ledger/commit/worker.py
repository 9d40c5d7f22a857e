"""The ledger's one thread, and patience: work is tried again until its database is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from smsherald.errors import LedgerError
from smsherald.ledger.commit.thread import OneThread
from smsherald.ledger.sql.database import ABOUT_THE_WORK, CLOSES_WITHIN, AwayError, GoneError

T = TypeVar("T")

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_SILENCE = 3.0
"""Seconds after which unfinished work counts as trouble; a wait for a lock ends before."""
_LONGEST_LAST_PAUSE = 0.5
"""The same while it closes: there are a few seconds left."""
_AGAIN = 1.0
"""Seconds after which who could not give up the thread sees whether it can now."""
_SILENT = "does not answer"
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
        self._thread = OneThread("ledger")
        self._on_trouble = on_trouble
        self._clock = clock
        self._answered = self._steady_since = clock()
        self._troubles: dict[object, str] = {}
        """Of each piece of work that is tried again. While one fails, all is not well, whatever
        another succeeds in: a right that is missing for one statement is there for the next."""
        self._said: str | None = None
        self._last: asyncio.TimerHandle | None = None
        self._is_mending = False
        self._is_late = False
        """Whether it has been closing for so long that nothing is tried once more."""
        self.is_left = False
        """Whether its database was still silent when it closed: nobody waits for the thread."""
        self._closing = asyncio.Event()
        self._mend: Callable[[], str | None] = lambda: None
        self._on_mended: Callable[[str], None] = lambda _: None

    def mend_by(self, mend: Callable[[], str | None], on_mended: Callable[[str], None]) -> None:
        """Where the database has gone from its place, first `mend` before work is tried again.

        `on_mended` is called on the loop with what that did, if anything.
        """
        self._mend, self._on_mended = mend, on_mended

    async def run(
        self,
        work: Callable[[], T],
        slow: str = _SILENT,
        *,
        is_aside: bool = False,
        to_the_last: bool = False,
    ) -> T:
        """Run `work` until the database takes it; `slow` is the trouble when that takes long.

        Of work that `is_aside` nothing depends: that it fails while the ledger closes is no
        trouble. Raises LedgerError, which says why the database is away, if the ledger closes
        meanwhile: at once, or for what is to be tried `to_the_last` when there is no time left.
        Any error that is not about that comes through as it is.
        """
        pause, piece, is_gone = _FIRST_PAUSE, object(), False
        fails = partial(self._fails, piece, slow, is_aside=is_aside)
        try:
            while True:
                try:
                    if is_gone:
                        await self._bring_back(piece)
                    done = await self._once(work, fails)
                except (DBAPIError, AwayError) as error:
                    if isinstance(error, ABOUT_THE_WORK):
                        raise
                    self._fails(piece, _describe(error), is_aside=is_aside)
                    to_mend = isinstance(error, GoneError) and not is_gone
                    is_gone |= to_mend
                    goes_on = to_the_last and not (is_gone or self._is_late)
                    if self._closing.is_set() and not (goes_on or to_mend):
                        raise LedgerError(_describe(error)) from None
                else:
                    self._succeeds(piece, is_back=to_the_last or not self._closing.is_set())
                    return done
                await self._rest(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            self._troubles.pop(piece, None)

    async def _rest(self, pause: float) -> None:
        if self._closing.is_set():
            await asyncio.sleep(min(pause, _LONGEST_LAST_PAUSE))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._closing.wait()

    async def _bring_back(self, piece: object) -> None:
        def mend() -> str | None:
            # Said by the thread itself: who asked for it may have gone.
            self._is_mending = True
            try:
                return self._mend()
            finally:
                self._is_mending = False

        if how := await self._once(mend, partial(self._fails, piece, _SLOW_MENDING)):
            self._on_mended(how)

    async def _once(self, work: Callable[[], T], on_silence: Callable[[], None]) -> T:
        silence = asyncio.get_running_loop().call_later(_SILENCE, on_silence)
        try:
            return await self._thread.run(work)
        finally:
            silence.cancel()

    def _give_up(self) -> None:
        """Leave the thread to itself, unless it brings a file back, which would be lost."""
        self._is_late = True
        if self._is_mending or not self._thread.is_asked:
            self._last = asyncio.get_running_loop().call_later(_AGAIN, self._give_up)
        else:
            self.is_left = True
            self._thread.leave(partial(AwayError, _SILENT))

    @property
    def steady(self) -> float:
        """For how many seconds the database has answered, without a gap, up to its last answer."""
        return self._answered - self._steady_since

    @property
    def problem(self) -> str | None:
        """What was tried and is not over: while this closes, it never is."""
        return self._said

    def hurry(self) -> None:
        """Try what fails once more, then give up; from now on, nothing is waited for long."""
        self._closing.set()
        self._last = asyncio.get_running_loop().call_later(CLOSES_WITHIN, self._give_up)

    def stop(self, if_left: Callable[[], object] = lambda: None) -> None:
        """End the thread; nothing may run any more but `if_left`, on one that was left behind."""
        if self._last is not None:
            self._last.cancel()
        if self._is_mending:
            self._thread.stop(if_left, at_most=None)
        else:
            self._thread.stop(if_left)

    def _fails(self, piece: object, problem: str, *, is_aside: bool = False) -> None:
        if is_aside and self._closing.is_set():
            return
        self._troubles[piece] = problem
        self._say()

    def _succeeds(self, piece: object, *, is_back: bool) -> None:
        now = self._clock()
        if now - self._answered > GAP:
            self._steady_since = now
        self._answered = now
        # That what closes can close its file says nothing of whether it could be written.
        if self._said is not None and is_back:
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
