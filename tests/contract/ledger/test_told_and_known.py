"""What is told, which SIDs are known, and which keys are bound."""

from __future__ import annotations

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.model import Accepted, Answer, Fresh, NotTaken, Rejected, Skip
from support.ledgers import LedgerDatabase, a_sid, an_sms

SMS = an_sms()


async def recorded(ledger: SqlLedger, answer: Answer) -> None:
    claim = await ledger.claim(SMS)
    assert isinstance(claim, Fresh)
    await ledger.record(claim, answer)


class TestTold:
    """The notification of an SMS is confirmed."""

    @pytest.mark.parametrize(
        "answer",
        [Accepted(a_sid("1"), "queued"), Rejected(Reason.CONTENT, 30007), Skip(Reason.EXPIRED)],
    )
    async def test_empties_number_and_text_of_an_ended_row(
        self, ledger: SqlLedger, database: LedgerDatabase, answer: Answer
    ) -> None:
        await recorded(ledger, answer)
        before = database.row(SMS.key)

        await ledger.told([SMS.key])

        after = database.row(SMS.key)
        assert before is not None
        assert after is not None
        assert (after["to"], after["text"]) == ("", "")
        assert after["notified_at"] >= after["ended_at"]
        changed = {"to", "text", "notified_at"}
        assert {name for name in after if after[name] != before[name]} == changed

    async def test_keeps_the_first_time(self, ledger: SqlLedger, database: LedgerDatabase) -> None:
        await recorded(ledger, Skip(Reason.EXPIRED))
        await ledger.told([SMS.key])
        database.change(SMS.key, notified_at=5.0)

        await ledger.told([SMS.key])

        assert (database.row(SMS.key) or {})["notified_at"] == 5.0

    async def test_touches_nothing_that_may_still_be_sent(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        await ledger.claim(SMS)
        before = database.row(SMS.key)

        await ledger.told([SMS.key])

        assert database.row(SMS.key) == before

    async def test_touches_no_free_row(self, ledger: SqlLedger, database: LedgerDatabase) -> None:
        await recorded(ledger, NotTaken(Reason.FENCED))
        before = database.row(SMS.key)

        await ledger.told([SMS.key])

        assert database.row(SMS.key) == before

    async def test_takes_none_at_all_and_keys_that_are_gone(self, ledger: SqlLedger) -> None:
        await ledger.told([])
        await ledger.told(["gone", "gone"])


class TestKnown:
    """A look-up must not take another row's message for its own."""

    async def test_says_which_sids_some_row_has(self, ledger: SqlLedger) -> None:
        await recorded(ledger, Accepted(a_sid("1"), "queued"))

        assert await ledger.known([a_sid("1"), a_sid("2")]) == {a_sid("1")}

    async def test_knows_none_of_none(self, ledger: SqlLedger) -> None:
        assert await ledger.known([]) == frozenset()
