"""What a claim is answered, line by line of the claim table."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import (
    Accepted,
    Answer,
    Busy,
    Done,
    Ended,
    Failed,
    Fresh,
    NotTaken,
    Outcome,
    Rejected,
    Sent,
    Skip,
    Skipped,
    Sms,
)
from support.ledgers import QUARANTINE, LedgerDatabase, a_sid, an_sms, asked_of, fresh, tells

SMS = an_sms()
REWORDED = replace(
    an_sms(asked=replace(SMS.asked, sender="MG" + "1" * 32, text="Hello Ann.")), reference="R-new"
)
"""The same SMS, as a flow that was changed meanwhile makes it."""


async def ended(ledger: SqlLedger, sms: Sms, answer: Answer) -> Outcome:
    claim = await ledger.claim(sms)
    assert isinstance(claim, Fresh)
    return await ledger.record(claim, answer)


class TestAbsent:
    """No row has its key."""

    async def test_is_fresh(self, ledger: SqlLedger, database: LedgerDatabase) -> None:
        claim = await ledger.claim(SMS)

        assert isinstance(claim, Fresh)
        assert (claim.sms, claim.claim_number, claim.asked) == (SMS, 1, SMS.asked)
        assert not claim.resend
        row = database.row(SMS.key)
        assert row is not None
        assert row["state"] == "sending"
        assert row["owner"].startswith("one/")
        assert row["claim_number"] == 1
        assert row["since"] == row["claimed_at"]

    async def test_keeps_all_that_was_asked(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)

        row = database.row(SMS.key)
        assert row is not None
        assert asked_of(row) == SMS.asked
        assert (row["event_id"], row["event_digest"]) == (SMS.event.id, SMS.event.digest)
        assert (row["flow"], row["reference"]) == ("order-created", "R12345")
        assert row["fingerprint"] == SMS.fingerprint
        assert row["phone_tail"] == "09"
        assert "5558675309" not in row["phone_digest"]

    async def test_is_held_back_while_another_sms_of_equal_text_is_sending(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        twin = an_sms("twin", asked=SMS.asked)
        await other.claim(SMS)
        database.age(SMS.key, 30.0)

        claim = await ledger.claim(twin)

        assert isinstance(claim, Busy)
        assert claim.reason is Reason.IN_FLIGHT
        assert claim.wait == pytest.approx(QUARANTINE - 30.0, abs=5.0)
        assert database.row(twin.key) is None

    async def test_asks_again_soon_where_the_equal_text_is_over_its_quarantine(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)

        claim = await ledger.claim(an_sms("twin", asked=SMS.asked))

        assert claim == Busy(Reason.IN_FLIGHT, 0.0)

    async def test_is_held_back_while_an_equal_text_waits_for_a_person(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.change(SMS.key, state="held")
        database.age(SMS.key)

        claim = await ledger.claim(an_sms("twin", asked=SMS.asked))

        assert claim == Busy(Reason.IN_FLIGHT, QUARANTINE)

    async def test_waits_for_one_that_differs_in_its_media_alone(
        self, ledger: SqlLedger, other: SqlLedger
    ) -> None:
        await fresh(other, replace(SMS, media=("https://shop.example/1.png",)))
        twin = an_sms("twin", asked=SMS.asked, media=("https://shop.example/2.png",))

        claim = await ledger.claim(twin)

        assert isinstance(claim, Busy)
        assert claim.reason is Reason.IN_FLIGHT

    async def test_goes_out_once_the_equal_text_has_ended(
        self, ledger: SqlLedger, other: SqlLedger
    ) -> None:
        await ended(other, SMS, Accepted(a_sid("1"), "queued"))

        claim = await ledger.claim(an_sms("twin", asked=SMS.asked))

        assert isinstance(claim, Fresh)


class TestFree:
    """Twilio certainly does not have it."""

    @pytest.fixture
    async def _free(self, ledger: SqlLedger, database: LedgerDatabase) -> None:
        await ended(ledger, SMS, NotTaken(Reason.RATE_LIMITED, 1.0))
        database.age(SMS.key)
        database.change(SMS.key, in_vain=3)

    @pytest.mark.usefixtures("_free")
    async def test_is_fresh_with_a_new_number_and_a_new_since(
        self, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        before = database.row(SMS.key)

        claim = await other.claim(SMS)

        assert isinstance(claim, Fresh)
        assert claim.claim_number == 2
        after = database.row(SMS.key)
        assert before is not None
        assert after is not None
        assert after["state"] == "sending"
        assert after["owner"].startswith("two/")
        assert after["claim_number"] == 2
        assert after["since"] == after["claimed_at"] > before["since"] + QUARANTINE
        assert after["in_vain"] == 3

    @pytest.mark.usefixtures("_free")
    async def test_takes_what_is_asked_now(
        self, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        claim = await other.claim(REWORDED)

        assert isinstance(claim, Fresh)
        assert claim.asked == REWORDED.asked
        row = database.row(SMS.key)
        assert row is not None
        assert asked_of(row) == REWORDED.asked
        assert row["fingerprint"] == REWORDED.fingerprint
        assert row["reference"] == "R-new"

    @pytest.mark.usefixtures("_free")
    async def test_waits_for_an_equal_text_and_stays_as_it_is(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(an_sms("twin", asked=REWORDED.asked))
        before = database.row(SMS.key)

        claim = await other.claim(REWORDED)

        assert isinstance(claim, Busy)
        assert claim.reason is Reason.IN_FLIGHT
        assert database.row(SMS.key) == before

    @pytest.mark.usefixtures("_free")
    async def test_goes_to_one_of_two_processes(self, ledger: SqlLedger, other: SqlLedger) -> None:
        claims = await asyncio.gather(ledger.claim(SMS), other.claim(SMS))

        assert sorted(type(claim).__name__ for claim in claims) == ["Busy", "Fresh"]


class TestEnded:
    """It was sent, or never will be."""

    CASES = (
        (Accepted(a_sid("1"), "queued"), Sent(SMS.asked, a_sid("1"), "queued", 0.0)),
        (Accepted(a_sid("1"), None), Sent(SMS.asked, a_sid("1"), None, 0.0)),
        (
            Rejected(Reason.BAD_RECIPIENT, 21614),
            Failed(SMS.asked, Reason.BAD_RECIPIENT, 21614, 0.0, 1),
        ),
        (Rejected(Reason.CONTENT, None), Failed(SMS.asked, Reason.CONTENT, None, 0.0, 1)),
        (Skip(Reason.EXPIRED), Skipped(SMS.asked, Reason.EXPIRED, 0.0, 1)),
    )

    @pytest.mark.parametrize(("answer", "expected"), CASES)
    async def test_is_done_and_says_what_became_of_it(
        self,
        ledger: SqlLedger,
        other: SqlLedger,
        database: LedgerDatabase,
        answer: Answer,
        expected: Ended,
    ) -> None:
        await ended(ledger, SMS, answer)

        claim = await other.claim(REWORDED)

        row = database.row(SMS.key)
        assert row is not None
        assert claim == Done(told=False, ended=replace(expected, at=row["ended_at"]))

    @pytest.mark.parametrize(("answer", "expected"), CASES)
    async def test_says_when_it_was_told_and_has_no_text_any_more(
        self, ledger: SqlLedger, other: SqlLedger, answer: Answer, expected: Ended
    ) -> None:
        await ledger.told([tells(SMS, await ended(ledger, SMS, answer))])

        claim = await other.claim(SMS)

        assert isinstance(claim, Done)
        assert claim.told
        emptied = replace(SMS.asked, to="", text="")
        assert claim.ended == replace(expected, at=claim.ended.at, asked=emptied)
