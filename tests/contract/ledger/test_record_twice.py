"""What is recorded where two messages or two rows meet at one SID."""

from __future__ import annotations

import asyncio

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import (
    Accepted,
    Deferred,
    Done,
    Duplicate,
    Fresh,
    Mine,
    Sent,
    Sms,
    TakenOver,
    Told,
)
from support.ledgers import QUARANTINE, LedgerDatabase, Observed, a_sid, an_sms

SMS = an_sms()
OURS = Accepted(a_sid("1"), "queued")
FOUND = Accepted(a_sid("1"), "sent", found=True)


async def claimed(ledger: SqlLedger, sms: Sms = SMS) -> Mine:
    claim = await ledger.claim(sms)
    assert isinstance(claim, Fresh | TakenOver)
    return claim


class TestTwoMessages:
    """Twilio took an SMS twice."""

    @pytest.fixture
    async def late(self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase) -> Mine:
        """Return a claim of `ledger` whose row `other` has made sent with the first SID."""
        late = await claimed(ledger)
        database.age(SMS.key)
        await other.record(await claimed(other), OURS)
        return late

    async def test_the_first_sid_stays_and_the_second_is_kept_aside_and_counted(
        self, ledger: SqlLedger, database: LedgerDatabase, observed: Observed, late: Mine
    ) -> None:
        outcome = await ledger.record(late, Accepted(a_sid("2"), "accepted"))

        row = database.row(SMS.key)
        assert row is not None
        assert outcome == Sent(SMS.asked, OURS.sid, "queued", row["ended_at"])
        assert row["sid"] == OURS.sid
        assert database.second_sids() == {(a_sid("2"), SMS.key)}
        assert observed.twice == 1

    async def test_both_are_known_to_a_look_up(
        self, ledger: SqlLedger, other: SqlLedger, late: Mine
    ) -> None:
        await ledger.record(late, Accepted(a_sid("2"), "accepted"))

        assert await other.known([a_sid("1"), a_sid("2"), a_sid("3")]) == {a_sid("1"), a_sid("2")}

    async def test_a_second_sid_counts_once_however_often_it_is_recorded(
        self, ledger: SqlLedger, observed: Observed, late: Mine
    ) -> None:
        for _ in range(2):
            await ledger.record(late, Accepted(a_sid("2"), "accepted"))

        assert observed.twice == 1

    async def test_the_same_sid_again_is_no_second(
        self, ledger: SqlLedger, database: LedgerDatabase, observed: Observed, late: Mine
    ) -> None:
        outcome = await ledger.record(late, OURS)

        assert isinstance(outcome, Sent)
        assert outcome.sid == OURS.sid
        assert database.second_sids() == set()
        assert observed.twice == 0

    async def test_what_was_told_is_not_told_again(
        self, ledger: SqlLedger, other: SqlLedger, late: Mine
    ) -> None:
        await other.told([Told(SMS.key, "sent", OURS.sid, None)])

        outcome = await ledger.record(late, Accepted(a_sid("2"), "accepted"))

        assert isinstance(outcome, Duplicate)


class TestSidOfAnotherRow:
    """Another SMS has the SID already."""

    @pytest.fixture
    async def _taken(self, ledger: SqlLedger) -> None:
        await ledger.record(await claimed(ledger, an_sms("first")), OURS)

    @pytest.mark.usefixtures("_taken")
    async def test_what_a_look_up_found_is_not_ours(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        claim = await claimed(ledger)
        before = database.row(SMS.key)

        outcome = await ledger.record(claim, FOUND)

        assert isinstance(outcome, Deferred)
        assert outcome.reason is Reason.UNKNOWN
        assert outcome.wait == pytest.approx(QUARANTINE, abs=5.0)
        assert database.row(SMS.key) == before

    async def test_nor_is_what_is_known_as_a_second_message(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        first = an_sms("first")
        late = await claimed(ledger, first)
        database.age(first.key)
        await other.record(await claimed(other, first), OURS)
        await ledger.record(late, Accepted(a_sid("2"), "queued"))

        outcome = await ledger.record(
            await claimed(ledger), Accepted(a_sid("2"), "sent", found=True)
        )

        assert isinstance(outcome, Deferred)
        assert (database.row(SMS.key) or {})["state"] == "sending"

    @pytest.mark.usefixtures("_taken")
    async def test_our_own_answer_is_believed_and_its_sid_remembered_for_both(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, observed: Observed
    ) -> None:
        outcome = await ledger.record(await claimed(ledger), OURS)

        assert isinstance(outcome, Sent)
        assert outcome.sid == OURS.sid
        assert database.second_sids() == {(OURS.sid, SMS.key)}
        assert observed.twice == 1
        for sms in (SMS, an_sms("first")):
            done = await other.claim(sms)
            assert isinstance(done, Done)
            assert isinstance(done.ended, Sent)
            assert done.ended.sid == OURS.sid

    @pytest.mark.usefixtures("_taken")
    async def test_does_not_stop_what_is_committed_with_it(self, ledger: SqlLedger) -> None:
        claim, good = await claimed(ledger), await claimed(ledger, an_sms("good"))

        outcomes = await asyncio.gather(
            ledger.record(claim, FOUND), ledger.record(good, Accepted(a_sid("9"), "queued"))
        )

        assert [type(outcome) for outcome in outcomes] == [Deferred, Sent]
