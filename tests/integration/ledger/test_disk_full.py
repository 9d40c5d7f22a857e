"""A disk without room is said as what it is, with where to make some."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from smsherald.cli.flows.live.finding import Mark
from smsherald.cli.flows.live.ledger import of_ledger
from support.disk import fill, small_disk
from support.ledgers import LedgerDatabase, Observed, an_sms
from support.postgres import Postgres
from support.waiting import PATIENCE

FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE 'could not extend file "base/5/1": No space left on device' USING ERRCODE = '53100'; END
$$;
CREATE TRIGGER full_disk BEFORE INSERT ON sms FOR EACH ROW EXECUTE FUNCTION full_disk()
"""


async def test_a_look_from_outside_finds_it_as_the_daemon_does(tmp_path: Path) -> None:
    folder, observed = tmp_path / "disk", Observed()
    path = folder / "ledger.db"
    with small_disk(folder):
        database = LedgerDatabase(f"sqlite:///{path}")
        async with database.open("one", observed) as ledger:
            before, *_ = of_ledger(database.settings())
            fill(folder / "filler")
            waiting = asyncio.gather(*(ledger.claim(an_sms(str(each))) for each in range(1_000)))
            await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
            found, *_ = await asyncio.to_thread(of_ledger, database.settings())
            (folder / "filler").unlink()
            await waiting
            after, *_ = of_ledger(database.settings())

    full = f"database or disk is full: make room on the file system of {path}"
    assert observed.troubles == [full, None]
    assert (found.mark, found.found) == (Mark.ERROR, f"the ledger: {full}")
    assert (before.mark, after.mark) == (Mark.OK, Mark.OK)


async def test_a_start_without_room_says_so(tmp_path: Path, observed: Observed) -> None:
    folder = tmp_path / "disk"
    path = folder / "ledger.db"
    with small_disk(folder):
        database = LedgerDatabase(f"sqlite:///{path}")
        async with database.open():
            pass
        fill(folder / "filler")
        async with AsyncExitStack() as stack:
            opening = asyncio.ensure_future(
                stack.enter_async_context(database.open("one", observed))
            )
            await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
            (folder / "filler").unlink()
            await opening

    full = f"{path}: database or disk is full: make room on the file system of {path}"
    assert observed.troubles == [full, None]


async def test_a_server_without_room_says_so(
    served: LedgerDatabase, postgres: Postgres, name: str, observed: Observed
) -> None:
    async with served.open("one", observed) as ledger:
        postgres.execute(FULL, name)
        waiting = asyncio.ensure_future(ledger.claim(an_sms()))
        await asyncio.wait_for(observed.troubled.wait(), PATIENCE)
        postgres.execute("DROP TRIGGER full_disk ON sms", name)
        await waiting

    said = 'could not extend file "base/5/1": No space left on device'
    assert observed.troubles == [f"{said}: make room on the server's file system", None]
