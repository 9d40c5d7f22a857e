"""Rights that are taken from a daemon while it runs: nothing is claimed, so nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from smsherald.errors import LedgerError
from smsherald.ledger import downgrade_ledger
from smsherald.ledger.commit import worker
from smsherald.ledger.sql import schema
from smsherald.model import Accepted, Fresh, Sent
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, a_sid, an_sms, fresh
from support.postgres import Postgres
from support.upgrades import become_next, upgrade, whole
from support.waiting import PATIENCE

SMS, SECOND, THIRD = an_sms("first"), an_sms("second"), an_sms("third")
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.2)


@pytest.fixture
def database(served: LedgerDatabase) -> LedgerDatabase:
    """Return a ledger that another user has made."""
    upgrade(served)
    return served


@pytest.fixture
def theirs(
    database: LedgerDatabase,  # noqa: ARG001 - it is made first.
    postgres: Postgres,
    name: str,
) -> Iterator[LedgerDatabase]:
    """Return the same, as a user reaches it who may only use it."""
    postgres.execute("CREATE ROLE daemon LOGIN")
    try:
        postgres.execute(f"GRANT {RIGHTS} ON ALL TABLES IN SCHEMA public TO daemon", name)
        yield LedgerDatabase(postgres.url(name, "daemon"))
    finally:
        postgres.execute("DROP OWNED BY daemon", name)
        postgres.execute("DROP ROLE daemon")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("right", "table"),
    [
        ("UPDATE", "sms"),
        ("INSERT", "sms"),
        ("DELETE", "sms"),
        ("SELECT", "sms"),
        ("INSERT", "second_sid"),
        ("SELECT", "meta"),
        ("INSERT", "outbox"),
        ("DELETE", "outbox"),
        ("INSERT", "parked"),
        ("UPDATE", "parked"),
        ("DELETE", "replica"),
        ("USAGE", "schema"),
    ],
)
async def test_a_right_that_is_taken_away_stops_claims_until_it_is_granted_again(
    theirs: LedgerDatabase, postgres: Postgres, name: str, right: str, table: str
) -> None:
    observed = Observed()
    of, by = (f"{right} ON {table}", "daemon")
    if table == "schema":
        of, by = "USAGE ON SCHEMA public", "PUBLIC"
    async with theirs.open("one", observed) as ledger:
        mine = await fresh(ledger, SMS)
        postgres.execute(f"REVOKE {of} FROM {by}", name)
        claims = [asyncio.ensure_future(ledger.claim(sms)) for sms in (SECOND, THIRD)]
        await until(lambda: len(observed.troubles) == 1)
        recording = asyncio.ensure_future(ledger.record(mine, Accepted(a_sid("1"), "queued")))
        done, _ = await asyncio.wait([*claims, recording], timeout=1.0)

        assert done == set()
        assert postgres.execute("SELECT state FROM sms", name) == [("sending",)]
        assert len(observed.troubles) == 1
        assert "permission denied" in str(observed.troubles) or "not exist" in str(
            observed.troubles
        )

        postgres.execute(f"GRANT {of} TO {by}", name)

        async with asyncio.timeout(PATIENCE):
            assert all(isinstance(claim, Fresh) for claim in await asyncio.gather(*claims))
            assert isinstance(await recording, Sent)
        assert observed.troubles[1:] == [None]
    states = postgres.execute("SELECT state FROM sms ORDER BY state", name)
    assert states == [("sending",), ("sending",), ("sent",)]


async def test_a_right_that_is_missing_when_it_is_opened_is_waited_for(
    theirs: LedgerDatabase, postgres: Postgres, name: str
) -> None:
    postgres.execute("REVOKE SELECT ON meta FROM daemon", name)
    observed = Observed()

    async def claim() -> object:
        async with theirs.open("one", observed) as ledger:
            return await ledger.claim(SMS)

    claiming = asyncio.create_task(claim())
    await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
    postgres.execute("GRANT SELECT ON meta TO daemon", name)

    assert isinstance(await asyncio.wait_for(claiming, PATIENCE), Fresh)
    assert "permission denied for table meta" in str(observed.troubles[0])


async def test_a_role_that_may_no_longer_sign_in_is_away(
    theirs: LedgerDatabase, postgres: Postgres, name: str
) -> None:
    observed = Observed()
    async with theirs.open("one", observed) as ledger:
        postgres.execute("ALTER ROLE daemon NOLOGIN")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'daemon'", name
        )
        claiming = asyncio.ensure_future(ledger.claim(SMS))
        await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
        await until(lambda: "not permitted to log in" in str(observed.troubles))
        postgres.execute("ALTER ROLE daemon LOGIN")

        assert isinstance(await asyncio.wait_for(claiming, PATIENCE), Fresh)


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
async def test_a_right_is_missed_while_nothing_is_asked(
    theirs: LedgerDatabase, postgres: Postgres, name: str, right: str
) -> None:
    observed = Observed()
    async with theirs.open("one", observed):
        postgres.execute(f"REVOKE {right} ON sms FROM daemon", name)
        await until(lambda: len(observed.troubles) == 1)
        postgres.execute(f"GRANT {right} ON sms TO daemon", name)
        await until(lambda: len(observed.troubles) == 2)

    assert "permission denied for table sms" in str(observed.troubles[0])
    assert observed.troubles[1] is None


def test_who_may_only_use_it_is_told_that_another_must_downgrade_it(
    theirs: LedgerDatabase, database: LedgerDatabase
) -> None:
    def on_start(before: int, after: int) -> None:
        assert (before, after) == (schema.VERSION, schema.VERSION - 1)

    before = whole(database)
    with pytest.raises(LedgerError, match="must be owner of table"):
        downgrade_ledger(theirs.settings(), schema.VERSION - 1, LOCK_TIMEOUT, on_start, None)

    assert whole(database) == before


def test_who_may_only_use_it_is_told_that_another_must_upgrade_it(
    theirs: LedgerDatabase, database: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = whole(database)
    become_next(monkeypatch)
    with pytest.raises(LedgerError, match="must be owner of table"):
        upgrade(theirs)

    assert whole(database) == before
