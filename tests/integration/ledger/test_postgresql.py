"""PostgreSQL itself: tables made, refused, and read by index; errors; no deadlocks."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from smsherald.errors import LedgerError
from smsherald.ledger.sql import postgresql, schema
from smsherald.model import Accepted, Busy, Fresh, Sent
from support.ledgers import LOCK_TIMEOUT, LedgerDatabase, Observed, a_sid, an_sms, made
from support.ports import free_port
from support.postgres import Postgres
from support.upgrades import NEXT, THIS, become_next, fill, upgrade, whole

SMS = an_sms()


def a_row(number: int) -> dict[str, object]:
    """Return a row with something in every column that must have it, in one of three states."""
    needed = [column for column in schema.sms.columns if not column.nullable]
    row = {column.name: str(number) if column.type.python_type is str else 1 for column in needed}
    state = {0: "sending", 1: "free"}.get(number % 50, "sent")
    return {**row, "state": state, "sid": str(number), "ended_at": 1.0 if state == "sent" else None}


class TestTheTables:
    """They are made where they are not there, in a session in which a commit is safe."""

    async def test_are_made_once_and_keep_their_phone_key(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        digests = set()
        for number in range(2):
            async with served.open() as ledger:
                await ledger.claim(an_sms(str(number)))
            digests.add((served.row(an_sms(str(number)).key) or {})["phone_digest"])

        assert len(digests) == 1
        rows = postgres.execute("SELECT value FROM meta WHERE name = 'version'", name)
        assert rows == [(str(schema.VERSION),)]

    async def test_are_made_once_by_many_that_come_at_the_same_time(
        self, served: LedgerDatabase
    ) -> None:
        seen = [Observed() for _ in range(5)]

        async def opened(observed: Observed) -> None:
            async with served.open("one", observed) as ledger:
                await ledger.known([a_sid("1")])

        await asyncio.gather(*map(opened, seen))

        assert [observed.troubles for observed in seen] == [[]] * 5

    async def test_are_found_by_the_other_name_of_the_scheme(self, served: LedgerDatabase) -> None:
        url = served.url.replace("postgresql://", "postgres://")
        async with LedgerDatabase(url).open() as ledger:
            assert isinstance(await ledger.claim(SMS), Fresh)

    async def test_are_found_on_the_second_of_two_servers(
        self, postgres: Postgres, name: str
    ) -> None:
        url = (
            f"postgresql://tests@/{name}?host=127.0.0.1:{free_port()}"
            f"&host=127.0.0.1:{postgres.port}&target_session_attrs=read-write&connect_timeout=30"
        )
        async with LedgerDatabase(url).open() as ledger:
            assert isinstance(await ledger.claim(SMS), Fresh)

    async def test_may_be_made_by_another_user_who_grants_their_use(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        postgres.execute("CREATE ROLE daemon LOGIN")
        try:
            upgrade(served)
            rights = "SELECT, INSERT, UPDATE, DELETE"
            postgres.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO daemon", name)
            async with LedgerDatabase(postgres.url(name, "daemon")).open() as it:
                claim = await it.claim(SMS)
                assert isinstance(claim, Fresh)
                assert isinstance(await it.record(claim, Accepted(a_sid("1"), "queued")), Sent)
        finally:
            postgres.execute("DROP OWNED BY daemon", name)
            postgres.execute("DROP ROLE daemon")

    def test_are_committed_to_the_disk_whatever_the_server_would_do(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        postgres.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = serializable")
        opened = made(postgresql.open_storage(make_url(served.url), LOCK_TIMEOUT))
        with opened.connection.begin():
            shown = [
                opened.connection.exec_driver_sql(f"SHOW {setting}").scalar()
                for setting in ("synchronous_commit", "transaction_isolation", "lock_timeout")
            ]
        opened.close()

        assert shown == ["on", "read committed", "1min"]

    def test_are_never_read_from_end_to_end_for_an_event(self, served: LedgerDatabase) -> None:
        opened = made(postgresql.open_storage(make_url(served.url), LOCK_TIMEOUT))
        parameters = {
            "owner": "o",
            "now": 0.0,
            "quarantine": 9.0,
            "batch": '[["1", "1"], ["2", "2"]]',
        }
        names = (
            "find",
            "reclaim",
            "take_over",
            "record",
            "record_absent",
            "find_late",
            "tell",
            "known",
        )
        plans: dict[str, list[str]] = {}
        try:
            with opened.connection.begin():
                rows = list(map(a_row, range(3000)))
                opened.connection.execute(insert(schema.sms), rows)
                opened.connection.exec_driver_sql("ANALYZE sms")
                for name in names:
                    explain = f"EXPLAIN {getattr(opened.statements, name).text}"
                    plan = opened.connection.exec_driver_sql(explain, parameters).scalars()
                    plans[name] = "\n".join(plan).split("->")
        finally:
            opened.close()

        reads = [step for plan in plans.values() for step in plan if " Scan " in step]
        reads = [step for step in reads if " on sms" in step]
        assert len(reads) >= len(names)
        # The small indexes hold what has not ended: those may be read whole.
        small = ("sms_fingerprint", "sms_free")
        whole = [step for step in reads if " Cond: " not in step]
        assert [step for step in whole if not any(name in step for name in small)] == []
        assert any("sms_fingerprint" in step for step in plans["find"])
        assert any("sms_sid" in step for step in plans["known"])


class TestRefused:
    """What is no ledger of ours, or cannot be one, is left as it is."""

    async def refusal(self, url: str) -> str:
        with pytest.raises(LedgerError) as refused:
            async with LedgerDatabase(url).open():
                pytest.fail("it was opened")
        return str(refused.value)

    async def test_a_ledger_of_a_newer_version(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        async with served.open():
            pass
        postgres.execute("UPDATE meta SET value = '1234' WHERE name = 'version'", name)

        said = await self.refusal(served.url)
        assert "is a ledger of version 1234, made by a newer smsherald" in said

    async def test_an_older_ledger_which_replicas_may_still_use(
        self, served: LedgerDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await fill(served)
        before = whole(served)
        become_next(monkeypatch)

        said = await self.refusal(served.url)
        assert f"version {THIS}, and this smsherald needs version {NEXT}" in said
        assert "stop the daemons, then run `smsherald ledger upgrade`" in said
        assert whole(served) == before

    @pytest.mark.parametrize(
        "table", ["sms (body TEXT)", "meta (id INTEGER)", "meta (name TEXT, value TEXT)"]
    )
    async def test_the_tables_of_another_program(
        self, served: LedgerDatabase, postgres: Postgres, name: str, table: str
    ) -> None:
        postgres.execute(f"CREATE TABLE {table}", name)

        assert "tables of another program" in await self.refusal(served.url)
        tables = "SELECT relname FROM pg_stat_user_tables"
        assert postgres.execute(tables, name) == [(table.split(maxsplit=1)[0],)]

    async def test_a_database_that_cannot_hold_every_text(self, postgres: Postgres) -> None:
        with postgres.database("ENCODING 'LATIN1' LOCALE 'C'") as name:
            assert "its encoding is LATIN1" in await self.refusal(postgres.url(name))

    async def test_a_user_who_may_make_no_tables(self, postgres: Postgres, name: str) -> None:
        postgres.execute("CREATE ROLE nobody LOGIN")
        try:
            said = await self.refusal(postgres.url(name, "nobody"))

            assert "permission denied for schema public" in said
        finally:
            postgres.execute("DROP ROLE nobody")


class TestErrors:
    """What the server says of a row stays with it."""

    async def test_its_errors_show_no_numbers_and_no_texts(
        self, served: LedgerDatabase, postgres: Postgres, name: str
    ) -> None:
        async with served.open() as ledger:
            postgres.execute("ALTER TABLE sms ADD CHECK (length(text) < 3)", name)
            with pytest.raises(DBAPIError) as raised:
                await ledger.claim(SMS)

        error: BaseException | None = raised.value
        while error is not None:
            assert "violates check constraint" in str(error)
            assert SMS.asked.to not in repr(error)
            assert "your order" not in repr(error)
            error = error.__cause__


async def test_two_replicas_that_cross_equal_texts_never_deadlock(
    served: LedgerDatabase, postgres: Postgres, name: str
) -> None:
    async with served.open("one") as one, served.open("two") as two:
        for number in range(60):
            text = [an_sms(asked=an_sms(f"text {number} {half}").asked).asked for half in "ab"]
            forth = [an_sms(f"{number}{n}", asked=asked) for n, asked in enumerate(text)]
            back = [an_sms(f"{number}{n}", asked=asked) for n, asked in enumerate(text[::-1])]
            claims = await asyncio.gather(
                *map(one.claim, forth), *map(two.claim, back), return_exceptions=True
            )
            for who, claim in zip((one, one, two, two), claims, strict=True):
                assert isinstance(claim, Fresh | Busy), claim
                if isinstance(claim, Fresh):
                    await who.record(claim, Accepted(a_sid(claim.sms.key), "queued"))

    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert postgres.execute(deadlocks, name) == [(0,)]
