"""What the ledger knows of an event is all of it, by whatever a person has of one SMS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsherald.ledger import SqlLedger
from smsherald.model import ParkedEntry, Sms
from support.ledgers import ASKED, a_sid, an_event, an_sms, sent

FIRST = an_sms()
SECOND = replace(an_sms("another"), event=FIRST.event, reference=None, flow="invoice")
STRANGER = an_sms("R2")


@pytest.fixture(autouse=True)
async def _rows(ledger: SqlLedger) -> None:
    for sms in (FIRST, SECOND, STRANGER):
        await sent(ledger, sms)


async def found(ledger: SqlLedger, wanted: str, *events: str) -> set[str]:
    return {row.key for row in (await ledger.about(wanted, events)).rows}


@pytest.mark.parametrize("wanted", ["R12345", FIRST.event.id, a_sid(FIRST.key), FIRST.key])
async def test_the_other_smses_of_its_event_come_with_it(ledger: SqlLedger, wanted: str) -> None:
    assert await found(ledger, wanted) == {FIRST.key, SECOND.key}


async def test_an_event_that_took_its_identity_is_another(ledger: SqlLedger) -> None:
    thief: Sms = replace(
        an_sms("thief"), event=replace(FIRST.event, digest="another"), reference="R3"
    )
    await sent(ledger, thief)

    assert await found(ledger, "R3") == {thief.key}
    assert await found(ledger, a_sid(FIRST.key)) == {FIRST.key, SECOND.key}


async def test_events_that_are_known_from_elsewhere_come_too(ledger: SqlLedger) -> None:
    assert await found(ledger, "R404", an_event("R2").id) == {STRANGER.key}
    assert await found(ledger, "R404") == set()


async def test_by_number_the_events_come_whole(ledger: SqlLedger) -> None:
    other = an_sms("R5", asked=replace(ASKED, to="+15550009999"))
    await sent(ledger, other)

    assert [row.key for row in (await ledger.about_phone("+15550009999")).rows] == [other.key]
    assert (await ledger.about_phone("+15550000000")).rows == ()


PARKED = ParkedEntry(
    64 * "4", FIRST.event.id, "order.created", "refund", "bad_number", "to", "47", 1_750_000_000.0
)


@pytest.mark.parametrize("wanted", [FIRST.event.id, "47", a_sid(FIRST.key), 10 * "4"])
async def test_what_is_parked_of_an_event_comes_by_each_of_its_names(
    ledger: SqlLedger, wanted: str
) -> None:
    await ledger.park("smsherald", [PARKED])

    assert (await ledger.about(wanted, ())).parked == (PARKED,)


async def test_a_reference_that_an_id_begins_with_finds_nothing_by_chance(
    ledger: SqlLedger,
) -> None:
    await ledger.park("smsherald", [PARKED])

    assert (await ledger.about("4", ())).parked == ()


async def test_what_is_parked_comes_by_a_number_too(ledger: SqlLedger) -> None:
    await ledger.park("smsherald", [PARKED])

    assert (await ledger.about_phone(ASKED.to)).parked == (PARKED,)
