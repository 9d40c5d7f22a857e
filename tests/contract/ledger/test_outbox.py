"""A fact is written with the change that it tells, and waits until it was told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy import insert, update

from smsherald.errors import Reason
from smsherald.ledger import SqlLedger
from smsherald.ledger.outbox import OTHERS_AFTER
from smsherald.ledger.retention import Retention
from smsherald.ledger.sql.schema import outbox
from smsherald.model import Busy, Fact, Held, OnUnknown, Sms, Told
from support.ledgers import LedgerDatabase, an_sms, fresh

SMS = an_sms()
MOST = 10


async def hold(database: LedgerDatabase, ledger: SqlLedger, sms: Sms = SMS) -> None:
    """Let an SMS be claimed and left, and then be held."""
    # By a task that ends: while one goes on, a second claim waits for it.
    await asyncio.create_task(fresh(ledger, sms))
    database.age(sms.key)
    claim = await ledger.claim(replace(sms, on_unknown=OnUnknown.HOLD))
    assert isinstance(claim, Busy)
    assert claim.reason is Reason.HELD


async def facts(ledger: SqlLedger) -> list[Fact]:
    return await ledger.facts(MOST)


async def test_what_is_held_is_to_be_told_with_all_that_was_asked(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    await hold(database, ledger)
    (fact,) = await facts(ledger)
    row = database.row(SMS.key) or {}

    assert fact.outcome == Held(SMS.asked, Reason.HELD, fact.outcome.at, claim_number=2)
    assert (row["state"], row["claimed_at"]) == ("held", fact.outcome.at)
    told = fact.sms
    assert (told.key, told.flow, told.reference) == (SMS.key, SMS.flow, SMS.reference)
    assert (told.event.id, told.event.routing_key) == (SMS.event.id, SMS.event.routing_key)
    assert Told.of(told.key, fact.outcome).proof == "2"
    assert (await ledger.unfinished("smsherald")).outbox == 1


async def test_it_is_told_once_however_often_its_event_comes(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    await hold(database, ledger)
    again = replace(SMS, on_unknown=OnUnknown.HOLD)
    await asyncio.gather(*(ledger.claim(again) for _ in range(3)))
    (fact,) = await facts(ledger)
    await ledger.forget_facts([fact.id])
    await ledger.claim(again)

    assert await facts(ledger) == []


async def test_what_is_held_a_second_time_is_another_fact(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    await hold(database, ledger)
    database.change(SMS.key, state="free")
    await hold(database, ledger)

    first, second = await facts(ledger)
    assert first.id != second.id
    assert [fact.outcome.claim_number for fact in (first, second)] == [2, 4]


async def test_only_the_one_of_two_who_held_it_writes_it(
    database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger
) -> None:
    sms = replace(SMS, on_unknown=OnUnknown.HOLD)
    # By a task that ends: while one goes on, a second claim waits for it.
    await asyncio.create_task(fresh(ledger, sms))
    database.age(sms.key)
    await asyncio.gather(ledger.claim(sms), other.claim(sms))

    assert len(await facts(ledger) + await facts(other)) == 1


async def test_another_process_tells_it_only_after_a_while(
    database: LedgerDatabase, ledger: SqlLedger, other: SqlLedger
) -> None:
    await hold(database, ledger)
    assert await facts(other) == []

    with database.connect() as connection:
        connection.execute(update(outbox).values(at=outbox.c.at - OTHERS_AFTER))

    assert await facts(other) == await facts(ledger) != []


async def test_what_another_version_writes_hides_nothing(
    database: LedgerDatabase, ledger: SqlLedger
) -> None:
    await hold(database, ledger)
    foreign = {"id": "a", "routing_key": "sms.dreamt", "body": "?", "at": 0.0, "owner": "three"}
    with database.connect() as connection:
        connection.execute(insert(outbox).values(foreign))

    assert [fact.sms.key for fact in await ledger.facts(1)] == [SMS.key]
    assert (await ledger.unfinished("smsherald")).outbox == 2


async def test_what_cannot_be_read_hides_nothing_and_is_forgotten_with_the_retention(
    database: LedgerDatabase, ledger: SqlLedger, retention: Retention
) -> None:
    await hold(database, ledger)
    for number, body in enumerate(("?", "[]", "{}", "null")):
        bad = {"id": str(number), "routing_key": "sms.held", "body": body, "owner": "x", "at": 1.0}
        with database.connect() as connection:
            connection.execute(insert(outbox).values(bad))

    assert [fact.sms.key for fact in await ledger.facts(1)] == [SMS.key]
    retention.prune(100.0, MOST)
    assert (await ledger.unfinished("smsherald")).outbox == 1
