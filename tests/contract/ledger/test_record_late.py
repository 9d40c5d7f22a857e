"""Which answers are read again, one by one, and whose the same answer is that another recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.commit.transaction import Transactions
from smsherald.ledger.sql.parameters import Rows, Statement, Written
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Deferred,
    Failed,
    Fresh,
    Mine,
    NotTaken,
    Outcome,
    Rejected,
    Sent,
    Skip,
    Skipped,
    Sms,
    TakenOver,
)
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms

SMS = an_sms()
REFUSAL = Rejected(Reason.CONTENT, 30007)
NOT_MINE = Deferred(Reason.NOT_MINE, None)


async def claimed(ledger: SqlLedger, sms: Sms = SMS) -> Mine:
    claim = await ledger.claim(sms)
    assert isinstance(claim, Fresh | TakenOver)
    return claim


@pytest.fixture
def late_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys of the answers that are read again."""
    keys: list[str] = []
    run = Transactions._run  # noqa: SLF001 - The seam between deciding and the database.

    def running(self: Transactions, statement: Statement, rows: Rows) -> Written:
        if statement is self._statements.find_late:
            keys.extend(key for key, _ in rows)
        return run(self, statement, rows)

    monkeypatch.setattr(Transactions, "_run", running)
    return keys


class TestABatch:
    """Its answers are read again only where one was not written: that is slow."""

    ANSWERS: Sequence[tuple[Answer, type[Outcome]]] = (
        (Accepted("", "queued"), Sent),
        (Accepted("", "sent", found=True), Sent),
        (REFUSAL, Failed),
        (Skip(Reason.EXPIRED), Skipped),
        (NotTaken(Reason.FENCED), Deferred),
        (Absent(), Deferred),
    )

    # One, and what several lists of VALUES carry: 8 and 1, 64 and 8 and five times 1.
    @pytest.mark.parametrize("size", [1, 9, 77])
    @pytest.mark.parametrize("kinds", [ANSWERS[:-1], ANSWERS[-1:], ANSWERS])
    async def test_that_is_all_ours_is_never_read_again(
        self,
        ledger: SqlLedger,
        observed: Observed,
        late_reads: list[str],
        size: int,
        kinds: Sequence[tuple[Answer, type[Outcome]]],
    ) -> None:
        claims = await asyncio.gather(*(claimed(ledger, an_sms(str(n))) for n in range(size)))
        said = [kinds[n % len(kinds)] for n in range(size)]
        answers = [
            Accepted(a_sid(str(n)), each.status, found=each.found)
            if isinstance(each, Accepted)
            else each
            for n, (each, _) in enumerate(said)
        ]
        observed.commits.clear()

        outcomes = await asyncio.gather(*map(ledger.record, claims, answers))

        assert [rows for _, rows in observed.commits] == [size]
        assert [type(outcome) for outcome in outcomes] == [kind for _, kind in said]
        assert late_reads == []

    async def test_with_one_that_is_not_ours_is_read_again_and_the_rest_is_as_it_was_written(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, late_reads: list[str]
    ) -> None:
        smses = [an_sms(str(number)) for number in range(9)]
        claims = await asyncio.gather(*(claimed(ledger, sms) for sms in smses))
        database.age(smses[4].key)
        await claimed(other, smses[4])

        outcomes = await asyncio.gather(*(ledger.record(claim, REFUSAL) for claim in claims))

        assert outcomes.pop(4) == NOT_MINE
        assert {type(outcome) for outcome in outcomes} == {Failed}
        assert sorted(late_reads) == sorted(sms.key for sms in smses)


class TestTheVerySameAnswer:
    """A row says what ours would, and is not ours."""

    @pytest.mark.parametrize("answer", [REFUSAL, Skip(Reason.EXPIRED), NotTaken(Reason.FENCED)])
    async def test_of_another_process_that_took_over_is_not_ours(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        late = await claimed(ledger)
        database.age(SMS.key)
        await other.record(await claimed(other), answer)
        before = database.row(SMS.key)

        assert await ledger.record(late, answer) == NOT_MINE
        assert database.row(SMS.key) == before

    async def test_of_another_process_with_our_claim_number_is_not_ours(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = await claimed(ledger)
        database.forget(SMS.key)
        anew = await claimed(other)
        await other.record(anew, REFUSAL)

        assert await ledger.record(late, REFUSAL) == NOT_MINE
        assert anew.claim_number == late.claim_number

    async def test_of_a_later_claim_of_our_own_in_the_same_batch_is_not_that_of_the_earlier(
        self, ledger: SqlLedger, database: LedgerDatabase, observed: Observed
    ) -> None:
        late = await claimed(ledger)
        database.age(SMS.key)
        later = await claimed(ledger)
        observed.commits.clear()

        outcomes = await asyncio.gather(*(ledger.record(each, Absent()) for each in (late, later)))

        assert [rows for _, rows in observed.commits] == [2]
        assert outcomes == [NOT_MINE, Deferred(Reason.NOT_TAKEN, None)]
        assert (database.row(SMS.key) or {})["in_vain"] == 1
