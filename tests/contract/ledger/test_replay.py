"""Before an event that was parked comes again, what had failed may be sent, and nothing else."""

from __future__ import annotations

from smsherald.errors import Reason
from smsherald.ledger import ForCommand, SqlLedger
from smsherald.ledger.replay import Again
from smsherald.model import Absent, Done, Fresh, Rejected, Skip, Sms
from support.ledgers import LedgerDatabase, an_event, an_sms, fresh, sent, tells

EVENT = an_event()
ONE, TWO = an_sms("one", event=EVENT), an_sms("two", event=EVENT, flow="order-copy")
ALL = Again(EVENT.id, EVENT.digest, None)


async def failed(ledger: SqlLedger, sms: Sms, *, told: bool = True) -> None:
    outcome = await ledger.record(await fresh(ledger, sms), Rejected(Reason.CONTENT, 21617))
    if told:
        await ledger.told([tells(sms, outcome)])


async def test_what_had_failed_is_claimed_anew(
    ledger: SqlLedger, for_command: ForCommand, database: LedgerDatabase
) -> None:
    await failed(ledger, ONE)
    await failed(ledger, TWO, told=False)

    assert for_command.replay.free_failed([ALL]) == 2
    row = database.row(ONE.key) or {}
    assert (row["state"], row["result"], row["ended_at"], row["notified_at"]) == (
        "free",
        None,
        None,
        None,
    )
    for sms in (ONE, TWO):
        await sent(ledger, sms)
        assert isinstance(await ledger.claim(sms), Done)


async def test_of_one_flow_only(ledger: SqlLedger, for_command: ForCommand) -> None:
    await failed(ledger, ONE)
    await failed(ledger, TWO)

    assert for_command.replay.free_failed([ALL._replace(flow=TWO.flow)]) == 1
    assert isinstance(await ledger.claim(ONE), Done)
    assert isinstance(await ledger.claim(TWO), Fresh)


async def test_what_was_sent_skipped_or_is_under_way_stays(
    ledger: SqlLedger, for_command: ForCommand, database: LedgerDatabase
) -> None:
    await sent(ledger, ONE)
    await ledger.record(await fresh(ledger, TWO), Skip(Reason.EXPIRED))
    going = an_sms("three", event=EVENT)
    await fresh(ledger, going)
    before = [database.row(sms.key) for sms in (ONE, TWO, going)]

    assert for_command.replay.free_failed([ALL]) == 0
    assert [database.row(sms.key) for sms in (ONE, TWO, going)] == before


async def test_another_event_with_its_id_or_its_body_stays(
    ledger: SqlLedger, for_command: ForCommand
) -> None:
    await failed(ledger, ONE)

    assert for_command.replay.free_failed([ALL._replace(digest="0" * 64)]) == 0
    assert for_command.replay.free_failed([ALL._replace(event_id="another")]) == 0
    assert for_command.replay.free_failed([]) == 0


async def test_what_was_looked_up_in_vain_is_looked_up_from_the_first_time_on(
    ledger: SqlLedger, other: SqlLedger, for_command: ForCommand, database: LedgerDatabase
) -> None:
    await fresh(ledger, ONE)
    database.age(ONE.key)
    claim = await other.claim(ONE)
    await other.record(claim, Absent())  # type: ignore[arg-type] # It was taken over.
    assert (database.row(ONE.key) or {})["in_vain"] == 1

    assert for_command.replay.free_failed([ALL]) == 1
    assert (database.row(ONE.key) or {})["in_vain"] == 0
