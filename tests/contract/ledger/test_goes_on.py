"""The group commit goes on, whatever fails beside it, and shows that it does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from smsherald.ledger import SqlLedger
from smsherald.ledger.commit import group_commit, worker
from smsherald.ledger.commit.batch import Batch
from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.sql.database import AwayError
from smsherald.model import Accepted, Fresh, Sent
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, fresh
from support.waiting import PATIENCE

SMS = an_sms()


class Failing(Observed):
    """An observer that raises at everything it hears."""

    def committed(self, seconds: float, rows: int) -> None:
        super().committed(seconds, rows)
        raise ZeroDivisionError("committed")

    def sent_twice(self) -> None:
        super().sent_twice()
        raise ZeroDivisionError("sent_twice")

    def trouble(self, problem: str | None) -> None:
        super().trouble(problem)
        raise ZeroDivisionError("trouble")

    def beat(self) -> None:
        super().beat()
        raise ZeroDivisionError("beat")


@pytest.fixture
async def said() -> AsyncIterator[list[str]]:
    """Return what reaches the loop's own log."""
    heard: list[str] = []

    def hear(_loop: object, context: dict[str, Any]) -> None:
        heard.append(str(context.get("exception")))

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(hear)
    yield heard
    loop.set_exception_handler(None)


@pytest.fixture
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "TICK", 0.02)
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.05)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.005)


def away(
    monkeypatch: pytest.MonkeyPatch, work: str, problem: str = "is away"
) -> Callable[[], None]:
    """Let the database refuse one kind of work until what is returned is called."""
    real = getattr(Transactions, work)
    healed = threading.Event()

    def refused(*arguments: object) -> object:
        if not healed.is_set():
            raise AwayError(problem)
        return real(*arguments)

    monkeypatch.setattr(Transactions, work, refused)
    return healed.set


@pytest.mark.usefixtures("_fast")
class TestAnObserverThatRaises:
    """It is named in the log, and stops no claim."""

    async def test_at_everything_that_it_hears(
        self, database: LedgerDatabase, said: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        observed = Failing()
        async with asyncio.timeout(60), database.open("one", observed) as ledger:
            claim = await fresh(ledger, SMS)
            for sid in ("1", "2"):
                assert isinstance(await ledger.record(claim, Accepted(a_sid(sid), "queued")), Sent)
            heal = away(monkeypatch, "commit")
            waiting = asyncio.create_task(ledger.claim(an_sms("second")))
            await until(lambda: bool(observed.troubles))
            heal()
            assert isinstance(await waiting, Fresh)
            await until(lambda: observed.beats > 1)
            assert isinstance(await ledger.claim(an_sms("third")), Fresh)

        assert {"committed", "sent_twice", "trouble", "beat"} <= set(said)
        assert observed.troubles == ["is away", None]


class TestADefect:
    """It is theirs who wait for it, and nobody else's."""

    @pytest.mark.parametrize(
        ("where", "name"), [(Batch, "prepare"), (group_commit.GroupCommit, "_settle")]
    )
    async def test_reaches_who_waits_and_the_next_goes_on(
        self, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch, where: type, name: str
    ) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as broken:
            broken.setattr(where, name, fail)
            async with asyncio.timeout(30):
                with pytest.raises(ZeroDivisionError):
                    await ledger.claim(SMS)

        async with asyncio.timeout(30):
            assert isinstance(await ledger.claim(an_sms("next")), Fresh)

    @pytest.mark.usefixtures("_fast")
    async def test_of_a_look_at_the_database_stops_nothing(
        self, ledger: SqlLedger, said: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise ZeroDivisionError("look")

        monkeypatch.setattr(Transactions, "look", fail)
        await until(lambda: said.count("look") > 1)

        assert isinstance(await ledger.claim(SMS), Fresh)


@pytest.mark.usefixtures("_fast")
class TestTheBeat:
    """Health hears of it while it goes round or waits for its database, and no longer."""

    async def test_comes_while_nothing_is_to_be_done(
        self, ledger: SqlLedger, observed: Observed
    ) -> None:
        del ledger
        await until(lambda: observed.beats > 3)

        assert observed.troubles == []

    @pytest.mark.parametrize("work", ["look", "commit"])
    async def test_comes_while_the_database_is_away(
        self, ledger: SqlLedger, observed: Observed, monkeypatch: pytest.MonkeyPatch, work: str
    ) -> None:
        heal = away(monkeypatch, work)
        claiming = None if work == "look" else asyncio.create_task(ledger.claim(SMS))
        await until(lambda: observed.troubles == ["is away"])
        before = observed.beats
        await until(lambda: observed.beats > before + 3)
        heal()
        await until(lambda: observed.troubles == ["is away", None])
        assert claiming is None or isinstance(await claiming, Fresh)

    async def test_stops_with_the_group_commit(self, ledger: SqlLedger, observed: Observed) -> None:
        (task,) = [each for each in asyncio.all_tasks() if each.get_name() == GROUP_COMMIT]
        task.cancel()
        await asyncio.wait([task])
        before = observed.beats
        await asyncio.sleep(0.2)

        assert observed.beats == before
        del ledger


GROUP_COMMIT = "ledger: group commit"


@pytest.mark.usefixtures("_fast")
async def test_it_is_not_well_again_while_anything_still_fails(
    ledger: SqlLedger, observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    heal = away(monkeypatch, "commit", "no right to write")
    claiming = asyncio.create_task(ledger.claim(SMS))
    await until(lambda: bool(observed.troubles))

    for _ in range(5):
        await ledger.known([a_sid("1")])

    assert observed.troubles == ["no right to write"]
    heal()
    assert isinstance(await claiming, Fresh)
    assert observed.troubles == ["no right to write", None]
