"""The ledger's thread answers everybody, and its end is waited for by nobody for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from smsherald.ledger.commit.thread import OneThread


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """Return what the work waits for; at the end it need not any more."""
    event = threading.Event()
    yield event
    event.set()


async def test_one_that_still_works_on_what_was_cancelled_is_left_behind(
    go_on: threading.Event,
) -> None:
    thread, began, closed = OneThread("one"), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait()

    answer = thread.run(work)
    await asyncio.to_thread(began.wait)
    answer.cancel()
    thread.stop(closed.set)
    assert not closed.is_set()

    go_on.set()
    assert await asyncio.to_thread(closed.wait, 30)


async def test_what_is_asked_of_one_that_has_ended_is_answered() -> None:
    thread, closed = OneThread("one"), threading.Event()
    thread.stop(closed.set)

    with pytest.raises(RuntimeError, match="has ended"):
        await asyncio.wait_for(thread.run(lambda: None), 30)
    assert not closed.is_set(), "only where it was left"


async def test_an_error_that_no_future_takes_is_answered() -> None:
    thread = OneThread("one")

    def work() -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(thread.run(work), 30)
    thread.stop(lambda: None)
