"""One thread for one database, which can be left behind."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_AT_MOST = 1.0
"""Seconds for which its end is waited for where something still runs, and nobody waits for that."""


class OneThread:
    """Runs one piece of work after another.

    Not an executor of the library's: Python waits for the threads of those before it ends, also for
    one that waits for a server which will never answer.
    """

    def __init__(self, name: str) -> None:
        self._pieces: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None]
        self._pieces = SimpleQueue()
        self._asked: set[asyncio.Future[Any]] = set()
        self._left: Callable[[], Exception] | None = None
        self._is_behind = False
        """Whether nobody has waited for its end."""
        self._if_left: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._go, name=name, daemon=True)
        self._thread.start()

    @property
    def is_asked(self) -> bool:
        """Whether anybody waits for an answer."""
        return bool(self._asked)

    def run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Run `work` when its turn comes; where nobody waits any more, not at all."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._left is not None:
            answer.set_exception(self._left())
            return answer
        self._asked.add(answer)
        answer.add_done_callback(self._asked.discard)
        self._pieces.put((work, answer))
        return answer

    def leave(self, error: Callable[[], Exception]) -> None:
        """Answer with an error whatever is asked, from now on too, whether it is done or not."""
        self._left = error
        for answer in tuple(self._asked):
            if not answer.done():
                answer.set_exception(error())

    def stop(self, if_left: Callable[[], object], *, at_most: float | None = _AT_MOST) -> None:
        """End it; what is asked from now on is answered with an error.

        One that was left ends by itself, if ever, and does `if_left` before; else with the process.
        So does one that still works on what was cancelled, after `at_most` seconds: this blocks.
        """
        self._if_left, self._is_behind = if_left, self._left is not None
        self._left = self._left or partial(RuntimeError, "the thread has ended")
        self._pieces.put(None)
        if not self._is_behind:
            self._thread.join(at_most)
            self._is_behind = self._thread.is_alive()

    def _go(self) -> None:
        while (piece := self._pieces.get()) is not None:
            _answer(*piece)
            del piece
        if self._is_behind:
            with contextlib.suppress(Exception):
                self._if_left()


def _answer(work: Callable[[], T], answer: asyncio.Future[T]) -> None:
    if answer.done():
        return
    tell: Callable[[], None]
    try:
        tell = partial(answer.set_result, work())
    except StopIteration as error:
        # No future takes it.
        tell = partial(answer.set_exception, RuntimeError(f"the work raised {error!r}"))
    except BaseException as error:  # noqa: BLE001 - It is theirs who asked.
        tell = partial(answer.set_exception, error)
    try:
        answer.get_loop().call_soon_threadsafe(_tell, answer, tell)
    except RuntimeError:
        """Its loop has ended, and who waited was answered before."""
    finally:
        # An error knows this frame, which must not know the error.
        del answer, tell


def _tell(answer: asyncio.Future[Any], tell: Callable[[], None]) -> None:
    if not answer.done():
        tell()
