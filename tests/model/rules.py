"""The rules: what a process does with a delivery, a step at a time, and what Twilio answers.

    an operator's pause         -> nothing is claimed by who knows of it
    absent or free              -> sending, mine, claim_number + 1, since = now: Fresh
    ended                       -> Done
    sending, in its quarantine  -> Busy
    sending, after it           -> mine by compare-and-swap, since stays: TakenOver
    Fresh                       -> policy, then, unless the fence has passed or another brake was
                                   met than admission knew, Twilio is asked
    TakenOver                   -> Twilio is asked for its list; texts that no row has are ours
    sent again, and refused     -> the same; only what is not listed is refused for good
    our own answer "taken"      -> sent, whatever the row says
    any other answer            -> written only if the row is still mine
    then                        -> publish, confirmed, `told`, ack

A process may stop before any step for as long as it likes. That it does not stop between looking
at the fence and asking is the residual risk that the documentation names: here that is one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, assert_never

from model import ledger, real, values
from model.changes import abandon, join, queued, spend, taken, with_message
from model.state import (
    FENCE,
    LATE_ACCEPT,
    LISTING_LAG,
    PAST,
    TIMEOUT,
    Claim,
    Delivery,
    Message,
    Notice,
    Phase,
    Protection,
    Scenario,
    Step,
    Worker,
    World,
)
from model.values import Sms
from smsherald.errors import Reason
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    NotTaken,
    OnUnknown,
    Rejected,
    Unknown,
    Unlisted,
)


def work(scenario: Scenario, world: World) -> Iterator[Step]:
    """Return what may happen next by a process, of its own or by the answer it waits for."""
    if len(world.workers) < scenario.workers:
        for delivery in dict.fromkeys(world.queue):
            for knew in _admitted(scenario, world):
                worker = Worker(delivery, Phase.CLAIM, knew=knew)
                yield from _claim(scenario, taken(world, delivery), worker)
    for place, worker in enumerate(world.workers):
        rest = world._replace(workers=world.workers[:place] + world.workers[place + 1 :])
        yield from _RULES[worker.phase](scenario, rest, worker)


def _admitted(scenario: Scenario, world: World) -> Iterator[int]:
    """Return what admission may know of the brake that lets an SMS in: what was, or what is.

    What it does not let in stays in the queue, or comes back there after a while.
    """
    for knew in range(world.brake + 1):
        holds = world.paused and knew == world.brake
        if scenario.without is Protection.ADMISSION or real.admits(holds=holds):
            yield knew


def _claim(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Claim, and learn from the pipeline what comes next."""
    sms = sms_of(scenario, worker, world.text)
    if scenario.without is Protection.POLICY_AFTER_CLAIM and (skip := _unasked(world, sms)):
        unclaimed = worker._replace(claim=Claim(1, 0, sms.text), answer=skip)
        yield _step(world, unclaimed, "is ended by policy, unclaimed", phase=Phase.RECORD)
        return
    before = world
    world, claimed = ledger.claim(scenario, world, sms, worker.claim)
    if claimed.claim is None:
        yield from _not_ours(world, worker, claimed.publishes)
        return
    mine = claimed.claim._replace(brake=world.brake, paused=world.paused)
    says = "claims afresh" if mine.since is None else "takes over after the quarantine"
    phase = _PHASES[claimed.asks]
    if claimed.answer and scenario.without is Protection.RESEND_LOOKED_UP:
        phase = Phase.RECORD
    yield _step(world, worker, says, phase=phase, claim=mine, answer=claimed.answer)
    if world.faults.unconfirmed and world is not before:
        world = spend(world, "unconfirmed")
        yield _step(world, worker, f"{says}, unconfirmed", claim=mine, fault=True)


def _not_ours(world: World, worker: Worker, publishes: Notice | Delivery | None) -> Iterator[Step]:
    """Tell what has ended untold, ack what was told, and come again where somebody else is busy.

    Copy and ack of what is busy, or only the ack, are one step where no crash between them leaves
    anything but the delivery.
    """
    if not worker.session:
        yield _end(world, worker, "claims again, has nothing to do")
        return
    match publishes:
        case None:
            yield _end(world, worker, "claims what is told already: acks")
        case Notice():
            says = "claims what has ended untold"
            yield _step(world, worker, says, phase=Phase.PUBLISH, claim=None, publishes=publishes)
        case Delivery():
            world = queued(world, publishes)
            says = "claims what somebody has: publishes its copy"
            yield _step(world, worker, says, phase=Phase.ACK, claim=None)
        case _:
            assert_never(publishes)


def _unasked(world: World, sms: Sms) -> Answer | None:
    """Return what policy says of an SMS that has not ended, without a claim."""
    row = world.rows[world.place(sms.delivery.event)]
    if row is not None and row.state in ledger.ENDED:
        return None
    return real.policy(expired=world.expired)(values.sms_of(sms))


def _send(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Ask Twilio, unless the fence has passed."""
    if -_claim_of(worker).claimed > FENCE and scenario.without is not Protection.FENCE:
        yield _given(scenario, world, worker, NotTaken(Reason.FENCED), "meets the fence")
        return
    if scenario.without is not Protection.BRAKE_COUNTED and not _still(scenario, worker):
        yield _given(scenario, world, worker, NotTaken(Reason.PAUSED), "meets the brake")
        return
    left = TIMEOUT + LATE_ACCEPT
    asking = worker._replace(claim=_claim_of(worker)._replace(claimed=0))
    yield _step(world, asking, "asks Twilio to send", phase=Phase.WAIT, left=left)
    if world.faults.not_taken:
        world, answer = spend(world, "not_taken"), NotTaken(Reason.RATE_LIMITED)
        yield _given(scenario, world, worker, answer, "is told to ask later", fault=True)


def _still(scenario: Scenario, worker: Worker) -> bool:
    """Ask the permit, beside the fence, whether the claim met no other brake than it knew."""
    claim = _claim_of(worker)
    return real.may_send(sms_of(scenario, worker, claim.text), claim, worker.knew)


def _wait(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Twilio takes it, refuses it, or loses the answer; or the process gives up."""
    text = _claim_of(worker).text
    sid = str(len(world.messages))
    sent = with_message(world, worker.delivery.event, text)
    says = f"Twilio takes it as SM{sid}"
    yield _given(scenario, sent, worker, Accepted(sid, "queued"), says)
    if world.faults.refusals:
        refused, answer = spend(world, "refusals"), Rejected(Reason.BAD_RECIPIENT, None)
        yield _given(scenario, refused, worker, answer, "Twilio refuses it", fault=True)
    if world.faults.unknowns:
        says = f"{says}, the answer is lost"
        yield _given(scenario, spend(sent, "unknowns"), worker, Unknown(), says, fault=True)
        given_up = spend(abandon(world, worker), "unknowns")
        says = "gives up, and Twilio may still take it"
        yield _given(scenario, given_up, worker, Unknown(), says, fault=True)


def _list(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Read Twilio's list, in which what is younger than its lag may be missing."""
    claim = _claim_of(worker)
    sms, since = sms_of(scenario, worker, claim.text), claim.since or 0
    # From when on does not matter to what has been read.
    worker = worker._replace(claim=claim._replace(since=None))
    sure: list[tuple[int, str, Message]] = []
    unsure: list[tuple[int, str, Message]] = []
    for sid, message in enumerate(world.messages):
        if message.created is None:
            continue
        there = sure if -message.created >= LISTING_LAG else unsure
        there.append((sid, scenario.senders[message.event], message))
    for size in range(len(unsure) + 1):
        for early in combinations(unsure, size):
            found = real.alike(tuple(sorted((*sure, *early))), sms, since)
            says = "looks, and finds " + (" and ".join(f"SM{sid}" for sid in found) or "nothing")
            yield _step(world, worker, says, phase=Phase.SIFT, listed=found)
    if world.faults.unlisted:
        world = spend(world, "unlisted")
        yield _given(scenario, world, worker, Unlisted(), "looks, and the list fails", fault=True)


def _sift(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Leave out what some row has; take the earliest of the rest."""
    ours = [sid for sid in worker.listed if ledger.sid_is_free(scenario, world, sid)]
    answer = Accepted(str(ours[0]), "queued", found=True) if ours else Absent()
    says = f"takes SM{ours[0]} for its own" if ours else "finds none that could be its own"
    yield _given(scenario, world, worker, answer, says)


def _record(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Write the answer, and learn what is to be published."""
    claim, answer = worker.claim, worker.answer
    if claim is None or answer is None:
        message = f"{worker} has nothing to record"
        raise AssertionError(message)
    sms = sms_of(scenario, worker, claim.text)
    before = world
    world, outcome = ledger.record(scenario, world, sms, claim, answer)
    says = f"records {type(answer).__name__}: {type(outcome).__name__}"
    if world.faults.unconfirmed and world is not before:
        again = spend(world, "unconfirmed")
        yield _step(again, worker, f"{says}, unconfirmed", fault=True)
    if not worker.session:
        yield _end(world, worker, f"{says}")
        return
    publishes = real.publishes(sms, outcome)
    phase = Phase.ACK if publishes is None else Phase.PUBLISH
    yield Step(
        _says(worker, says),
        join(world, Worker(worker.delivery, phase, publishes=publishes)),
    )


def _publish(_scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Publish a notification, or the copy that comes again."""
    match worker.publishes:
        case Notice() as notice:
            event = world.place(worker.delivery.event)
            if notice.number != PAST:
                fact = notice._replace(sid=None, number=None)
                world = ledger.with_told(world, event, {*world.told[event], fact})
            yield _step(world, worker, f"tells {notice.outcome}", phase=Phase.TELL)
        case Delivery() as copy:
            world = queued(world, copy)
            says = "publishes its copy"
            yield _step(world, worker, says, phase=Phase.ACK, publishes=None)
        case None:
            message = f"{worker} has nothing to publish"
            raise AssertionError(message)


def _tell(scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    """Remember that the notification is confirmed."""
    if not isinstance(worker.publishes, Notice):
        message = f"{worker} has told nothing"
        raise TypeError(message)
    world = ledger.tell(scenario, world, worker.delivery.event, worker.publishes)
    if worker.session:
        yield _step(world, worker, "remembers that it is told", phase=Phase.ACK, publishes=None)
    else:
        yield _end(world, worker, "remembers that it is told")


def _ack(_scenario: Scenario, world: World, worker: Worker) -> Iterator[Step]:
    yield _end(world, worker, "acks")


_RULES: dict[Phase, Callable[[Scenario, World, Worker], Iterator[Step]]] = {
    Phase.CLAIM: _claim,
    Phase.SEND: _send,
    Phase.WAIT: _wait,
    Phase.LIST: _list,
    Phase.SIFT: _sift,
    Phase.RECORD: _record,
    Phase.PUBLISH: _publish,
    Phase.TELL: _tell,
    Phase.ACK: _ack,
}
_PHASES = {"send": Phase.SEND, "find": Phase.LIST, "record": Phase.RECORD}


def sms_of(scenario: Scenario, worker: Worker, text: int) -> Sms:
    """Return the SMS of a process, with this text."""
    sender = scenario.senders[worker.delivery.event]
    gone = scenario.without is Protection.LOOK_UP
    on_unknown = OnUnknown.RESEND if gone else scenario.on_unknown
    return Sms(worker.delivery, sender, text, on_unknown, scenario.attempts, scenario.once)


def _claim_of(worker: Worker) -> Claim:
    if worker.claim is None:
        message = f"{worker} has no claim"
        raise AssertionError(message)
    return worker.claim


def _given(
    scenario: Scenario,
    world: World,
    worker: Worker,
    answer: Answer,
    says: str,
    *,
    fault: bool = False,
) -> Step:
    """Hand Twilio's answer to the pipeline, which records it or, first, looks for the text."""
    claim = _claim_of(worker)
    sms = sms_of(scenario, worker, claim.text)
    final = real.answered(sms, claim, worker.answer, answer)
    if final is None and scenario.without is not Protection.RESEND_LOOKED_UP:
        worker = worker._replace(phase=Phase.LIST, answer=answer, left=0)
        return Step(_says(worker, says), join(world, worker), fault)
    final = answer if final is None else final
    told = Claim(claim.number, 0, claim.text)
    worker = worker._replace(
        phase=Phase.RECORD, claim=told, answer=final, left=0, listed=(), knew=0
    )
    return Step(_says(worker, says), join(world, worker), fault)


def _step(world: World, worker: Worker, says: str, *, fault: bool = False, **new: Any) -> Step:
    return Step(_says(worker, says), join(world, worker._replace(**new)), fault)


def _end(world: World, worker: Worker, says: str) -> Step:
    return Step(_says(worker, says), world)


def _says(worker: Worker, says: str) -> str:
    who = "" if worker.session else ", cut off"
    return f"event {worker.delivery.event + 1}{who}: {says}"
