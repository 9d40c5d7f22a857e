"""What a claim is answered where Twilio may have been asked, and where another event claims."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import (
    Busy,
    Deferred,
    Fresh,
    NotTaken,
    OnUnknown,
    Refused,
    TakenOver,
)
from support.ledgers import QUARANTINE, LedgerDatabase, an_event, an_sms

SMS = an_sms()
REWORDED = replace(
    an_sms(asked=replace(SMS.asked, sender="MG" + "1" * 32, text="Hello Ann.")), reference="R-new"
)
"""The same SMS, as a flow that was changed meanwhile makes it."""


class TestSending:
    """Twilio may have been asked."""

    async def test_is_busy_until_the_quarantine_is_over(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key, 30.0)
        before = database.row(SMS.key)

        claim = await ledger.claim(SMS)

        assert isinstance(claim, Busy)
        assert claim.reason is Reason.IN_FLIGHT
        assert claim.wait == pytest.approx(QUARANTINE - 30.0, abs=5.0)
        assert database.row(SMS.key) == before

    async def test_of_one_that_was_killed_is_not_ours_because_we_have_its_name(
        self, database: LedgerDatabase, ledger: SqlLedger
    ) -> None:
        killed = await ledger.claim(SMS)
        assert isinstance(killed, Fresh)
        before = database.row(SMS.key)
        async with database.open("one") as restarted:
            assert isinstance(await restarted.claim(SMS), Busy)
            late = await restarted.record(killed, NotTaken(Reason.FENCED))
            assert late == Deferred(Reason.NOT_MINE, None)

        assert before is not None
        assert before["owner"].startswith("one/")
        assert database.row(SMS.key) == before

    async def test_is_taken_over_after_it_with_what_was_asked_and_since_when(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)
        before = database.row(SMS.key)

        claim = await ledger.claim(REWORDED)

        after = database.row(SMS.key)
        assert before is not None
        assert after is not None
        assert claim == TakenOver(REWORDED, 2, SMS.asked, before["since"])
        assert after["owner"].startswith("one/")
        assert after["claimed_at"] > before["claimed_at"] + QUARANTINE
        changed = {"owner", "claim_number", "claimed_at"}
        assert {name for name in after if after[name] != before[name]} == changed

    async def test_is_held_where_the_flow_says_hold(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)

        claim = await ledger.claim(replace(SMS, on_unknown=OnUnknown.HOLD))

        assert claim == Busy(Reason.HELD, QUARANTINE)
        row = database.row(SMS.key)
        assert row is not None
        assert (row["state"], row["claim_number"]) == ("held", 2)

    async def test_is_sent_again_where_the_flow_says_resend(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)
        before = database.row(SMS.key)

        claim = await ledger.claim(replace(REWORDED, on_unknown=OnUnknown.RESEND))

        assert isinstance(claim, Fresh)
        assert before is not None
        assert claim.resend is not None
        assert claim.resend.since == before["since"]
        assert claim.resend.asked == SMS.asked
        assert (claim.claim_number, claim.asked) == (2, SMS.asked)
        row = database.row(SMS.key)
        assert row is not None
        assert (row["state"], row["fingerprint"]) == ("sending", SMS.fingerprint)
        assert row["since"] == before["since"] < row["claimed_at"] - QUARANTINE

    async def test_goes_to_one_of_two_processes(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)
        async with database.open("three") as third:
            claims = await asyncio.gather(ledger.claim(SMS), third.claim(SMS))

        assert sorted(type(claim).__name__ for claim in claims) == ["Busy", "TakenOver"]

    async def test_keeps_its_first_since_however_often_it_is_taken_over(
        self, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await other.claim(SMS)
        since = (database.row(SMS.key) or {})["since"]
        for number in (2, 3, 4):
            database.change(SMS.key, claimed_at=0.0)
            async with database.open(f"replica {number}") as replica:
                claim = await replica.claim(SMS)
            assert claim == TakenOver(SMS, number, SMS.asked, since)


class TestHeld:
    """A person must say whether Twilio took it."""

    @pytest.mark.parametrize("on_unknown", OnUnknown)
    async def test_waits_for_a_person_however_old_it_is(
        self, ledger: SqlLedger, database: LedgerDatabase, on_unknown: OnUnknown
    ) -> None:
        await ledger.claim(SMS)
        database.change(SMS.key, state="held")
        database.age(SMS.key)
        before = database.row(SMS.key)

        claim = await ledger.claim(replace(SMS, on_unknown=on_unknown))

        assert claim == Busy(Reason.HELD, QUARANTINE)
        assert database.row(SMS.key) == before


class TestAnotherEvent:
    """The row was made by an event of the same identity and another body."""

    @pytest.mark.parametrize("state", ["sending", "held", "free", "sent", "failed", "skipped"])
    async def test_is_refused_whatever_the_state_and_the_row_untouched(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, state: str
    ) -> None:
        await other.claim(SMS)
        database.age(SMS.key)
        database.change(SMS.key, state=state, result='{"reason": "expired"}')
        before = database.row(SMS.key)
        impostor = replace(SMS, event=an_event("R12345", digest="another"))

        claim = await ledger.claim(impostor)

        assert isinstance(claim, Refused)
        assert claim.reason is Reason.IDENTITY_CONFLICT
        assert SMS.asked.to not in claim.detail
        assert database.row(SMS.key) == before
