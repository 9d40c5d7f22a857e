"""An SMS that is to be sent once is the same whichever event brings it."""

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
    Fresh,
    NotTaken,
    OnUnknown,
    OtherEvent,
    Refused,
    Rejected,
    Sent,
    Skip,
    Sms,
    Told,
)
from support.ledgers import (
    QUARANTINE,
    LedgerDatabase,
    a_sid,
    an_event,
    an_sms,
    asked_of,
    fresh,
    tells,
)

PLACED = an_sms("R1", once=True)
PAID = replace(
    PLACED,
    event=an_event("paid", digest="another", routing_key="order.paid"),
    fingerprint="another",
    reference="R1-paid",
    asked=replace(PLACED.asked, text="It is paid."),
)
NOTHING_CAME_OF_IT = (
    Rejected(Reason.CONTENT, 30007),
    Skip(Reason.EXPIRED),
    Skip(Reason.NO_CONSENT),
)


async def ended(ledger: SqlLedger, sms: Sms, answer: Answer, *, told: bool = True) -> Told:
    """Take it to its end; return what tells that."""
    tells_it = tells(sms, await ledger.record(await fresh(ledger, sms), answer))
    if told:
        await ledger.told([tells_it])
    return tells_it


class TestWhatCameToNothing:
    """The first event's SMS failed, or was skipped."""

    @pytest.mark.parametrize("answer", NOTHING_CAME_OF_IT)
    async def test_is_another_events_to_send_once_it_is_told(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        first = await ended(ledger, PLACED, answer)
        database.change(PLACED.key, in_vain=3)
        database.age(PLACED.key)

        claim = await other.claim(PAID)

        assert isinstance(claim, Fresh)
        assert (claim.claim_number, claim.asked, claim.resend) == (2, PAID.asked, None)
        row = database.row(PLACED.key)
        assert row is not None
        assert asked_of(row) == PAID.asked
        assert (row["event_id"], row["event_digest"]) == ("paid", "another")
        assert (row["routing_key"], row["reference"]) == ("order.paid", "R1-paid")
        assert (row["state"], row["claim_number"], row["in_vain"]) == ("sending", 2, 0)
        assert row["owner"].startswith("two/")
        assert row["since"] == row["claimed_at"]
        assert (row["result"], row["ended_at"], row["notified_at"]) == (None, None, None)
        # Its second end is another one: what was told of the first says nothing of it.
        second = tells(PAID, await other.record(claim, answer))
        assert second != first
        await ledger.told([first])
        assert (database.row(PLACED.key) or {})["notified_at"] is None
        await ledger.told([second])
        assert (database.row(PLACED.key) or {})["notified_at"] is not None

    @pytest.mark.parametrize("answer", NOTHING_CAME_OF_IT)
    async def test_is_waited_for_until_it_is_told(
        self, ledger: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        await ended(ledger, PLACED, answer, told=False)
        before = database.row(PLACED.key)

        claim = await ledger.claim(PAID)

        assert isinstance(claim, Busy)
        assert claim.reason is Reason.IN_FLIGHT
        assert claim.wait < 5.0
        assert database.row(PLACED.key) == before
        database.age(PLACED.key)
        assert await ledger.claim(PAID) == Busy(Reason.IN_FLIGHT, QUARANTINE)

    @pytest.mark.parametrize("told", [True, False])
    async def test_is_done_for_the_same_event(
        self, ledger: SqlLedger, other: SqlLedger, *, told: bool
    ) -> None:
        await ended(ledger, PLACED, Rejected(Reason.CONTENT, None), told=told)

        claim = await other.claim(PLACED)

        assert isinstance(claim, Done)
        assert claim.told is told
        assert claim.other is None

    async def test_goes_to_one_of_two_events(self, ledger: SqlLedger, other: SqlLedger) -> None:
        await ended(ledger, PLACED, Rejected(Reason.CONTENT, None))
        third = replace(PAID, event=an_event("third"))

        claims = await asyncio.gather(ledger.claim(PAID), other.claim(third))

        assert sorted(type(claim).__name__ for claim in claims) == ["Busy", "Fresh"]

    async def test_waits_for_an_equal_text(self, ledger: SqlLedger, other: SqlLedger) -> None:
        await ended(ledger, PLACED, Rejected(Reason.CONTENT, None))
        await fresh(other, an_sms("twin", fingerprint=PAID.fingerprint))

        claim = await ledger.claim(PAID)

        assert isinstance(claim, Busy)
        assert claim.reason is Reason.IN_FLIGHT

    async def test_is_refused_as_ever_where_it_is_not_to_be_sent_once(
        self, ledger: SqlLedger
    ) -> None:
        await ended(ledger, PLACED, Rejected(Reason.CONTENT, None))

        assert isinstance(await ledger.claim(replace(PAID, once=False)), Refused)


class TestWhatAnotherEventMayNot:
    """What was sent, is tried out, or may yet be sent."""

    @pytest.mark.parametrize("answer", [Accepted(a_sid("1"), "queued"), Skip(Reason.SHADOW)])
    @pytest.mark.parametrize("told", [True, False])
    async def test_an_end_that_stays_is_a_duplicate_and_its_own_events_to_tell(
        self,
        ledger: SqlLedger,
        other: SqlLedger,
        database: LedgerDatabase,
        answer: Answer,
        *,
        told: bool,
    ) -> None:
        await ended(ledger, PLACED, answer, told=told)
        before = database.row(PLACED.key)

        claim = await other.claim(PAID)

        assert isinstance(claim, Done)
        assert claim.told
        assert claim.other == OtherEvent(PLACED.event.id, PLACED.reference)
        assert isinstance(claim.ended, Sent) is isinstance(answer, Accepted)
        assert database.row(PLACED.key) == before

    @pytest.mark.parametrize("on_unknown", OnUnknown)
    async def test_what_is_sending_is_left_to_its_own_event_however_old_it_is(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, on_unknown: OnUnknown
    ) -> None:
        await ledger.claim(PLACED)
        paid = replace(PAID, on_unknown=on_unknown)
        young = await other.claim(paid)
        database.age(PLACED.key)
        before = database.row(PLACED.key)

        old = await other.claim(paid)

        assert isinstance(young, Busy)
        assert (young.reason, 0 < young.wait <= QUARANTINE) == (Reason.IN_FLIGHT, True)
        assert old == Busy(Reason.IN_FLIGHT, QUARANTINE)
        assert database.row(PLACED.key) == before

    async def test_what_is_held_waits_for_a_person(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(PLACED)
        database.change(PLACED.key, state="held")

        assert await other.claim(PAID) == Busy(Reason.HELD, QUARANTINE)


class TestAnotherEvent:
    """Which events are one."""

    @pytest.mark.parametrize(
        "event",
        [
            pytest.param(an_event("R1", digest="another"), id="another body"),
            pytest.param(an_event("R2", digest=PLACED.event.digest), id="another id"),
        ],
    )
    async def test_is_one_of_another_id_or_another_body(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase, event: object
    ) -> None:
        await ended(ledger, PLACED, Rejected(Reason.CONTENT, None))

        claim = await other.claim(replace(PLACED, event=event))  # type: ignore[arg-type]

        assert isinstance(claim, Fresh)
        row = database.row(PLACED.key)
        assert row is not None
        assert (row["event_id"], row["event_digest"]) == (
            claim.sms.event.id,
            claim.sms.event.digest,
        )

    async def test_takes_what_is_free_with_the_look_ups_that_were_in_vain(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.record(await fresh(ledger, PLACED), NotTaken(Reason.RATE_LIMITED))
        database.change(PLACED.key, in_vain=3)

        claim = await other.claim(PAID)

        assert isinstance(claim, Fresh)
        row = database.row(PLACED.key)
        assert row is not None
        assert (row["event_id"], row["in_vain"]) == ("paid", 3)

    async def test_leaves_a_late_answer_to_the_first_its_own_event(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        """What was really sent is in the row, and who asked for it."""
        late = await fresh(ledger, PLACED)
        database.change(PLACED.key, state="failed", notified_at=1.0, ended_at=1.0)
        await fresh(other, PAID)

        await ledger.record(late, Accepted(a_sid("1"), "queued"))

        row = database.row(PLACED.key)
        assert row is not None
        assert (row["state"], row["sid"], row["notified_at"]) == ("sent", a_sid("1"), None)
        assert (row["event_id"], row["reference"]) == (PLACED.event.id, "R1")
        assert asked_of(row) == PLACED.asked
