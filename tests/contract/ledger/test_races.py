"""What another process commits between our reading and our writing, where a database lets it.

SQLite does not: a transaction has the file to itself. So the other process's write is made on our
own connection, at the moment at which another database would show it to us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Executable, insert, text

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.sql import schema
from smsherald.ledger.sql.database import AwayError
from smsherald.ledger.sql.parameters import Rows, Statement, Written
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Busy,
    Claim,
    Deferred,
    Done,
    Failed,
    Fresh,
    NotTaken,
    Parked,
    Rejected,
    Sent,
    TakenOver,
    Unknown,
)
from support.ledgers import LedgerDatabase, a_sid, an_sms

SMS = an_sms()
TWIN = an_sms("twin", asked=SMS.asked)
TAKE = text("UPDATE sms SET owner = 'x', claim_number = claim_number + 1, state = 'sending'")
LEAVE = text("DELETE FROM sms")


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Executable], Any]:
    """Return what lets a statement take effect once, right after claims have read their rows."""

    @contextmanager
    def happening(statement: Executable) -> Iterator[None]:
        run = Transactions._run  # noqa: SLF001 - The seam between reading and writing.
        happened: list[object] = []

        def running(self: Transactions, query: Statement, rows: Rows) -> Written:
            found = run(self, query, rows)
            if query is self._statements.find and not happened:
                happened.append(self._connection.execute(statement))
            return found

        with monkeypatch.context() as patch:
            patch.setattr(Transactions, "_run", running)
            yield
        assert happened

    return happening


class TestLost:
    """Another process was faster: the claim is decided again, on what it left."""

    @pytest.mark.parametrize("answer", [NotTaken(Reason.FENCED), Unknown()], ids=["free", "old"])
    async def test_a_row_that_another_takes_meanwhile_is_not_ours(
        self,
        ledger: SqlLedger,
        database: LedgerDatabase,
        between: Callable[[Executable], Any],
        answer: Answer,
    ) -> None:
        first = await ledger.claim(SMS)
        assert isinstance(first, Fresh)
        await ledger.record(first, answer)
        database.age(SMS.key)
        before = database.row(SMS.key)
        assert before is not None

        with between(text(f"{TAKE}, claimed_at = claimed_at + 200")):
            claim = await asyncio.wait_for(ledger.claim(SMS), 30)

        assert isinstance(claim, Busy)
        row = database.row(SMS.key)
        assert row is not None
        assert (row["owner"], row["claim_number"]) == ("x", 2)

    async def test_a_lock_that_another_gives_up_meanwhile_is_ours(
        self, ledger: SqlLedger, other: SqlLedger, between: Callable[[Executable], Any]
    ) -> None:
        await other.claim(SMS)
        # It is read before it goes: the claim is held back, and asked again later.
        with between(LEAVE):
            held_back = await ledger.claim(TWIN)

        assert isinstance(held_back, Busy)
        assert isinstance(await ledger.claim(TWIN), Fresh)

    async def test_a_row_that_goes_before_it_is_read_is_claimed_anew(
        self, ledger: SqlLedger, other: SqlLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await other.claim(SMS)
        run = Transactions._run  # noqa: SLF001 - The seam before reading.

        def running(self: Transactions, query: Statement, rows: Rows) -> Written:
            if query is self._statements.find:
                self._connection.execute(LEAVE)
            return run(self, query, rows)

        monkeypatch.setattr(Transactions, "_run", running)

        assert isinstance(await asyncio.wait_for(ledger.claim(SMS), 30), Fresh)

    async def test_a_row_that_comes_up_before_we_write_ours_is_met_by_the_next_try(
        self,
        ledger: SqlLedger,
        other: SqlLedger,
        database: LedgerDatabase,
        between: Callable[[Executable], Any],
    ) -> None:
        await other.claim(an_sms("template"))
        template = database.row(an_sms("template").key) or {}
        row = {**template, "key": SMS.key, "fingerprint": SMS.fingerprint}

        with between(insert(schema.sms).values(row)):
            claim = await asyncio.wait_for(ledger.claim(SMS), 30)

        # On our own connection it has gone with our transaction: so the next try is the one.
        assert isinstance(claim, Fresh)


class TestACommitThatNobodyConfirmed:
    """The connection breaks after the commit and before its answer: the batch is tried again."""

    @pytest.fixture
    def _unconfirmed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lose the answer of the next commit."""
        commit = Transactions.commit
        lost: list[object] = []

        def committing(self: Transactions, batch: Any) -> float:
            seconds = commit(self, batch)
            if not lost:
                lost.append(batch)
                raise AwayError
            return seconds

        monkeypatch.setattr(Transactions, "commit", committing)

    @pytest.mark.usefixtures("_unconfirmed")
    async def test_a_fresh_claim_is_handed_out_after_all(self, ledger: SqlLedger) -> None:
        claim = await ledger.claim(SMS)

        assert isinstance(claim, Fresh)
        assert claim.claim_number == 1

    async def test_so_is_one_that_was_taken_over(
        self,
        ledger: SqlLedger,
        other: SqlLedger,
        database: LedgerDatabase,
        request: pytest.FixtureRequest,
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)
        since = (database.row(SMS.key) or {})["since"]
        request.getfixturevalue("_unconfirmed")

        claim: Claim = await ledger.claim(SMS)

        assert claim == TakenOver(SMS, 2, SMS.asked, since)

    async def test_our_own_answer_is_recorded_once(
        self, ledger: SqlLedger, database: LedgerDatabase, request: pytest.FixtureRequest
    ) -> None:
        claim = await ledger.claim(SMS)
        assert isinstance(claim, Fresh)
        request.getfixturevalue("_unconfirmed")

        outcome = await ledger.record(claim, Accepted(a_sid("1"), "queued"))

        assert isinstance(outcome, Sent)
        assert database.second_sids() == set()
        assert await ledger.claim(SMS) == Done(told=False, ended=outcome)

    async def test_any_other_answer_is_recorded_after_all(
        self, ledger: SqlLedger, request: pytest.FixtureRequest
    ) -> None:
        claim = await ledger.claim(SMS)
        assert isinstance(claim, Fresh)
        request.getfixturevalue("_unconfirmed")

        outcome = await ledger.record(claim, Rejected(Reason.CONTENT, 30007))

        assert isinstance(outcome, Failed)
        assert await ledger.claim(SMS) == Done(told=False, ended=outcome)

    @pytest.mark.parametrize("before", [3, 4])
    async def test_the_fifth_look_up_in_vain_is_parked_after_all(
        self,
        ledger: SqlLedger,
        database: LedgerDatabase,
        request: pytest.FixtureRequest,
        before: int,
    ) -> None:
        claim = await ledger.claim(SMS)
        assert isinstance(claim, Fresh)
        database.change(SMS.key, in_vain=before)
        request.getfixturevalue("_unconfirmed")

        outcome = await ledger.record(claim, Absent())

        assert isinstance(outcome, Parked if before == 4 else Deferred)
        assert outcome.reason is (Reason.POISON if before == 4 else Reason.NOT_TAKEN)
        assert (database.row(SMS.key) or {})["in_vain"] == before + 1
