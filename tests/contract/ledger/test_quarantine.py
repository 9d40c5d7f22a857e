"""Whose quarantine holds where daemons have different ones, or the database's clock is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.people import People, Resolved
from smsherald.model import Accepted, Busy, Fresh, OnUnknown, TakenOver
from support.ledgers import QUARANTINE, LedgerDatabase, a_sid, an_sms, fresh

SMS, EQUAL = an_sms("first"), an_sms("second", asked=an_sms("first").asked)
SHORT = 1.0
TWO_HOURS = 7200.0


@pytest.fixture
async def hasty(database: LedgerDatabase, ledger: SqlLedger) -> AsyncIterator[SqlLedger]:
    """Return the ledger of a second process, with a far shorter quarantine."""
    del ledger
    async with database.open("hasty", quarantine=SHORT) as opened:
        yield opened


class TestOfAnotherDaemon:
    """The claim says how long it wants to be left alone; whoever reads it believes that."""

    async def test_is_written_by_a_first_claim_a_take_over_and_a_claim_of_what_is_free(
        self, ledger: SqlLedger, hasty: SqlLedger, database: LedgerDatabase
    ) -> None:
        written = []
        for turn, (state, by) in enumerate(
            [(None, ledger), ("sending", hasty), ("sending", ledger), ("free", hasty)]
        ):
            if state is not None:
                database.age(SMS.key)
                database.change(SMS.key, state=state)
            claim = await by.claim(SMS)
            assert isinstance(claim, Fresh | TakenOver), turn
            written.append((database.row(SMS.key) or {})["quarantine"])

        assert written == [QUARANTINE, SHORT, QUARANTINE, SHORT]

    async def test_keeps_the_row_from_one_with_a_shorter(
        self, ledger: SqlLedger, hasty: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)
        database.age(SMS.key, QUARANTINE / 2)

        row, equal = await hasty.claim(SMS), await hasty.claim(EQUAL)

        for claim in (row, equal):
            assert isinstance(claim, Busy)
            assert claim.wait == pytest.approx(QUARANTINE / 2, abs=20.0)

    async def test_frees_the_row_for_one_with_a_longer(
        self, ledger: SqlLedger, hasty: SqlLedger, database: LedgerDatabase
    ) -> None:
        await hasty.claim(SMS)
        database.age(SMS.key, 2 * SHORT)

        assert isinstance(await ledger.claim(SMS), TakenOver)

    async def test_says_how_often_what_is_held_comes_again(
        self, ledger: SqlLedger, hasty: SqlLedger, database: LedgerDatabase
    ) -> None:
        await hasty.claim(SMS)
        database.age(SMS.key)
        held = replace(SMS, on_unknown=OnUnknown.HOLD)

        assert await ledger.claim(held) == Busy(Reason.HELD, QUARANTINE)
        assert await hasty.claim(held) == Busy(Reason.HELD, QUARANTINE)

    async def test_keeps_sweeper_and_person_from_the_row(
        self, ledger: SqlLedger, hasty: SqlLedger, people: People, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)
        database.age(SMS.key, QUARANTINE / 2)
        ended = an_sms("ended")
        await ledger.record(await fresh(ledger, ended), Accepted(a_sid("1"), "queued"))
        database.age(ended.key, QUARANTINE / 2)

        assert await hasty.stuck(10) == []
        assert await hasty.unresolved(10) == (0, [])
        assert await hasty.untold(10) == []
        assert people.resolve(SMS.key, None) is Resolved.IN_QUARANTINE
        for key in (SMS.key, ended.key):
            database.age(key, 3 * QUARANTINE)
        assert await hasty.unresolved(10) == (1, [SMS.key])
        assert [sms.key for sms in await hasty.stuck(10)] == [SMS.key]
        assert [sms.key for sms, _ in await hasty.untold(10)] == [ended.key]
        assert people.resolve(SMS.key, None) is Resolved.DONE


class TestAfterTheClockWasSetBack:
    """A claim that lies in what is to come waits no longer than its quarantine."""

    async def test_neither_for_itself_nor_for_an_equal_text(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)
        database.age(SMS.key, -TWO_HOURS)

        for sms in (SMS, EQUAL):
            claim = await other.claim(sms)

            assert claim == Busy(Reason.IN_FLIGHT, QUARANTINE)

    async def test_counted_from_the_next_sweep(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)
        database.age(SMS.key, -TWO_HOURS)
        assert await other.stuck(10) == []
        row = database.row(SMS.key) or {}

        database.change(SMS.key, claimed_at=row["claimed_at"] - QUARANTINE)

        assert row["since"] > row["claimed_at"] + TWO_HOURS / 2
        assert [sms.key for sms in await other.stuck(10)] == [SMS.key]
        assert isinstance(await other.claim(SMS), TakenOver)
        assert (database.row(SMS.key) or {})["since"] == row["since"]

    async def test_while_a_row_of_today_keeps_its_time(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)
        before = database.row(SMS.key)

        assert await other.stuck(10) == []

        assert database.row(SMS.key) == before
