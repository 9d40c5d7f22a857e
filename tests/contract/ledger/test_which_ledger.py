"""Which ledger it is, and what state it is in: away until it is the one that was opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import delete, text, update

from smsherald.errors import LedgerError
from smsherald.ledger import SqlLedger
from smsherald.ledger.commit import worker
from smsherald.ledger.sql.schema import meta
from smsherald.model import Accepted, Fresh, Sent
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, fresh
from support.waiting import PATIENCE

SMS, SECOND = an_sms("first"), an_sms("second")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.2)


def execute(database: LedgerDatabase, statement: str) -> None:
    with database.connect() as connection:
        connection.execute(text(statement))


def rename(database: LedgerDatabase, ledger_id: str) -> None:
    with database.connect() as connection:
        connection.execute(update(meta).where(meta.c.name == "ledger_id").values(value=ledger_id))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.01)


class TestItsId:
    """It tells a ledger from any other."""

    async def test_is_alike_for_all_processes_and_all_times(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger
    ) -> None:
        async with database.open("three") as third:
            assert ledger.id == other.id == third.id
        assert ledger.id

    async def test_is_no_other_ledgers(self, new_database: Callable[[], LedgerDatabase]) -> None:
        async with new_database().open() as one, new_database().open() as two:
            assert one.id != two.id

    async def test_whoever_made_it_knows_that_it_is_new(
        self, new_database: Callable[[], LedgerDatabase]
    ) -> None:
        database = new_database()
        first, second = Observed(), Observed()
        async with database.open("one", first) as maker, database.open("two", second) as user:
            assert (maker.is_new, user.is_new) == (True, False)
        assert (first.makings, second.makings) == (1, 0)

    @pytest.mark.parametrize("name", ["ledger_id", "phone_key"])
    async def test_without_it_nothing_is_opened(self, database: LedgerDatabase, name: str) -> None:
        async with database.open():
            pass
        with database.connect() as connection:
            connection.execute(delete(meta).where(meta.c.name == name))

        with pytest.raises(LedgerError, match=f"its {name} is missing"):
            async with database.open():
                pytest.fail("it was opened")


class TestAnotherInItsPlace:
    """It is away, whoever put it there, and heals when the right one is back."""

    async def test_is_noticed_while_nothing_is_asked_of_it(
        self, database: LedgerDatabase, ledger: SqlLedger, observed: Observed
    ) -> None:
        rename(database, "another")
        await until(lambda: len(observed.troubles) == 1)
        rename(database, ledger.id)
        await until(lambda: len(observed.troubles) == 2)

        problem, back = observed.troubles
        assert "is another ledger than the one that was opened here" in str(problem)
        assert back is None


MENDED = {
    "ALTER TABLE sms RENAME TO gone": "ALTER TABLE gone RENAME TO sms",
    "ALTER TABLE second_sid RENAME TO gone": "ALTER TABLE gone RENAME TO second_sid",
    "ALTER TABLE sms RENAME COLUMN text TO gone": "ALTER TABLE sms RENAME COLUMN gone TO text",
}


@pytest.mark.parametrize("broken", MENDED)
async def test_a_table_that_is_missing_is_no_error_of_who_asks(
    database: LedgerDatabase, ledger: SqlLedger, observed: Observed, broken: str
) -> None:
    mine = await fresh(ledger, SMS)
    execute(database, broken)
    recording = asyncio.ensure_future(ledger.record(mine, Accepted(a_sid("1"), "queued")))
    claiming = asyncio.ensure_future(ledger.claim(SECOND))
    await until(lambda: len(observed.troubles) == 1)
    done, _ = await asyncio.wait([recording, claiming], timeout=1.0)
    assert done == set()

    execute(database, MENDED[broken])

    async with asyncio.timeout(PATIENCE):
        assert isinstance(await recording, Sent)
        assert isinstance(await claiming, Fresh)
    assert observed.troubles[1:] == [None]
