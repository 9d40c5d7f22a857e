"""What an answer writes, and what it makes of its SMS, line by line of the record table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Busy,
    Deferred,
    Done,
    Failed,
    Fresh,
    Mine,
    NotTaken,
    Outcome,
    Parked,
    Rejected,
    Sent,
    Skip,
    Skipped,
    Sms,
    TakenOver,
    Unknown,
    Unlisted,
)
from support.ledgers import QUARANTINE, LedgerDatabase, a_sid, an_sms, asked_of, tells

SMS = an_sms()
OURS = Accepted(a_sid("1"), "queued")
FOUND = Accepted(a_sid("1"), "sent", found=True)
WRITTEN: tuple[tuple[Answer, str, dict[str, Any] | None], ...] = (
    (OURS, "sent", {"status": "queued"}),
    (FOUND, "sent", {"status": "sent"}),
    (Rejected(Reason.OPT_OUT, 21610), "failed", {"reason": "opt_out", "code": 21610}),
    (Skip(Reason.EXPIRED), "skipped", {"reason": "expired"}),
    (NotTaken(Reason.FENCED), "free", None),
    (Absent(), "free", None),
)


async def claimed(ledger: SqlLedger, sms: Sms = SMS) -> Mine:
    claim = await ledger.claim(sms)
    assert isinstance(claim, Fresh | TakenOver)
    return claim


class TestStillMine:
    """Owner, claim number and state are as the claim left them."""

    @pytest.mark.parametrize(("answer", "state", "result"), WRITTEN)
    async def test_is_written(
        self,
        ledger: SqlLedger,
        database: LedgerDatabase,
        answer: Answer,
        state: str,
        result: dict[str, Any] | None,
    ) -> None:
        await ledger.record(await claimed(ledger), answer)

        row = database.row(SMS.key)
        assert row is not None
        assert row["state"] == state
        assert (None if row["result"] is None else json.loads(row["result"])) == result
        assert row["sid"] == (a_sid("1") if state == "sent" else None)
        assert (row["ended_at"] is None) == (state == "free")
        assert row["notified_at"] is None
        assert (row["to"], row["text"]) == (SMS.asked.to, SMS.asked.text)

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (OURS, Sent(SMS.asked, a_sid("1"), "queued", 0.0)),
            (FOUND, Sent(SMS.asked, a_sid("1"), "sent", 0.0)),
            (Rejected(Reason.GEO, 21408), Failed(SMS.asked, Reason.GEO, 21408, 0.0, 1)),
            (Skip(Reason.EXPIRED), Skipped(SMS.asked, Reason.EXPIRED, 0.0, 1)),
        ],
    )
    async def test_ends_when_the_row_says_it_did(
        self, ledger: SqlLedger, database: LedgerDatabase, answer: Answer, expected: Outcome
    ) -> None:
        outcome = await ledger.record(await claimed(ledger), answer)

        row = database.row(SMS.key)
        assert row is not None
        assert isinstance(expected, Sent | Failed | Skipped)
        assert outcome == replace(expected, at=row["ended_at"])

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (NotTaken(Reason.RATE_LIMITED, 7.0), Deferred(Reason.RATE_LIMITED, 7.0)),
            (NotTaken(Reason.FENCED), Deferred(Reason.FENCED, None)),
            (Absent(), Deferred(Reason.NOT_TAKEN, None)),
        ],
    )
    async def test_is_deferred_and_free_where_twilio_does_not_have_it(
        self, ledger: SqlLedger, answer: Answer, expected: Outcome
    ) -> None:
        outcome = await ledger.record(await claimed(ledger), answer)

        assert outcome == expected
        again = await ledger.claim(SMS)
        assert isinstance(again, Fresh)
        assert again.claim_number == 2

    @pytest.mark.parametrize("answer", [Unknown(), Unlisted()])
    async def test_stays_as_it_is_until_the_quarantine_is_over_where_nothing_is_known(
        self, ledger: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        claim = await claimed(ledger)
        before = database.row(SMS.key)

        outcome = await ledger.record(claim, answer)

        assert isinstance(outcome, Deferred)
        assert outcome.reason is Reason.UNKNOWN
        assert outcome.wait == pytest.approx(QUARANTINE, abs=5.0)
        assert database.row(SMS.key) == before
        busy = await ledger.claim(SMS)
        assert isinstance(busy, Busy)
        assert busy.wait == pytest.approx(QUARANTINE, abs=5.0)

    async def test_is_parked_the_fifth_time_a_look_up_finds_nothing(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        outcomes = []
        for _ in range(6):
            await claimed(other)
            database.age(SMS.key)
            taken = await claimed(ledger)
            outcomes.append(await ledger.record(taken, Absent()))

        assert outcomes[:4] == [Deferred(Reason.NOT_TAKEN, None)] * 4
        assert all(isinstance(outcome, Parked) for outcome in outcomes[4:])
        assert all(getattr(outcome, "reason", None) is Reason.POISON for outcome in outcomes[4:])
        row = database.row(SMS.key)
        assert row is not None
        assert (row["state"], row["in_vain"]) == ("free", 6)

    async def test_counts_no_other_failure_as_in_vain(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        for _ in range(6):
            outcome = await ledger.record(await claimed(ledger), NotTaken(Reason.FENCED))
            assert outcome == Deferred(Reason.FENCED, None)

        assert (database.row(SMS.key) or {})["in_vain"] == 0


class TestNoLongerMine:
    """Another process, or another claim, has the row by now."""

    @pytest.mark.parametrize("answer", [answer for answer, _, _ in WRITTEN if answer is not OURS])
    async def test_writes_nothing_after_another_took_it_over(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        late = await claimed(ledger)
        database.age(SMS.key)
        await claimed(other)
        before = database.row(SMS.key)

        outcome = await ledger.record(late, answer)

        assert outcome == Deferred(Reason.NOT_MINE, None)
        assert database.row(SMS.key) == before

    @pytest.mark.parametrize("state", ["held", "free", "sent", "failed", "skipped"])
    async def test_writes_nothing_onto_a_row_that_is_not_sending(
        self, ledger: SqlLedger, database: LedgerDatabase, state: str
    ) -> None:
        late = await claimed(ledger)
        database.change(SMS.key, state=state, result='{"reason": "expired"}')
        before = database.row(SMS.key)

        outcome = await ledger.record(late, Rejected(Reason.CONTENT, 30007))

        assert outcome == Deferred(Reason.NOT_MINE, None)
        assert database.row(SMS.key) == before

    async def test_writes_nothing_onto_the_equal_claim_of_another_process(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = await claimed(ledger)
        database.forget(SMS.key)
        anew = await claimed(other)
        before = database.row(SMS.key)

        outcome = await ledger.record(late, Rejected(Reason.CONTENT, 30007))

        assert late.claim_number == anew.claim_number
        assert outcome == Deferred(Reason.NOT_MINE, None)
        assert database.row(SMS.key) == before

    async def test_writes_nothing_for_an_earlier_claim_of_the_same_process(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = await claimed(ledger)
        database.age(SMS.key)
        await claimed(ledger)
        before = database.row(SMS.key)

        outcome = await ledger.record(late, NotTaken(Reason.FENCED))

        assert outcome == Deferred(Reason.NOT_MINE, None)
        assert database.row(SMS.key) == before


class TestOurOwnAnswer:
    """Twilio answered our own request with a SID."""

    @pytest.mark.parametrize("state", ["sending", "held", "free", "failed", "skipped"])
    async def test_makes_the_row_sent_whatever_it_says(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, state: str
    ) -> None:
        late = await claimed(ledger)
        database.age(SMS.key)
        await claimed(other)
        database.change(SMS.key, state=state, result='{"reason": "expired"}')

        outcome = await ledger.record(late, OURS)

        row = database.row(SMS.key)
        assert row is not None
        assert (row["state"], row["sid"]) == ("sent", OURS.sid)
        assert outcome == Sent(SMS.asked, OURS.sid, "queued", row["ended_at"])

    async def test_is_told_anew_with_its_text_where_another_outcome_was_told(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = await claimed(ledger)
        database.age(SMS.key)
        failed = await other.record(await claimed(other), Rejected(Reason.CONTENT, 30007))
        await other.told([tells(SMS, failed)])

        await ledger.record(late, OURS)

        done = await other.claim(SMS)
        assert isinstance(done, Done)
        assert not done.told
        assert isinstance(done.ended, Sent)
        assert done.ended.asked == SMS.asked

    async def test_makes_a_row_where_there_is_none_any_more(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = await claimed(ledger)
        database.forget(SMS.key)

        outcome = await ledger.record(late, OURS)

        assert isinstance(outcome, Sent)
        done = await other.claim(SMS)
        assert done == Done(told=False, ended=outcome)

    async def test_says_what_was_asked_of_twilio_not_what_the_flow_makes_now(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        reworded = an_sms(asked=replace(SMS.asked, text="Hello Ann."))
        await claimed(other)
        database.age(SMS.key)
        late = await claimed(ledger, reworded)
        database.forget(SMS.key)

        await ledger.record(late, OURS)

        row = database.row(SMS.key)
        assert row is not None
        assert asked_of(row) == SMS.asked
