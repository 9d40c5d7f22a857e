"""What is told, which SIDs are known, and which keys are bound."""

from __future__ import annotations

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import (
    Accepted,
    Answer,
    Done,
    Fresh,
    Outcome,
    Rejected,
    Skip,
    TakenOver,
    Told,
)
from support.ledgers import LedgerDatabase, a_sid, an_sms, tells

SMS = an_sms()


async def recorded(ledger: SqlLedger, answer: Answer) -> Outcome:
    claim = await ledger.claim(SMS)
    assert isinstance(claim, Fresh)
    return await ledger.record(claim, answer)


class TestTold:
    """The notification of an SMS is confirmed."""

    @pytest.mark.parametrize(
        "answer",
        [Accepted(a_sid("1"), "queued"), Rejected(Reason.CONTENT, 30007), Skip(Reason.EXPIRED)],
    )
    async def test_empties_number_and_text_of_an_ended_row(
        self, ledger: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        outcome = await recorded(ledger, answer)
        before = database.row(SMS.key)

        await ledger.told([tells(SMS, outcome)])

        after = database.row(SMS.key)
        assert before is not None
        assert after is not None
        assert (after["to"], after["text"]) == ("", "")
        assert after["notified_at"] >= after["ended_at"]
        changed = {"to", "text", "notified_at"}
        assert {name for name in after if after[name] != before[name]} == changed

    async def test_keeps_the_first_time(self, ledger: SqlLedger, database: LedgerDatabase) -> None:
        told = tells(SMS, await recorded(ledger, Skip(Reason.EXPIRED)))
        await ledger.told([told])
        database.change(SMS.key, notified_at=5.0)

        await ledger.told([told])

        assert (database.row(SMS.key) or {})["notified_at"] == 5.0

    async def test_takes_none_at_all_and_keys_that_are_gone(self, ledger: SqlLedger) -> None:
        await ledger.told([])
        await ledger.told([Told("gone", "sent", a_sid("1"), None)] * 2)


class TestToldOfSomethingElse:
    """What was told marks no row that says something else by now."""

    @pytest.mark.parametrize("state", ["sending", "free", "held"])
    @pytest.mark.parametrize(
        "told", [Told(SMS.key, "sent", a_sid("1"), None), Told(SMS.key, "failed", None, 1)]
    )
    async def test_none_that_may_still_be_sent(
        self, ledger: SqlLedger, database: LedgerDatabase, told: Told, state: str
    ) -> None:
        await ledger.claim(SMS)
        database.change(SMS.key, state=state)
        before = database.row(SMS.key)

        await ledger.told([told, told._replace(word=state)])

        assert database.row(SMS.key) == before

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (Accepted(a_sid("1"), "queued"), Told(SMS.key, "failed", None, 1)),
            (Accepted(a_sid("1"), "queued"), Told(SMS.key, "skipped", None, 1)),
            (Accepted(a_sid("1"), "queued"), Told(SMS.key, "sent", a_sid("2"), None)),
            (Rejected(Reason.CONTENT, 30007), Told(SMS.key, "sent", a_sid("1"), None)),
            (Rejected(Reason.CONTENT, 30007), Told(SMS.key, "skipped", None, 1)),
            (Rejected(Reason.CONTENT, 30007), Told(SMS.key, "failed", None, 2)),
            (Skip(Reason.EXPIRED), Told(SMS.key, "failed", None, 1)),
            (Skip(Reason.EXPIRED), Told(SMS.key, "skipped", None, 7)),
        ],
    )
    async def test_none_that_has_ended_otherwise(
        self, ledger: SqlLedger, database: LedgerDatabase, answer: Answer, told: Told
    ) -> None:
        outcome = await recorded(ledger, answer)
        before = database.row(SMS.key)

        await ledger.told([told])

        assert database.row(SMS.key) == before
        await ledger.told([told, tells(SMS, outcome)])
        assert (database.row(SMS.key) or {})["notified_at"] is not None

    async def test_a_failure_that_is_told_while_twilio_turns_out_to_have_taken_it(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = await ledger.claim(SMS)
        assert isinstance(late, Fresh)
        database.age(SMS.key)
        failed = await recorded_again(other, Rejected(Reason.CONTENT, 30007))
        sent = await ledger.record(late, Accepted(a_sid("1"), "queued"))

        await other.told([tells(SMS, failed)])

        done = await other.claim(SMS)
        assert isinstance(done, Done)
        assert not done.told
        assert done.ended == sent

    async def test_but_a_sent_one_whose_sid_another_row_has(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        first = await ledger.claim(an_sms("first"))
        assert isinstance(first, Fresh)
        await ledger.record(first, Accepted(a_sid("1"), "queued"))
        sent = await recorded(ledger, Accepted(a_sid("1"), "queued"))
        assert (database.row(SMS.key) or {})["sid"] is None

        await ledger.told([tells(SMS, sent)])

        assert (database.row(SMS.key) or {})["notified_at"] is not None


async def recorded_again(ledger: SqlLedger, answer: Answer) -> Outcome:
    claim = await ledger.claim(SMS)
    assert isinstance(claim, TakenOver)
    return await ledger.record(claim, answer)


class TestKnown:
    """A look-up must not take another row's message for its own."""

    async def test_says_which_sids_some_row_has(self, ledger: SqlLedger) -> None:
        await recorded(ledger, Accepted(a_sid("1"), "queued"))

        assert await ledger.known([a_sid("1"), a_sid("2")]) == {a_sid("1")}

    async def test_knows_none_of_none(self, ledger: SqlLedger) -> None:
        assert await ledger.known([]) == frozenset()
