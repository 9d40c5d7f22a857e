"""Several processes on one database, and one that is killed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from smsherald.model import Busy, Done, TakenOver
from support.ledgers import LedgerDatabase, an_sms

TESTS = Path(__file__).parents[2]


async def started(database: LedgerDatabase, *arguments: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "support.ledger_process",
        database.url,
        *arguments,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )


async def test_a_process_killed_between_claim_and_record_leaves_a_row_to_take_over(
    database: LedgerDatabase,
) -> None:
    process = await started(database, "claim", "R12345")
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"Fresh\n"
    finally:
        process.kill()
        await process.communicate()
    sms = an_sms()
    async with database.open() as ledger:
        assert isinstance(await ledger.claim(sms), Busy)
        database.age(sms.key)
        since = (database.row(sms.key) or {})["since"]

        claim = await ledger.claim(sms)

    assert claim == TakenOver(sms, 2, sms.asked, since)


async def test_two_processes_that_cross_equal_texts_send_each_sms_once(
    database: LedgerDatabase,
) -> None:
    count = 300
    processes = [await started(database, "race", name, str(count)) for name in ("one", "two")]
    reports = []
    for process in processes:
        output, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        reports.append(json.loads(output))

    one, two = (report["sent"] for report in reports)
    assert sorted([*one, *two]) == sorted(an_sms(str(number)).key for number in range(count))
    # They make the database at the same time too.
    assert all(report["troubles"][-1:] in ([], [None]) for report in reports)
    async with database.open("last") as ledger:
        done = await ledger.claim(an_sms("0", asked=an_sms("0").asked))
    assert isinstance(done, Done)
    assert done.told
