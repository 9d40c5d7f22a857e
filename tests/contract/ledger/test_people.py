"""What is asked of the ledger beside the way of an event: by persons, by retention."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.people import People, Resolved
from smsherald.model import (
    Accepted,
    Deferred,
    Done,
    Failed,
    Fresh,
    NotTaken,
    OnUnknown,
    Rejected,
    Sms,
    State,
    TakenOver,
)
from support.ledgers import ASKED, QUARANTINE, LedgerDatabase, a_sid, an_sms, fresh, sent, tells

SMS = an_sms()
SID = a_sid("one")
DAY = 86_400.0
MOST = 100


async def held(database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger) -> Sms:
    """Return an SMS whose row waits for a person."""
    sms = replace(SMS, on_unknown=OnUnknown.HOLD)
    await fresh(ledger, sms)
    database.age(sms.key)
    await other.claim(sms)
    return sms


class TestFind:
    """A row is found by whatever a person has of it, and shows nobody's number."""

    @pytest.mark.parametrize("wanted", [SMS.key, a_sid(SMS.key), SMS.reference, SMS.event.id])
    async def test_by_key_sid_reference_or_event_id(
        self, wanted: str, ledger: SqlLedger, people: People
    ) -> None:
        await sent(ledger, SMS)
        await sent(ledger, an_sms("R2"))
        (entry,) = people.find(wanted, MOST)

        assert (entry.key, entry.state, entry.sid) == (SMS.key, State.SENT, a_sid(SMS.key))
        assert (entry.event_id, entry.routing_key) == (SMS.event.id, "order.created")
        assert entry.phone_tail == ASKED.to[-2:]
        assert ASKED.to not in repr(entry)

    async def test_by_number_even_when_the_number_is_forgotten(
        self, ledger: SqlLedger, people: People
    ) -> None:
        stranger = an_sms("R2", asked=replace(ASKED, to="+15550009999"))
        await sent(ledger, SMS)
        await sent(ledger, stranger)

        assert [entry.key for entry in people.find_phone(ASKED.to, MOST)] == [SMS.key]
        assert people.find_phone("+15550000000", MOST) == []

    async def test_a_second_sid_finds_the_row_and_is_shown_with_it(
        self, ledger: SqlLedger, people: People
    ) -> None:
        claim = await fresh(ledger, SMS)
        for name in ("one", "two"):
            await ledger.record(claim, Accepted(a_sid(name), "queued"))
        (entry,) = people.find(a_sid("two"), MOST)

        assert (entry.sid, entry.second_sids) == (a_sid("one"), (a_sid("two"),))

    async def test_what_nobody_made_is_not_found(self, people: People) -> None:
        assert people.find("R404", MOST) == []


class TestLatest:
    """Rows are listed by state and age, the newest first."""

    async def test_by_state(self, ledger: SqlLedger, people: People) -> None:
        names = {state: an_sms(state) for state in (State.SENT, State.FAILED, State.FREE)}
        names[State.SENDING] = an_sms("sending")
        await sent(ledger, names[State.SENT])
        await ledger.record(
            await fresh(ledger, names[State.FAILED]), Rejected(Reason.OPT_OUT, 21610)
        )
        await ledger.record(await fresh(ledger, names[State.FREE]), NotTaken(Reason.NOT_TAKEN))
        await fresh(ledger, names[State.SENDING])

        for state, sms in names.items():
            assert [entry.key for entry in people.latest(state, None, MOST)] == [sms.key]
        assert len(people.latest(None, None, MOST)) == 4
        assert people.latest(State.HELD, None, MOST) == []

    async def test_by_age_and_no_more_than_asked_for(
        self, database: LedgerDatabase, ledger: SqlLedger, people: People
    ) -> None:
        for number in range(3):
            await sent(ledger, an_sms(str(number)))
            database.age(an_sms(str(number)).key, (3 - number) * DAY)

        newest = [an_sms(name).key for name in ("2", "1", "0")]
        assert [entry.key for entry in people.latest(None, None, MOST)] == newest
        assert [entry.key for entry in people.latest(None, 2.5 * DAY, MOST)] == newest[:2]
        assert [entry.key for entry in people.latest(None, None, 1)] == newest[:1]


class TestResolve:
    """A person's word ends a doubt, and nothing else."""

    async def test_a_held_one_becomes_sent_and_is_told_with_the_next_delivery(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, people: People
    ) -> None:
        sms = await held(database, ledger, other)

        assert (await ledger.unfinished("smsherald")).held == 1
        assert people.resolve(sms.key, SID) is Resolved.DONE
        assert (await ledger.unfinished("smsherald")).held == 0
        done = await other.claim(sms)
        assert isinstance(done, Done)
        assert not done.told
        assert getattr(done.ended, "sid", None) == SID

    async def test_a_held_one_becomes_free_and_is_sent_with_the_next_delivery(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, people: People
    ) -> None:
        sms = await held(database, ledger, other)

        assert people.resolve(sms.key, None) is Resolved.DONE
        assert isinstance(await other.claim(sms), Fresh)

    async def test_one_that_is_sending_only_after_its_quarantine(
        self, database: LedgerDatabase, ledger: SqlLedger, people: People
    ) -> None:
        await fresh(ledger, SMS)

        assert people.resolve(SMS.key, None) is Resolved.IN_QUARANTINE
        database.age(SMS.key)
        assert people.resolve(SMS.key, None) is Resolved.DONE

    async def test_whoever_took_it_over_before_can_record_no_more(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, people: People
    ) -> None:
        await fresh(ledger, SMS)
        database.age(SMS.key)
        claim = await other.claim(SMS)
        assert isinstance(claim, TakenOver)
        database.age(SMS.key)
        people.resolve(SMS.key, SID)

        late = await other.record(claim, Accepted(a_sid("two"), "sent", found=True))
        assert late == Deferred(Reason.NOT_MINE, None)

    async def test_a_sid_of_another_sms_is_refused(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, people: People
    ) -> None:
        sms = await held(database, ledger, other)
        await sent(ledger, an_sms("R2"))

        assert people.resolve(sms.key, a_sid(an_sms("R2").key)) is Resolved.SID_TAKEN
        row = database.row(sms.key)
        assert row is not None
        assert row["state"] == State.HELD

    async def test_there_is_nothing_to_decide_on_one_that_has_ended_or_never_was(
        self, ledger: SqlLedger, people: People
    ) -> None:
        await sent(ledger, SMS)

        assert people.resolve(SMS.key, None) is Resolved.NOT_OPEN
        assert people.resolve("no such key", None) is Resolved.NOT_THERE


class TestLeftBehind:
    """What no delivery brings back is found by its age."""

    async def test_a_sending_one_is_stuck_after_twice_the_quarantine(
        self, database: LedgerDatabase, ledger: SqlLedger
    ) -> None:
        await fresh(ledger, SMS)
        database.age(SMS.key, 1.5 * QUARANTINE)
        assert await ledger.stuck(MOST) == []
        assert await ledger.unresolved(MOST) == (0, [])
        database.age(SMS.key, QUARANTINE)

        (stuck,) = await ledger.stuck(MOST)
        assert (stuck.key, stuck.fingerprint, stuck.asked) == (SMS.key, SMS.fingerprint, SMS.asked)
        assert (stuck.flow, stuck.reference) == (SMS.flow, SMS.reference)
        assert (stuck.event.id, stuck.event.digest) == (SMS.event.id, SMS.event.digest)
        assert stuck.event.routing_key == SMS.event.routing_key
        assert await ledger.unresolved(MOST) == (1, [SMS.key])

    async def test_one_that_somebody_took_over_is_unresolved_and_not_stuck(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger
    ) -> None:
        await fresh(ledger, SMS)
        database.age(SMS.key, 3 * QUARANTINE)
        await other.claim(SMS)

        assert await ledger.stuck(MOST) == []
        assert await ledger.unresolved(MOST) == (1, [SMS.key])

    async def test_an_ended_one_is_untold_after_the_quarantine_until_it_is_told(
        self, database: LedgerDatabase, ledger: SqlLedger
    ) -> None:
        outcome = await ledger.record(await fresh(ledger, SMS), Rejected(Reason.OPT_OUT, 21610))
        assert await ledger.untold(MOST) == []
        database.age(SMS.key)
        ((sms, ended),) = await ledger.untold(MOST)

        assert (sms.key, sms.asked, sms.event.attempt) == (SMS.key, SMS.asked, 0)
        assert ended == Failed(SMS.asked, Reason.OPT_OUT, 21610, ended.at, claim_number=1)
        await ledger.told([tells(SMS, outcome)])
        assert await ledger.untold(MOST) == []


async def test_a_long_look_keeps_nobody_from_writing(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    with database.connect() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM sms").all()
        async with asyncio.timeout(30):
            await sent(ledger, SMS)
