"""Retention: what is deleted, what stays, and by which indexes they are found."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, insert

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.backlog import Backlog
from smsherald.ledger.people import People, Resolved
from smsherald.ledger.retention import Retention
from smsherald.ledger.sql import schema
from smsherald.model import Accepted, NotTaken, OnUnknown, Sms
from support.ledgers import (
    LedgerDatabase,
    a_sid,
    an_event,
    an_sms,
    fresh,
    made,
    sent,
    tells,
)

SMS = an_sms()
DAY = 86_400
MOST = 100


async def held(database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, sms: Sms) -> None:
    """Let it wait for a person."""
    waits = replace(sms, on_unknown=OnUnknown.HOLD)
    await fresh(ledger, waits)
    database.age(sms.key)
    await other.claim(waits)


async def freed(ledger: SqlLedger, sms: Sms) -> None:
    await ledger.record(await fresh(ledger, sms), NotTaken(Reason.NOT_TAKEN))


class TestPrune:
    """What has outlived the retention goes, and nothing that anybody may need."""

    async def test_ended_and_told_ones_go_in_batches(
        self, database: LedgerDatabase, ledger: SqlLedger, people: People, retention: Retention
    ) -> None:
        for number in range(5):
            await sent(ledger, an_sms(str(number)))
            database.age(an_sms(str(number)).key, 31 * DAY)
        await sent(ledger, SMS)

        assert retention.prunable(30 * DAY) == 5
        assert [await ledger.prune(30 * DAY, 2) for _ in range(4)] == [2, 2, 1, 0]
        assert [entry.key for entry in people.latest(None, None, MOST)] == [SMS.key]

    async def test_free_ones_that_nobody_came_back_for_go_too(
        self, database: LedgerDatabase, ledger: SqlLedger
    ) -> None:
        await freed(ledger, SMS)
        assert await ledger.prune(30 * DAY, MOST) == 0
        database.age(SMS.key, 31 * DAY)

        assert await ledger.prune(30 * DAY, MOST) == 1

    async def test_never_one_that_is_sending_or_held_or_untold(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger
    ) -> None:
        await held(database, ledger, other, SMS)
        await fresh(ledger, an_sms("sending"))
        await sent(ledger, an_sms("untold"), told=False)
        for key in (SMS.key, an_sms("sending").key, an_sms("untold").key):
            database.age(key, 400 * DAY)

        assert await ledger.prune(30 * DAY, MOST) == 0

    async def test_second_sids_go_with_their_row_and_not_before(
        self, database: LedgerDatabase, ledger: SqlLedger
    ) -> None:
        claim = await fresh(ledger, SMS)
        outcome, _ = [
            await ledger.record(claim, Accepted(a_sid(name), "queued")) for name in ("one", "two")
        ]
        await asyncio.sleep(0.01)
        await ledger.prune(0.001, MOST)
        assert len(database.second_sids()) == 1
        await ledger.told([tells(SMS, outcome)])
        await asyncio.sleep(0.01)
        await ledger.prune(0.001, MOST)

        assert database.second_sids() == set()


class TestAnEventOfSeveral:
    """It comes again as a whole: what has ended is remembered for as long as another may come."""

    EVENT = an_event()
    ENDED = an_sms("ended", event=EVENT)
    OPEN = an_sms("open", event=EVENT)

    @pytest.fixture(autouse=True)
    async def _others(self, database: LedgerDatabase, ledger: SqlLedger) -> None:
        """Let one SMS of the event have outlived the retention, and those of two others."""
        another_digest = an_event(digest="another")
        strangers = [an_sms("2", event=an_event("2")), an_sms("3", event=another_digest)]
        for sms in (self.ENDED, *strangers):
            await sent(ledger, sms)
            database.age(sms.key, 31 * DAY)

    async def open(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, state: str
    ) -> None:
        match state:
            case "sending":
                await fresh(ledger, self.OPEN)
                database.age(self.OPEN.key, 400 * DAY)
            case "held":
                await held(database, ledger, other, self.OPEN)
                database.age(self.OPEN.key, 400 * DAY)
            case "free":
                await freed(ledger, self.OPEN)
                database.age(self.OPEN.key, 29 * DAY)

    @pytest.mark.parametrize("state", ["sending", "held", "free"])
    async def test_keeps_one_that_has_ended_while_another_is_open(
        self,
        database: LedgerDatabase,
        ledger: SqlLedger,
        other: SqlLedger,
        retention: Retention,
        state: str,
    ) -> None:
        await self.open(database, ledger, other, state)

        assert retention.prunable(30 * DAY) == 2
        assert await ledger.prune(30 * DAY, MOST) == 2
        assert await ledger.prune(30 * DAY, MOST) == 0
        assert database.row(self.ENDED.key) is not None

    @pytest.mark.parametrize("state", ["sending", "held", "free"])
    async def test_keeps_a_free_one_too(
        self,
        database: LedgerDatabase,
        ledger: SqlLedger,
        other: SqlLedger,
        retention: Retention,
        state: str,
    ) -> None:
        old = an_sms("old", event=self.EVENT)
        await freed(ledger, old)
        database.age(old.key, 31 * DAY)
        await self.open(database, ledger, other, state)

        assert retention.prunable(30 * DAY) == 2
        assert await ledger.prune(30 * DAY, MOST) == 2
        assert database.row(old.key) is not None

    async def test_goes_with_what_has_ended_too_and_with_a_free_one_of_its_age(
        self, database: LedgerDatabase, ledger: SqlLedger, retention: Retention
    ) -> None:
        young = an_sms("young", event=self.EVENT)
        await sent(ledger, young)
        await freed(ledger, self.OPEN)
        database.age(self.OPEN.key, 31 * DAY)

        assert retention.prunable(30 * DAY) == 4
        assert await ledger.prune(30 * DAY, MOST) == 4
        assert database.row(young.key) is not None

    async def test_goes_once_the_other_has_ended(
        self, database: LedgerDatabase, ledger: SqlLedger
    ) -> None:
        claim = await fresh(ledger, self.OPEN)
        await ledger.prune(30 * DAY, MOST)
        await ledger.record(claim, Accepted(a_sid("late"), "queued"))

        assert await ledger.prune(30 * DAY, MOST) == 1
        assert database.row(self.ENDED.key) is None

    async def test_stays_for_its_retention_after_a_person_has_freed_the_other(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, people: People
    ) -> None:
        await self.open(database, ledger, other, "held")

        assert people.resolve(self.OPEN.key, None) is Resolved.DONE
        assert await ledger.prune(30 * DAY, MOST) == 2
        rows = [database.row(sms.key) for sms in (self.ENDED, self.OPEN)]
        assert None not in rows


def a_row(number: int) -> dict[str, Any]:
    """Return a row of an event of two, one a minute; three in a hundred have not ended."""
    needed = [column for column in schema.sms.columns if not column.nullable]
    row = {column.name: str(number) if column.type.python_type is str else 1 for column in needed}
    row |= dict.fromkeys(("event_id", "event_digest"), str(number // 2))
    state = {0: "sending", 1: "free", 2: "held"}.get(number % 100, "sent")
    ended_at = time.time() - 60 * (number + 0.5) if state == "sent" else None
    return {**row, "state": state, "ended_at": ended_at, "notified_at": ended_at}


def test_no_table_is_read_from_end_to_end(database: LedgerDatabase) -> None:
    outlived = [number for number in range(DAY // 60, 3000) if number % 100 > 3]
    is_sqlite = database.url.startswith("sqlite")
    heard: list[tuple[str, Any]] = []
    with database.storage() as storage:
        opened = made(storage)
        connection = opened.connection
        backlog, retention = Backlog(opened), Retention(opened)
        with connection.begin():
            connection.execute(insert(schema.sms), list(map(a_row, range(3000))))
            if not is_sqlite:
                connection.exec_driver_sql("ANALYZE sms")
        event.listen(
            connection.engine,
            "before_cursor_execute",
            lambda _connection, _cursor, said, given, *_: heard.append((said, given)),
        )
        assert retention.prunable(DAY) == len(outlived)
        assert retention.prune(DAY, len(outlived) + 1) == len(outlived)
        backlog.untold(10)
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plans = [
            "\n".join(
                row[-1] for row in connection.exec_driver_sql(f"{explain} {said}", given).all()
            )
            for said, given in tuple(heard)
            if "FROM sms" in said and not said.startswith("BEGIN")
        ]
        connection.rollback()

    steps = [step for plan in plans for step in (plan.split("\n" if is_sqlite else "->"))]
    reads = [step for step in steps if re.search(r"(SEARCH|SCAN) (sms|other)|Scan .*on sms", step)]
    bounded = "SEARCH" if is_sqlite else " Cond: "
    # What is untold leaves its small index as soon as it is told: that may be read whole.
    small = "sms_untold"
    assert [step for step in reads if bounded not in step and small not in step] == []
    # Those that have not ended are few, and looked for where nothing else is.
    others = [step for step in reads if "other" in step]
    assert len(others) >= 2 * len(plans)
    assert [step for step in others if "sms_told" in step or "pkey" in step] == []
    said = "\n".join(reads)
    assert all(name in said for name in ("sms_told", "sms_free", "sms_fingerprint", "sms_untold"))
