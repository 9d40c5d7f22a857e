"""The brake: operators' pauses are kept, end by the database's clock, and are counted."""

from __future__ import annotations

import asyncio
import time

import pytest

from smsherald.errors import Reason
from smsherald.ledger import ForCommand, SqlLedger
from smsherald.ledger.pauses import Pauses
from smsherald.ledger.retention import Retention
from smsherald.model import Brake, Cause, Fresh, NotTaken, OnUnknown, Pause, Scope, Target
from support.ledgers import LedgerDatabase, an_sms, fresh, made

ALL = Target(Scope.ALL)
FLOW = Target(Scope.FLOW, "order-created")
SENDER = Target(Scope.SENDER, "+15550001111")
HOUR = 3600.0


@pytest.fixture
def pauses(for_command: ForCommand) -> Pauses:
    """Return what a command has, while a daemon has the ledger open."""
    return for_command.pauses


class TestPauses:
    """What stands in the ledger, for every replica."""

    async def test_there_are_none_at_first(self, ledger: SqlLedger) -> None:
        assert await ledger.brake() == Brake(0)

    async def test_every_replica_reads_what_was_paused_and_by_whom(
        self, ledger: SqlLedger, other: SqlLedger, pauses: Pauses
    ) -> None:
        before = time.time()
        all_of_it = pauses.pause(ALL, "a wrong price", "ann@shop", None)
        flow = pauses.pause(FLOW, "", "bob@shop", HOUR)

        assert await ledger.brake() == Brake(2, (all_of_it, flow))
        assert await other.brake() == pauses.brake() == Brake(2, (all_of_it, flow))
        assert all_of_it == Pause(
            ALL, Cause.OPERATOR, "a wrong price", all_of_it.since, who="ann@shop"
        )
        assert before - 1 < all_of_it.since < time.time() + 1
        assert flow.until == pytest.approx(flow.since + HOUR, abs=0.1)

    async def test_one_that_holds_goes_on_with_another_reason_and_end(
        self, ledger: SqlLedger, pauses: Pauses
    ) -> None:
        first = pauses.pause(FLOW, "a wrong price", "ann@shop", HOUR)
        second = pauses.pause(FLOW, "still wrong", "bob@shop", None)

        assert second == Pause(FLOW, Cause.OPERATOR, "still wrong", first.since, who="bob@shop")
        assert await ledger.brake() == Brake(2, (second,))

    async def test_just_the_one_that_is_named_is_resumed(
        self, ledger: SqlLedger, pauses: Pauses
    ) -> None:
        pauses.pause(ALL, "", "ann@shop", None)
        flow = pauses.pause(FLOW, "", "ann@shop", None)

        assert not pauses.resume(SENDER)
        assert not pauses.resume(Target(Scope.FLOW, "another"))
        assert pauses.resume(ALL)
        assert not pauses.resume(ALL)
        assert await ledger.brake() == Brake(2, (flow,))

    async def test_it_ends_by_itself_at_its_time(self, ledger: SqlLedger, pauses: Pauses) -> None:
        pauses.pause(ALL, "", "ann@shop", 0.05)
        await asyncio.sleep(0.1)

        assert await ledger.brake() == Brake(1)
        assert not pauses.resume(ALL)

    async def test_after_its_end_another_begins_anew(self, pauses: Pauses) -> None:
        first = pauses.pause(ALL, "", "ann@shop", 0.05)
        await asyncio.sleep(0.1)

        assert pauses.pause(ALL, "", "ann@shop", None).since >= first.since + 0.1

    async def test_a_restart_keeps_them(self, database: LedgerDatabase) -> None:
        with database.storage() as storage:
            paused = Pauses(made(storage)).pause(ALL, "", "ann@shop", None)
        async with database.open() as ledger:
            assert await ledger.brake() == Brake(1, (paused,))
            assert (await fresh(ledger, an_sms())).brake == 1


class TestRetention:
    """Pauses outlive every retention but their own end."""

    async def test_only_those_that_have_ended_go(
        self, ledger: SqlLedger, pauses: Pauses, retention: Retention
    ) -> None:
        holds = pauses.pause(FLOW, "", "ann@shop", HOUR)
        pauses.pause(SENDER, "", "ann@shop", 0.05)
        await asyncio.sleep(0.1)

        assert (retention.prunable(0.0), retention.prune(0.0, 100)) == (0, 0)
        assert await ledger.brake() == Brake(2, (holds,))


class TestTheCounterOfAClaim:
    """Every fresh claim brings it, however it came to be fresh."""

    async def test_it_is_0_while_nobody_has_paused_anything(self, ledger: SqlLedger) -> None:
        assert (await fresh(ledger, an_sms())).brake == 0

    async def test_it_counts_pauses_and_no_resumes(
        self, ledger: SqlLedger, other: SqlLedger, pauses: Pauses
    ) -> None:
        pauses.pause(ALL, "", "ann@shop", None)
        pauses.pause(ALL, "", "ann@shop", HOUR)
        pauses.resume(ALL)

        assert (await fresh(ledger, an_sms("1"))).brake == 2
        assert (await fresh(other, an_sms("2"))).brake == 2

    async def test_a_free_row_brings_it(self, ledger: SqlLedger, pauses: Pauses) -> None:
        await ledger.record(await fresh(ledger, an_sms()), NotTaken(Reason.FENCED))
        pauses.pause(ALL, "", "ann@shop", None)

        claim = await fresh(ledger, an_sms())

        assert (claim.claim_number, claim.brake) == (2, 1)

    async def test_what_is_sent_again_brings_it(
        self, database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger, pauses: Pauses
    ) -> None:
        sms = an_sms(on_unknown=OnUnknown.RESEND)
        await other.claim(sms)
        database.age(sms.key)
        pauses.pause(ALL, "", "ann@shop", None)

        claim = await ledger.claim(sms)

        assert isinstance(claim, Fresh)
        assert claim.resend is not None
        assert claim.brake == 1
