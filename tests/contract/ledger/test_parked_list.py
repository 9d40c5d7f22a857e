"""What is parked is listed, and the queue has the last word."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from smsherald.ledger import ForCommand, SqlLedger
from smsherald.ledger.parked import AT_ONCE, YOUNG
from smsherald.ledger.sql.schema import parked
from smsherald.model import ParkedEntry
from support.ledgers import LedgerDatabase

QUEUE, OTHER = "smsherald", "another"
REPLACED = "\N{REPLACEMENT CHARACTER}"
MOST = 10
ENTRY = ParkedEntry(
    id=64 * "a",
    event_id="e1",
    routing_key="order.created",
    flow="order-created",
    reason="missing_value",
    detail="to: order.billing_address.phone is missing",
    reference="R1",
    at=1_700_000_000.5,
)
BARE = ParkedEntry(64 * "b", None, None, None, "delivery_limit", "", None, None)


def grow_old(database: LedgerDatabase) -> None:
    with database.connect() as connection:
        connection.execute(update(parked).values(written_at=parked.c.written_at - 2 * YOUNG))


async def reasons(ledger: SqlLedger, queue: str = QUEUE) -> dict[str, int]:
    return dict((await ledger.unfinished(queue)).parked)


@pytest.mark.parametrize("wanted", [ENTRY.event_id, ENTRY.reference, ENTRY.id, ENTRY.id[:10]])
async def test_it_is_found_as_it_was_listed(
    ledger: SqlLedger, for_command: ForCommand, wanted: str
) -> None:
    await ledger.park(QUEUE, [ENTRY, BARE])

    assert for_command.parked.about([wanted or ""], MOST) == [ENTRY]


async def test_what_a_publisher_writes_is_no_pattern(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [ENTRY, BARE])

    assert for_command.parked.about(["%", "a"], MOST) == []


async def test_it_is_listed_once_and_counted_by_queue_and_reason(ledger: SqlLedger) -> None:
    await asyncio.gather(*(ledger.park(QUEUE, [ENTRY, BARE]) for _ in range(3)))
    await ledger.park(QUEUE, [replace(ENTRY, id="c")])
    await ledger.park(OTHER, [ENTRY])

    assert await reasons(ledger) == {"missing_value": 2, "delivery_limit": 1}
    assert await reasons(ledger, OTHER) == {"missing_value": 1}


async def test_what_no_database_keeps_in_a_text_is_replaced(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [replace(ENTRY, reference="R\0\ud800", detail="\0")])

    (found,) = for_command.parked.about(["e1"], MOST)
    assert (found.reference, found.detail) == (
        "R\N{REPLACEMENT CHARACTER}?",
        "\N{REPLACEMENT CHARACTER}",
    )


async def test_what_is_brought_again_or_dropped_is_struck_out(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [ENTRY, BARE])
    await ledger.park(OTHER, [ENTRY])
    for_command.parked.forget(QUEUE, [ENTRY.stay, ("never there", None)])

    assert await reasons(ledger) == {"delivery_limit": 1}
    assert await reasons(ledger, OTHER) == {"missing_value": 1}


async def test_what_nobody_knows_the_time_of_is_struck_out_too(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [BARE])
    for_command.parked.forget(QUEUE, [BARE.stay])

    assert await reasons(ledger) == {}


async def test_parked_once_more_it_is_listed_as_it_is_now_and_what_was_before_strikes_out_nothing(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    again = replace(ENTRY, reason="poison", detail="", at=1_700_000_060.5)
    await ledger.park(QUEUE, [ENTRY])
    await ledger.park(QUEUE, [again])
    # What has brought it again says so late.
    for_command.parked.forget(QUEUE, [ENTRY.stay])

    assert for_command.parked.about(["e1"], MOST) == [again]


async def test_a_look_sees_that_it_was_parked_once_more(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    again = replace(ENTRY, reason="poison", detail="", at=1_700_000_060.5)
    await ledger.park(QUEUE, [ENTRY])
    for_command.parked.agree(QUEUE, [again, ENTRY], everything=True, begun=0.0)

    assert for_command.parked.about(["e1"], MOST) == [again]


async def test_what_was_parked_before_takes_nothing_over(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    again = replace(ENTRY, reason="poison", detail="", at=1_700_000_060.5)
    await ledger.park(QUEUE, [again])
    await ledger.park(QUEUE, [ENTRY])

    assert for_command.parked.about(["e1"], MOST) == [again]


async def test_a_look_at_all_of_the_queue_corrects_it(
    database: LedgerDatabase, ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [ENTRY])
    grow_old(database)
    await ledger.park(QUEUE, [replace(ENTRY, id="young", reason="poison")])
    for_command.parked.agree(QUEUE, [BARE], everything=True, begun=0.0)

    assert await reasons(ledger) == {"delivery_limit": 1, "poison": 1}


async def test_what_was_listed_during_a_long_look_stays(
    database: LedgerDatabase, ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [ENTRY])
    grow_old(database)
    for_command.parked.agree(QUEUE, [], everything=True, begun=2 * YOUNG)
    assert await reasons(ledger) == {"missing_value": 1}

    for_command.parked.agree(QUEUE, [], everything=True, begun=YOUNG / 2)
    assert await reasons(ledger) == {}


async def test_a_look_at_some_of_it_only_adds(
    database: LedgerDatabase, ledger: SqlLedger, for_command: ForCommand
) -> None:
    await ledger.park(QUEUE, [ENTRY])
    grow_old(database)
    many = [replace(BARE, id=str(number)) for number in range(AT_ONCE + 1)]
    for_command.parked.agree(QUEUE, many, everything=False, begun=0.0)

    assert await reasons(ledger) == {"missing_value": 1, "delivery_limit": AT_ONCE + 1}
