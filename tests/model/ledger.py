"""The ledger's tables: what a claim and an answer leave in them, and what comes of it.

The decisions are the daemon's own (`real`); the conditions under which they are written stand
here as the SQL has them.
"""

from __future__ import annotations

from model import real
from model.changes import with_number
from model.real import Claimed
from model.state import PAST, Claim, Notice, Protection, Row, Scenario, World
from model.values import Sms
from smsherald.ledger import decide
from smsherald.model import Accepted, Answer, Outcome, Rejected, Skip, State

LOCKING = frozenset({State.SENDING, State.HELD})
ENDED = frozenset({State.SENT, State.FAILED, State.SKIPPED})


def claim(
    scenario: Scenario, world: World, sms: Sms, written: Claim | None
) -> tuple[World, Claimed]:
    """Ask for the right to send; `written` as in `real.claim`."""
    event = world.place(sms.delivery.event)
    row = world.rows[event]
    sending = row is not None and row.state is State.SENDING
    if sending and scenario.without is Protection.CLAIM:
        row = row and row._replace(state=State.FREE)
    holder = _holder(scenario, world, event)
    met = row
    if row is not None and row.state in ENDED and scenario.without is Protection.ONCE_TOLD:
        met = row._replace(told=row.told or row.event != real.made_by(sms))
    claimed = real.claim(sms, met, holder, scenario.quarantine, written, expired=world.expired)
    if claimed.row == met:
        return world, claimed
    if row is not None and row.told:
        world = past(world, event)
    new, mine = claimed.row, claimed.claim
    if new and mine and mine.since is not None:
        if scenario.without is Protection.SINCE_KEPT:
            new = new._replace(since=0)
        if scenario.without is Protection.STORED_TEXT:
            claimed = claimed._replace(claim=mine._replace(text=sms.text))
    return with_row(world, event, new), claimed


def _holder(scenario: Scenario, world: World, event: int) -> Row | None:
    """Return another row that locks the fingerprint: the digest of recipient and text."""
    if scenario.without is Protection.FINGERPRINT_LOCK:
        return None
    for other, row in enumerate(world.rows):
        if row is None or other == event or row.state not in LOCKING or row.text != world.text:
            continue
        alike = scenario.senders[other] == scenario.senders[event]
        if alike or scenario.without is not Protection.FINGERPRINT_WITHOUT_SENDER:
            return row
    return None


def record(
    scenario: Scenario, world: World, sms: Sms, claim: Claim, answer: Answer
) -> tuple[World, Outcome]:
    """Write an answer under its conditions, else as one that comes late."""
    if not isinstance(answer, decide.Known):
        return world, decide.unknown(0.0)
    event = world.place(sms.delivery.event)
    made_by = real.made_by(sms)
    row = world.rows[event] or Row(State.FREE, claim.number, 0, 0, claim.text, event=made_by)
    sid = int(answer.sid) if isinstance(answer, Accepted) else None
    mine = (row.state, row.number) == (State.SENDING, claim.number)
    if (mine or _unconditional(scenario, answer)) and sid_is_free(scenario, world, sid):
        new = real.change(answer)
        result = tuple((new.result or {}).items())
        row = Row(new.state, row.number, 0, 0, row.text, sid, result, event=row.event)
        world = with_row(world, event, row)
        return _ended(scenario, world, sid), real.outcome(sms, claim, answer)
    elsewhere = sid is not None and _has(world, sid, but=event)
    met = world.rows[event]
    if met is not None and scenario.without is Protection.WRITTEN_BY_US:
        met = met._replace(number=claim.number)
    late = real.late(sms, claim, answer, met, sid_is_free=not elsewhere)
    match late:
        case decide.Overwrite():
            sid = int(late.accepted.sid)
            result = (("status", late.accepted.status),)
            row = Row(State.SENT, row.number, 0, 0, claim.text, sid, result, event=made_by)
            world = _ended(scenario, with_row(world, event, row), sid)
            if not late.sid_is_free:
                world = _keep_second(world, event, sid)
            return world, real.outcome(sms, claim, answer)
        case decide.KeepSecond():
            return _keep_second(world, event, int(late.accepted.sid)), late.kept
        case _:
            return world, late


def known(scenario: Scenario, world: World, sids: tuple[int, ...]) -> tuple[int, ...]:
    """Return those that no row has."""
    return tuple(sid for sid in sids if sid_is_free(scenario, world, sid))


def sid_is_free(scenario: Scenario, world: World, sid: int | None) -> bool:
    """Say whether no row and no second SID is this one."""
    if sid is None or scenario.without is Protection.KNOWN_SIDS:
        return True
    return not _has(world, sid)


def _has(world: World, sid: int, but: int | None = None) -> bool:
    rows = (row for event, row in enumerate(world.rows) if row is not None and event != but)
    return any(row.sid == sid for row in rows) or any(
        second == sid for event, second in world.second_sids if event != but
    )


def _keep_second(world: World, event: int, sid: int) -> World:
    return world._replace(second_sids=tuple(sorted({*world.second_sids, (event, sid)})))


def _unconditional(scenario: Scenario, answer: Answer) -> bool:
    """Say whether a protection that is gone lets this be written over whatever stands there."""
    match scenario.without, answer:
        case Protection.SWAP_FOUND, Accepted(found=True):
            return True
        case Protection.SWAP_FAILED, Rejected():
            return True
        case Protection.POLICY_AFTER_CLAIM, Skip():
            return True
        case _:
            return False


def tell(scenario: Scenario, world: World, event: int, notice: Notice) -> World:
    """Remember that the notification is confirmed, if the row still says what it told."""
    event = world.place(event)
    row = world.rows[event]
    if row is None or row.state not in ENDED:
        return world
    if scenario.without is not Protection.TOLD_NAMED:
        if notice.outcome != f"sms.{row.state}":
            return world
        if row.state is not State.SENT:
            is_it = notice.number == row.number
        else:
            second = row.sid is None and (event, notice.sid) in world.second_sids
            is_it = second or notice.sid == row.sid
        if not is_it:
            return world
    return with_row(world, event, row._replace(told=True))


def send_again(world: World, event: int, row: Row) -> World:
    """Set free what has failed, or was skipped: what was told of it before is past."""
    again = Row(State.FREE, row.number, 0, 0, row.text, event=row.event)
    return past(with_row(world, event, again), event)


def past(world: World, place: int) -> World:
    """Return the world in which a row begins anew: what was, or is being, told of it is past."""
    workers = [
        with_number(each, PAST)
        if world.place(each.delivery.event) == place and isinstance(each.publishes, Notice)
        else each
        for each in world.workers
    ]
    world = world._replace(workers=tuple(sorted(workers, key=hash)))
    return with_told(world, place, set())


def with_told(world: World, event: int, heard: set[Notice]) -> World:
    """Return the world in which outsiders were told just this of an SMS."""
    told = (*world.told[:event], tuple(sorted(heard)), *world.told[event + 1 :])
    return world._replace(told=told)


def with_row(world: World, event: int, row: Row | None) -> World:
    """Return the world with this row."""
    if row is world.rows[event]:
        return world
    return world._replace(rows=(*world.rows[:event], row, *world.rows[event + 1 :]))


def _ended(scenario: Scenario, world: World, sid: int | None) -> World:
    """Return the world in which no look-up cares for a text any more, because a row has it."""
    if sid is None or scenario.without is Protection.KNOWN_SIDS:
        return world
    known = world.messages[sid]._replace(created=None)
    return world._replace(messages=(*world.messages[:sid], known, *world.messages[sid + 1 :]))
