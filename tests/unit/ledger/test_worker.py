"""The worker knows for how long its database has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from smsherald.errors import LedgerError
from smsherald.ledger.commit import worker as module
from smsherald.ledger.commit.worker import GAP, Worker
from smsherald.ledger.sql.database import AwayError
from smsherald.testing import SetClock


@pytest.fixture
def clock() -> SetClock:
    """Return its clock."""
    return SetClock()


@pytest.fixture
def worker(clock: SetClock) -> Iterator[Worker]:
    """Return a worker, to which nothing is said."""
    worker = Worker(lambda _: None, clock.monotonic)
    yield worker
    worker.stop()


async def test_a_database_that_answers_again_and_again_is_steady(
    clock: SetClock, worker: Worker
) -> None:
    for _ in range(3):
        clock.move(GAP)
        await worker.run(lambda: None)

    assert worker.steady == 3 * GAP


async def test_one_that_was_not_heard_for_long_is_steady_only_since(
    clock: SetClock, worker: Worker
) -> None:
    clock.move(GAP)
    await worker.run(lambda: None)
    clock.move(GAP + 1)
    await worker.run(lambda: None)
    assert worker.steady == 0

    clock.move(5)
    await worker.run(lambda: None)
    assert worker.steady == 5


async def test_what_fails_is_no_answer(clock: SetClock, worker: Worker) -> None:
    def away() -> None:
        if clock.monotonic() <= GAP:
            clock.move(1 + GAP / 2)
            raise AwayError("it is away")

    await worker.run(away)

    assert worker.steady == 0


async def test_what_is_given_up_is_not_back_because_it_could_be_closed(clock: SetClock) -> None:
    said: list[str | None] = []
    worker = Worker(said.append, clock.monotonic)
    failing = asyncio.create_task(worker.run(_is_away))
    while not said:  # noqa: ASYNC110 - what it waits for sets no event
        await asyncio.sleep(0.01)
    worker.hurry()
    with pytest.raises(LedgerError, match="it is away"):
        await failing
    await worker.run(lambda: None)
    worker.stop()

    assert said == ["it is away"]


async def test_what_is_tried_to_the_last_is_tried_while_there_is_time(worker: Worker) -> None:
    worker.hurry()
    tried: list[int] = []

    def work() -> None:
        tried.append(1)
        if len(tried) < 3:
            raise AwayError("it is away")

    await worker.run(work, to_the_last=True)

    assert len(tried) == 3
    assert worker.problem is None, "what could be written is not left behind"


async def test_and_no_longer(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSES_WITHIN", 0.3)
    worker.hurry()

    with pytest.raises(LedgerError, match="it is away"):
        await worker.run(_is_away, to_the_last=True)
    assert not worker.is_left


async def test_a_look_that_fails_as_it_closes_is_no_trouble_of_what_comes_after(
    worker: Worker,
) -> None:
    worker.hurry()
    with pytest.raises(LedgerError, match="it is away"):
        await worker.run(_is_away, is_aside=True)

    assert worker.problem is None


def _is_away() -> None:
    raise AwayError("it is away")
