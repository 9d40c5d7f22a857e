"""The daemon's own code as the model asks it: decisions, pipeline, policy, look-up, notifications.

Values of the model go in and come out; between them the real functions run on real values. Each
question is asked once and its answer remembered.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple, assert_never, cast

from model.state import Claim, Delivery, Message, Notice, Row
from model.values import NOW, NUMBER, OWNER, SERVICE, Sms, claim_of, delivery_of, row_of, sms_of
from smsherald.events import decode
from smsherald.flows import FlowBook
from smsherald.ledger import decide
from smsherald.model import (
    Answer,
    Brake,
    Cause,
    Fresh,
    Holder,
    Made,
    Mine,
    OnUnknown,
    Outcome,
    Pause,
    Scope,
    Skip,
    State,
    TakenOver,
    Target,
    Wait,
)
from smsherald.model import Claim as RealClaim
from smsherald.model import Delivery as RealDelivery
from smsherald.model import Sms as RealSms
from smsherald.pipeline import Pipeline, settlement
from smsherald.policy import Pauses, Rules, StandardPolicy
from smsherald.policy.limits import Limit
from smsherald.policy.permit import Permit
from smsherald.settle.copies import RetryCopy
from smsherald.settle.notifications import Notification, Notifications
from smsherald.settle.publications import Publications
from smsherald.twilio import lookup
from smsherald.twilio.answers import Message as RealMessage
from support.admission import PauseLog, admission

_MESSAGES = Publications(Notifications("smsherald", ""), (5.0,), "ours", "smsherald")


# --- ledger/decide/ ---


class Claimed(NamedTuple):
    """What a claim leaves in the row, and what the pipeline does with what it is told."""

    row: Row | None
    claim: Claim | None
    """None where the row is not ours."""
    asks: str
    """`send`, `find`, or `record` where policy has answered."""
    answer: Answer | None
    """What policy has said, to be recorded or, of what is sent again, looked up first."""
    publishes: Notice | Delivery | None


@cache
def claim(
    sms: Sms,
    row: Row | None,
    holder: Row | None,
    quarantine: int,
    written: Claim | None,
    *,
    expired: bool,
) -> Claimed:
    """Decide on a claim; `holder` is another row that locks the fingerprint.

    `written` is what this process wrote before by a commit that nobody confirmed.
    """
    locks = None if holder is None else Holder(holder.state, holder.claimed_at, quarantine)
    found = decide.Found(row_of(row, sms, quarantine), locks, 0.0)
    before = None if written is None else claim_of(written, sms)
    step = decide.on_claim(sms_of(sms), found, decide.Rules(OWNER, quarantine), before)
    said = step.claim if isinstance(step, decide.Reply) else step.claim(sms_of(sms), 0.0)
    new = _written(step, row, sms)
    asks = pipeline(sms, said, expired=expired)
    if not isinstance(asks, Ask):
        return Claimed(new, None, "", None, publishes(sms, asks))
    mine, answer = cast("Mine", said), asks.answer
    if asks.what == "find" and isinstance(mine, Fresh):
        answer = policy(expired=expired)(mine.sms)
    return Claimed(new, _compact(mine), asks.what, answer, None)


def _written(step: decide.OnClaim, row: Row | None, sms: Sms) -> Row | None:
    """Return the row as the statements leave it."""
    event = made_by(sms)
    match step:
        case decide.Reply():
            return row
        case decide.Insert():
            return Row(State.SENDING, 1, 0, 0, sms.text, event=event)
        case decide.Reclaim():
            return Row(State.SENDING, step.found + 1, 0, 0, sms.text, event=event)
        case decide.TakeOver():
            held = step.on_unknown is OnUnknown.HOLD
            return cast("Row", row)._replace(
                number=step.row.claim_number + 1,
                state=State.HELD if held else State.SENDING,
                claimed_at=0,
            )
        case _:
            assert_never(step)


def made_by(sms: Sms) -> int:
    """Return the event that a row of this SMS names, where it may be another's."""
    return sms.delivery.event if sms.once else 0


def _compact(claim: Mine) -> Claim:
    text = int(claim.asked.text.removeprefix("text "))
    match claim:
        case TakenOver():
            return Claim(claim.claim_number, 0, text, since=int(claim.since))
        case Fresh():
            again = claim.resend is not None
            since = None if claim.resend is None else int(claim.resend.since)
            return Claim(claim.claim_number, int(claim.claimed), text, since, again)
        case _:
            assert_never(claim)


@cache
def change(answer: decide.Known) -> decide.Change:
    """Return what an answer writes while the row is ours."""
    return decide.change(answer)


@cache
def outcome(sms: Sms, claim: Claim, answer: decide.Known) -> Outcome:
    """Return what a written answer makes of its SMS."""
    return decide.outcome(claim_of(claim, sms), answer, 0.0, 1)


@cache
def late(
    sms: Sms, claim: Claim, answer: decide.Known, row: Row | None, *, sid_is_free: bool
) -> decide.OnLate:
    """Decide on an answer that was not written, unless the row is as it left it before."""
    rules = decide.Rules(OWNER, 0.0)
    mine, met = claim_of(claim, sms), row_of(row, sms, 0.0)
    if met is not None and decide.is_written(mine, answer, met, rules):
        return outcome(sms, claim, answer)
    return decide.on_late(mine, answer, met, rules, sid_is_free=sid_is_free, wait=0.0)


# --- pipeline.py and policy/ ---


_PAUSED = Pause(Target(Scope.ALL), Cause.OPERATOR, "", 0.0)


@cache
def admits(*, holds: bool) -> bool:
    """Ask admission whether an SMS is let in that knows of a pause, or of none."""
    sms = sms_of(Sms(Delivery(0, 0), NUMBER, 0, OnUnknown.LOOKUP, None))
    return isinstance(_permit(sms, Brake(1, (_PAUSED,) if holds else ())), Permit)


@cache
def may_send(sms: Sms, claim: Claim, knew: int) -> bool:
    """Ask a permit whether this claim may be sent, whose admission knew of so many pauses."""
    permit, mine = _permit(sms_of(sms), Brake(knew)), claim_of(claim, sms)
    assert isinstance(mine, Fresh)
    return isinstance(permit, Permit) and permit.again(mine) is None


def _permit(sms: RealSms, brake: Brake) -> Permit | Wait:
    pauses = Pauses(_Clock(expired=False), PauseLog())
    pauses.brake(brake)
    return pauses.ask(sms, Limit(1))


@dataclass(frozen=True)
class Ask:
    """What the pipeline wants of the world; it waits until it is given."""

    what: str
    about: RealSms | Mine
    answer: Answer | None = None

    def __await__(self) -> Generator[Ask, Any, Any]:
        """Hand the question out, and the answer in."""
        return (yield self)


class _Ports:
    """Ledger and gateway: whatever is asked comes out of the coroutine."""

    async def claim(self, sms: RealSms) -> RealClaim:
        return cast("RealClaim", await Ask("claim", sms))

    async def send(self, claim: Fresh, permit: Permit) -> Answer:  # noqa: ARG002 - the port's.
        return cast("Answer", await Ask("send", claim))

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Answer:  # noqa: ARG002
        return cast("Answer", await Ask("find", claim))

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        return cast("Outcome", await Ask("record", claim, answer))


@dataclass(frozen=True)
class _Clock:
    expired: bool

    def now(self) -> float:
        return float(self.expired)

    def monotonic(self) -> float:
        return 0.0


def policy(*, expired: bool) -> StandardPolicy:
    """Return the policy at a time when texts have expired, or have not."""
    return StandardPolicy(_Clock(expired), Rules)


def pipeline(sms: Sms, *given: object, expired: bool) -> Ask | Outcome:
    """Return what the pipeline does with an SMS after it was given claim and answer."""
    ports = cast("Any", _Ports())
    clock = _Clock(expired)
    real = Pipeline(
        lambda: FlowBook([]),
        admission(clock),
        ports,
        StandardPolicy(clock, Rules),
        ports,
        concurrency=1,
    )
    delivering = real.deliver(sms_of(sms))
    try:
        asks = cast("Ask", delivering.send(None))
        for each in given:
            asks = cast("Ask", delivering.send(cast("Any", each)))
    except StopIteration as end:
        return cast("Outcome", end.value)
    delivering.close()
    return asks


@cache
def answered(sms: Sms, claim: Claim, before: Answer | None, answer: Answer) -> Answer | None:
    """Return what the pipeline records of Twilio's answer; None where it looks for the text first.

    `before` is what was refused before a look-up, by policy or by Twilio.
    """
    skipped = isinstance(before, Skip)
    given = [answer] if before is None or skipped else [before, answer]
    asks = pipeline(sms, claim_of(claim, sms), *given, expired=skipped)
    return cast("Ask", asks).answer


# --- pipeline.settlement and broker/messages.py ---


@cache
def publishes(sms: Sms, outcome: Outcome) -> Notice | Delivery | None:
    """Return what must be confirmed before the ack: a notification, or the copy that is tried."""
    real = sms_of(sms)
    settled = settlement(Made((real,), ()), (outcome,))
    delivery = delivery_of(sms.delivery.event)
    published = _MESSAGES.about(delivery, real.event, settled, 0.0)
    match published:
        case []:
            return None
        case [Notification() as told]:
            end, unique = told.told, told.message.properties["message_id"]
            assert end is not None
            sid = None if end.sid is None else int(end.sid)
            return Notice(told.routing_key, unique, sid, end.claim_number)
        case [RetryCopy() as copy]:
            return _came_back(copy, sms)
        case _:
            message = f"the model knows nothing of {published}"
            raise AssertionError(message)


def _came_back(copy: RetryCopy, sms: Sms) -> Delivery:
    """Return a copy as it is read again: it must be the event that it was, but for its attempts."""
    message = copy.message
    delivery = RealDelivery(
        message.body, message.properties, "", "smsherald", redelivered=False, tag=1
    )
    event = decode(delivery, now=NOW + 1, max_body=2)
    if replace(event, attempt=sms.delivery.attempt) != sms_of(sms).event:
        wrong = f"the copy is another event: {event}"
        raise AssertionError(wrong)
    return Delivery(sms.delivery.event, min(event.attempt, sms.attempts or 0))


# --- twilio/lookup.py ---


@cache
def alike(listed: tuple[tuple[int, str, Message], ...], sms: Sms, since: int) -> tuple[int, ...]:
    """Return the SIDs, the earliest first, of listed texts that may be the one asked for."""
    messages = [
        RealMessage(
            str(sid), None, f"text {message.text}", NUMBER,
            SERVICE if sender == SERVICE else None, message.created,
        )
        for sid, sender, message in reversed(listed)
    ]  # fmt: skip
    found = [
        each for each in lookup.alike(messages, sms_of(sms).asked) if not lookup.older(each, since)
    ]
    order = []
    while found:
        first = lookup.earliest(found)
        found.remove(first)
        order.append(int(first.sid))
    return tuple(order)
