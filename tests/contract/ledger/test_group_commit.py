"""Many at once: who shares a commit, who waits for whom, and whom an error reaches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.commit.group_commit import GAP
from smsherald.ledger.commit.thread import OneThread
from smsherald.model import (
    Accepted,
    Busy,
    Done,
    Fresh,
    Mine,
    NotTaken,
    Sent,
    Sms,
    TakenOver,
    Unknown,
)
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, tells

SMS = an_sms()
TWIN = an_sms("twin", asked=SMS.asked)


async def claimed(ledger: SqlLedger, sms: Sms = SMS) -> Mine:
    claim = await ledger.claim(sms)
    assert isinstance(claim, Fresh | TakenOver)
    return claim


async def settle() -> None:
    """Let every task come to where it waits for the database or for another task."""
    await asyncio.sleep(0.1)


class TestTogether:
    """What waits is written with one commit."""

    async def test_claims_that_come_together_share_a_commit(
        self, ledger: SqlLedger, observed: Observed
    ) -> None:
        smses = [an_sms(str(number)) for number in range(50)]

        claims = await asyncio.gather(*map(ledger.claim, smses))

        assert [claim.sms for claim in claims if isinstance(claim, Fresh)] == smses
        assert [rows for _, rows in observed.commits] == [50]

    async def test_claims_answers_and_tolds_share_one_too(
        self, ledger: SqlLedger, database: LedgerDatabase, observed: Observed
    ) -> None:
        told, recorded = await claimed(ledger, an_sms("told")), await claimed(ledger, an_sms("2"))
        outcome = await ledger.record(told, Accepted(a_sid("1"), "queued"))
        observed.commits.clear()

        await asyncio.gather(
            ledger.told([tells(told.sms, outcome)]),
            ledger.record(recorded, Accepted(a_sid("2"), "queued")),
            ledger.claim(SMS),
        )

        assert [rows for _, rows in observed.commits] == [3]
        states = [(database.row(key) or {})["state"] for key in (recorded.sms.key, SMS.key)]
        assert states == ["sent", "sending"]

    async def test_commits_start_apart_while_much_is_in_flight(
        self, ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        starts = []
        loop = asyncio.get_running_loop()
        run = OneThread.run

        def noted(thread: OneThread, work: Callable[[], object]) -> asyncio.Future[object]:
            starts.append(loop.time())
            return run(thread, work)

        monkeypatch.setattr(OneThread, "run", noted)

        async def deliver(name: str) -> None:
            for turn in range(5):
                claim = await claimed(ledger, an_sms(f"{name} {turn}"))
                await ledger.record(claim, NotTaken(Reason.FENCED))

        await asyncio.gather(*(deliver(str(number)) for number in range(10)))

        assert len(starts) >= 10
        # One start may be late, for a busy machine: the next one is not early for that.
        assert starts[-1] - starts[0] >= (len(starts) - 2) * GAP

    async def test_a_lone_sms_waits_for_nothing_but_its_commits(
        self, ledger: SqlLedger, observed: Observed
    ) -> None:
        loop = asyncio.get_running_loop()
        waited = []
        for number in range(20):
            sms = an_sms(str(number))
            began = loop.time()
            claim = await claimed(ledger, sms)
            outcome = await ledger.record(claim, Accepted(a_sid(sms.key), "queued"))
            await ledger.told([tells(sms, outcome)])
            waited.append(loop.time() - began - sum(took for took, _ in observed.commits))
            observed.commits.clear()

        # A quiet machine's is ten times less; what waited for others would wait for each commit.
        assert min(waited) < 0.005


class TestInFlight:
    """A claim of what this process has in flight waits for that one's record."""

    @pytest.mark.parametrize("second", [SMS, TWIN], ids=["same key", "equal text"])
    async def test_it_waits_for_the_record(self, ledger: SqlLedger, second: Sms) -> None:
        first = await claimed(ledger)
        waiting = asyncio.create_task(ledger.claim(second))
        await settle()
        assert not waiting.done()

        outcome = await ledger.record(first, Accepted(a_sid("1"), "queued"))

        answer = await waiting
        if second is SMS:
            assert isinstance(outcome, Sent)
            assert answer == Done(told=False, ended=outcome)
        else:
            assert isinstance(answer, Fresh)

    async def test_one_of_many_waiters_goes_on_at_a_time(self, ledger: SqlLedger) -> None:
        taken: list[str] = []
        most = 0

        async def deliver(number: int) -> None:
            nonlocal most
            sms = an_sms(str(number), asked=SMS.asked)
            claim = await claimed(ledger, sms)
            taken.append(sms.key)
            most = max(most, len(taken))
            await asyncio.sleep(0)
            await ledger.record(claim, Accepted(a_sid(str(number)), "queued"))
            taken.remove(sms.key)

        await asyncio.gather(*map(deliver, range(20)))

        assert most == 1

    async def test_after_an_unknown_fate_it_is_busy(self, ledger: SqlLedger) -> None:
        first = await claimed(ledger)
        waiting = asyncio.create_task(ledger.claim(SMS))
        await settle()

        await ledger.record(first, Unknown())

        assert isinstance(await waiting, Busy)

    @pytest.mark.parametrize("how", ["cancelled", "failed"])
    async def test_a_task_that_ends_without_a_record_lets_the_others_go(
        self, ledger: SqlLedger, how: str
    ) -> None:
        async def deliver() -> None:
            await claimed(ledger)
            if how == "cancelled":
                await asyncio.sleep(60)
            raise ArithmeticError

        task = asyncio.create_task(deliver())
        waiting = []
        if how == "cancelled":
            await settle()
            waiting = [asyncio.create_task(ledger.claim(sms)) for sms in (SMS, TWIN)]
            await settle()
            task.cancel()
        await asyncio.wait([task])
        assert how == "cancelled" or isinstance(task.exception(), ArithmeticError)

        answers = await asyncio.gather(*waiting, ledger.claim(SMS))

        assert all(isinstance(answer, Busy) for answer in answers)

    async def test_a_claim_that_nobody_waits_for_any_more_is_not_written(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        task = asyncio.create_task(ledger.claim(SMS))
        await asyncio.sleep(0)
        task.cancel()

        assert isinstance(await ledger.claim(TWIN), Fresh)
        assert database.row(SMS.key) is None


class TestWhatCannotBeWritten:
    """An error reaches the one that it is about."""

    @pytest.mark.parametrize("text", ["Hi\0Ann", "Hi \ud800"], ids=["NUL", "lone surrogate"])
    async def test_a_text_that_would_be_stored_otherwise_harms_no_other(
        self, ledger: SqlLedger, database: LedgerDatabase, text: str
    ) -> None:
        bad = replace(an_sms("bad"), asked=replace(SMS.asked, text=text))
        goods = [an_sms(str(number)) for number in range(5)]

        answers = await asyncio.gather(*map(ledger.claim, [*goods, bad]), return_exceptions=True)

        assert all(isinstance(answer, Fresh) for answer in answers[:-1])
        assert isinstance(answers[-1], ValueError)
        assert text not in str(answers[-1])
        assert database.row(bad.key) is None

    async def test_a_text_that_spells_an_escape_is_none_of_these(
        self, ledger: SqlLedger, database: LedgerDatabase
    ) -> None:
        odd = an_sms(asked=replace(SMS.asked, text='Say "\\u0000" — 😀\n'))

        claim = await claimed(ledger, odd)

        assert (database.row(odd.key) or {})["text"] == odd.asked.text
        assert isinstance(await ledger.record(claim, Accepted(a_sid("1"), "queued")), Sent)
