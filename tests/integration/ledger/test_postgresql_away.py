"""A PostgreSQL that is away: not there yet, restarted, locked, read-only, silent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from time import monotonic
from typing import cast

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from smsherald.errors import LedgerError
from smsherald.ledger.replicas import Replicas
from smsherald.ledger.sql import postgresql
from smsherald.model import Accepted, Fresh, Mine, Sent
from support.freezing import freeze
from support.ledgers import LedgerDatabase, Observed, a_sid, an_sms, made, tells
from support.postgres import Postgres
from support.waiting import eventually

SMS = an_sms()
SESSIONS = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'smsherald'
"""
"""Those of ledgers, on the database in which this is asked."""


class TestAway:
    """Nothing is raised: it waits, says why, and goes on."""

    @pytest.mark.takes(15)
    @pytest.mark.long
    async def test_restarted_in_the_middle_loses_nothing(
        self, served: LedgerDatabase, postgres: Postgres
    ) -> None:
        observed = Observed()
        smses = [an_sms(str(number)) for number in range(400)]
        restarts = (signal.SIGINT, signal.SIGQUIT)

        async with served.open("one", observed) as ledger:

            async def deliver(number: int) -> Mine:
                await asyncio.sleep(number * 0.005)
                claim = await ledger.claim(smses[number])
                assert isinstance(claim, Fresh)
                await asyncio.sleep(0.05)
                outcome = await ledger.record(claim, Accepted(a_sid(str(number)), "queued"))
                assert isinstance(outcome, Sent)
                await ledger.told([tells(smses[number], outcome)])
                return claim

            work = asyncio.gather(*map(deliver, range(len(smses))))
            for sig in restarts:
                await asyncio.sleep(0.5)
                await asyncio.to_thread(postgres.stop, sig)
                await asyncio.to_thread(postgres.start)
            claims = await asyncio.wait_for(work, 60)

        assert {claim.claim_number for claim in claims} == {1}
        rows = [served.row(sms.key) for sms in smses]
        assert {row and row["state"] for row in rows} == {"sent"}
        assert all(row and row["notified_at"] for row in rows)
        assert observed.twice == 0
        assert observed.troubles[-1] is None
        assert len(observed.troubles) >= 2

    async def test_not_there_when_it_is_opened(
        self, served: LedgerDatabase, postgres: Postgres
    ) -> None:
        observed = Observed()

        async def claim() -> object:
            async with served.open("one", observed) as ledger:
                return await ledger.claim(SMS)

        postgres.stop()
        try:
            claiming = asyncio.create_task(claim())
            await asyncio.wait_for(observed.troubled.wait(), 30)
        finally:
            postgres.start()

        assert isinstance(await asyncio.wait_for(claiming, 30), Fresh)
        assert "Connection refused" in str(observed.troubles[0])
        assert observed.troubles[-1] is None

    async def test_without_the_database_until_somebody_makes_it(self, postgres: Postgres) -> None:
        observed = Observed()

        async def claim() -> object:
            async with LedgerDatabase(postgres.url("later")).open("one", observed) as ledger:
                return await ledger.claim(SMS)

        claiming = asyncio.create_task(claim())
        await asyncio.wait_for(observed.troubled.wait(), 30)
        postgres.execute("CREATE DATABASE later TEMPLATE template0")
        try:
            assert isinstance(await asyncio.wait_for(claiming, 30), Fresh)
        finally:
            postgres.execute("DROP DATABASE later WITH (FORCE)")
        assert 'database "later" does not exist' in str(observed.troubles[0])
        assert observed.troubles[1:] == [None]

    async def test_locked_for_longer_than_we_wait(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        observed = Observed()
        async with served.open("one", observed, lock_timeout=0.2) as ledger:
            with psycopg.connect(postgres.url(name)) as another:
                another.execute("LOCK TABLE sms")
                claiming = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), 30)
            claim = await asyncio.wait_for(claiming, 30)

        assert isinstance(claim, Fresh)
        assert observed.since[0] < claim.claimed <= monotonic(), "not from the first try on"
        assert observed.troubles == ["canceling statement due to lock timeout", None]

    async def test_a_replica_that_stops_in_its_transaction_does_not_stop_the_others(
        self, served: LedgerDatabase
    ) -> None:
        observed = Observed()
        stopped = made(postgresql.open_storage(make_url(served.url), 2.0))
        transaction = stopped.connection.begin()
        async with served.open("other", observed) as ledger:
            claim = await asyncio.wait_for(ledger.claim(SMS), 30)
        with pytest.raises(DBAPIError, match="idle-in-transaction timeout"):
            stopped.connection.exec_driver_sql("SELECT 1")
        transaction.close()
        stopped.close()

        assert isinstance(claim, Fresh)
        assert observed.troubles == []

    async def test_read_only_for_a_while(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        observed = Observed()
        async with served.open() as ledger:
            assert isinstance(await ledger.claim(SMS), Fresh)
        async with served.open("one", observed) as ledger:
            postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            # Whoever is connected sees it at the next connection only.
            for (pid,) in postgres.execute(SESSIONS, name):
                os.kill(cast("int", pid), signal.SIGTERM)
            claiming = asyncio.create_task(ledger.claim(an_sms("second")))
            while "takes no writes: it is a standby, or read-only" not in str(
                observed.troubles[-1:]
            ):
                observed.troubled.clear()
                await asyncio.wait_for(observed.troubled.wait(), 30)
            postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")

            assert isinstance(await asyncio.wait_for(claiming, 30), Fresh)
        assert observed.troubles[-1] is None

    async def test_silent(self, served: LedgerDatabase, postgres: Postgres, name: str) -> None:
        observed = Observed()
        async with served.open("one", observed) as ledger:
            ((pid,),) = postgres.execute(SESSIONS, name)
            freeze(cast("int", pid))
            try:
                claiming = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), 30)
            finally:
                os.kill(cast("int", pid), signal.SIGCONT)
            claim = await asyncio.wait_for(claiming, 30)

        assert isinstance(claim, Fresh)
        assert observed.troubles == ["does not answer", None]

    async def test_when_the_daemon_ends_it_is_not_asked_for_more_than_must_be(
        self,
        served: LedgerDatabase,
        postgres: Postgres,
        name: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        observed, asked = Observed(), list[str]()
        monkeypatch.setattr(Replicas, "gone", lambda _: asked.append("gone"))
        with psycopg.connect(postgres.url(name)) as another:
            async with served.open("one", observed, lock_timeout=0.2) as ledger:
                await ledger.replicas("one", "1.0")
                another.execute("LOCK TABLE sms")
                claiming = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), 30)
        with contextlib.suppress(asyncio.CancelledError, LedgerError):
            await claiming

        assert asked == []

    @pytest.mark.long
    async def test_silent_when_the_daemon_ends_it_is_left_and_who_waits_is_cancelled(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        observed = Observed()
        async with AsyncExitStack() as stack:
            ledger = await stack.enter_async_context(served.open("one", observed))
            await ledger.replicas("one", "1.0")
            ((pid,),) = postgres.execute(SESSIONS, name)
            with frozen(cast("int", pid)):
                claiming = asyncio.create_task(ledger.claim(SMS))
                await asyncio.wait_for(observed.troubled.wait(), 30)
                async with asyncio.timeout(30):
                    await stack.aclose()
                await asyncio.wait([claiming])

        assert claiming.cancelled()
        assert observed.troubles == observed.left_with == ["does not answer"]

    @pytest.mark.long
    async def test_silent_while_it_is_opened_and_that_is_given_up(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        async with served.open():
            """Now it is there."""
        observed = Observed()
        waits = f"{SESSIONS} AND wait_event_type = 'Lock'"
        async with AsyncExitStack() as stack:
            with psycopg.connect(postgres.url(name)) as another:
                another.execute("LOCK TABLE meta")
                opened = served.open("one", observed)
                opening = asyncio.create_task(stack.enter_async_context(opened))
                ((pid,),) = await asyncio.to_thread(
                    eventually, lambda: postgres.execute(waits, name), what="it waits for the lock"
                )
                with frozen(cast("int", pid)):
                    opening.cancel()
                    await asyncio.wait_for(asyncio.wait([opening]), 30)

        assert opening.cancelled()
        assert observed.left_with == ["does not answer"]


@contextmanager
def frozen(session: int) -> Iterator[None]:
    """Let the server say nothing in a session while inside."""
    freeze(session)
    try:
        yield
    finally:
        os.kill(session, signal.SIGCONT)
