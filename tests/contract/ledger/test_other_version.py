"""Rows of another version: read, kept and shown as they stand, while a daemon of this one runs."""

from __future__ import annotations

import json

import pytest

from smsherald.errors import Foreign, Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.people import People, Resolved
from smsherald.ledger.retention import Retention
from smsherald.model import (
    Accepted,
    Answer,
    Busy,
    Deferred,
    Done,
    Failed,
    Fresh,
    Rejected,
    Sent,
    Skip,
    Skipped,
)
from support.ledgers import QUARANTINE, LedgerDatabase, a_sid, an_sms, fresh, sent, tells

SMS, MINE = an_sms("theirs"), an_sms("mine")
DAY = 86_400.0
MOST = 2
WORD = "of_a_later_version"


@pytest.fixture(params=["failed", "skipped"])
async def reason(
    request: pytest.FixtureRequest, ledger: SqlLedger, database: LedgerDatabase
) -> Failed | Skipped:
    """Leave a row with a reason that this version does not know; return how it ended."""
    answer: dict[str, Answer] = {
        "failed": Rejected(Reason.CONTENT, 30007),
        "skipped": Skip(Reason.EXPIRED),
    }
    ended = await ledger.record(await fresh(ledger, SMS), answer[request.param])
    result = {"reason": WORD, "code": 30007} if isinstance(ended, Failed) else {"reason": WORD}
    database.change(SMS.key, result=json.dumps({**result, "news": [1]}))
    assert isinstance(ended, Failed | Skipped)
    return ended


@pytest.fixture
async def _state(ledger: SqlLedger, database: LedgerDatabase) -> None:
    """Leave a row in a state that this version does not know, long ago."""
    await fresh(ledger, SMS)
    database.change(SMS.key, state=WORD, ended_at=1.0, result="<none of our JSON>")
    database.age(SMS.key, 10 * QUARANTINE)


class TestAReason:
    """It ended, for a reason of which only the word is known."""

    async def test_is_told_to_whoever_claims_it(
        self, other: SqlLedger, reason: Failed | Skipped
    ) -> None:
        claim = await other.claim(SMS)

        assert isinstance(claim, Done)
        assert isinstance(claim.ended, Failed | Skipped)
        assert (claim.ended.word, claim.ended.reason) == (reason.word, Foreign(WORD))

    async def test_is_told_by_the_sweeper(
        self, other: SqlLedger, database: LedgerDatabase, reason: Failed | Skipped
    ) -> None:
        database.age(SMS.key)
        ((sms, ended),) = await other.untold(MOST)

        assert isinstance(ended, Failed | Skipped)
        assert (ended.word, ended.reason) == (reason.word, WORD)
        await other.told([tells(sms, ended)])
        assert await other.untold(MOST) == []

    @pytest.mark.usefixtures("reason")
    async def test_is_shown_as_its_word(self, people: People) -> None:
        (row,) = people.find(SMS.key, MOST)

        assert row.result["reason"] == WORD
        assert row.result["news"] == [1]

    @pytest.mark.parametrize("result", [None, "{}", "[]", "7", "gone", '{"reason": null}'])
    async def test_that_is_not_there_is_no_error(
        self, other: SqlLedger, database: LedgerDatabase, reason: Failed, result: str | None
    ) -> None:
        database.change(SMS.key, result=result)

        claim = await other.claim(SMS)

        assert isinstance(claim, Done)
        assert claim.ended.word == reason.word


@pytest.mark.usefixtures("_state")
class TestAState:
    """Nobody here knows what it means: it is left to those who do."""

    async def test_keeps_its_sms_from_being_sent(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        before = database.row(SMS.key)

        claim, beside = await ledger.claim(SMS), await ledger.claim(MINE)

        assert claim == Busy(Reason.NOT_MINE, QUARANTINE)
        assert isinstance(beside, Fresh)
        assert database.row(SMS.key) == before

    async def test_takes_no_other_row_of_a_batch_along(
        self, ledger: SqlLedger, other: SqlLedger, database: LedgerDatabase
    ) -> None:
        late = Fresh(SMS, 1, 0.0, SMS.asked)
        mine = await fresh(ledger, MINE)
        before = database.row(SMS.key)

        theirs = await other.record(late, Rejected(Reason.CONTENT, 30007))
        ours = await ledger.record(mine, Accepted(a_sid("1"), "queued"))

        assert theirs == Deferred(Reason.NOT_MINE, None)
        assert isinstance(ours, Sent)
        assert database.row(SMS.key) == before

    async def test_gives_way_to_twilios_own_answer(self, ledger: SqlLedger) -> None:
        late = Fresh(SMS, 1, 0.0, SMS.asked)

        assert isinstance(await ledger.record(late, Accepted(a_sid("1"), "queued")), Sent)

    async def test_hides_nothing_from_the_sweeper(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        for number in range(MOST):
            sms = an_sms(f"theirs {number}")
            await fresh(ledger, sms)
            database.change(sms.key, state=WORD, ended_at=1.0)
            database.age(sms.key, 5 * QUARANTINE)
        untold, stuck = an_sms("untold"), an_sms("stuck")
        await sent(ledger, untold, told=False)
        await fresh(ledger, stuck)
        for sms in (untold, stuck):
            database.age(sms.key, 3 * QUARANTINE)

        assert [sms.key for sms, _ in await ledger.untold(MOST)] == [untold.key]
        assert [sms.key for sms in await ledger.stuck(MOST)] == [stuck.key]
        assert await ledger.unresolved(MOST) == (1, [stuck.key])

    async def test_is_kept_by_retention_which_goes_on(
        self, ledger: SqlLedger, database: LedgerDatabase, retention: Retention
    ) -> None:
        await sent(ledger, MINE)
        for sms in (SMS, MINE):
            database.age(sms.key, 400 * DAY)

        assert retention.prunable(30 * DAY) == 1
        assert await ledger.prune(30 * DAY, 10) == 1
        assert (database.row(SMS.key) or {})["state"] == WORD

    async def test_is_shown_as_its_word(self, people: People) -> None:
        (found,), (listed,) = people.find(SMS.key, MOST), people.latest(None, None, MOST)

        for row in (found, listed):
            assert (row.state, row.result) == (WORD, {"text": "<none of our JSON>"})
        assert people.resolve(SMS.key, None) is Resolved.NOT_OPEN
