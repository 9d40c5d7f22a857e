"""What the pipeline does with each answer of ledger, policy and Twilio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from smsherald.errors import Reason
from smsherald.flows import Each, FlowBook
from smsherald.flows.language.template import MOST_RECIPIENTS
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Busy,
    Claim,
    Defect,
    Deferred,
    Done,
    Duplicate,
    Event,
    EventOutcome,
    Fresh,
    Made,
    Mine,
    NotTaken,
    OtherEvent,
    Outcome,
    Parked,
    Refused,
    Rejected,
    Sent,
    Skip,
    Sms,
    TakenOver,
    Unknown,
    Unlisted,
)
from smsherald.pipeline import Pipeline, settlement
from smsherald.policy import Rules, StandardPolicy
from smsherald.ports import Gateway, Ledger, Permit
from smsherald.testing import SetClock, an_event, an_sms
from support.admission import admission
from support.examples import SMS_EVENT
from support.shop import event, flow, ways

PLACED = OtherEvent("placed", "R1")
SMS = an_sms()
SENT = Sent(SMS.asked, "SM" + 32 * "0", "queued", 1.0)
FRESH = Fresh(SMS, 1, 0.0, SMS.asked)
TAKEN_OVER = TakenOver(SMS, 2, SMS.asked, 0.0)
AGAIN = Fresh(SMS, 2, 0.0, SMS.asked, resend=TAKEN_OVER)
NOT_TAKEN = NotTaken(Reason.NOT_TAKEN)
REJECTED = Rejected(Reason.BAD_RECIPIENT, 21211)


@dataclass
class World:
    """A ledger that gives one claim, and a Twilio that gives one answer; both say what was done."""

    claims: Claim
    answers: Answer = field(default_factory=lambda: Accepted("SM1", "queued"))
    found: Answer | None = None
    done: list[str] = field(default_factory=list)
    recorded: Answer | None = None

    async def claim(self, sms: Sms) -> Claim:
        self.done.append("claim")
        assert sms.key == SMS.key
        return self.claims

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        assert claim is self.claims
        self.done.append("record")
        self.recorded = answer
        return SENT

    async def send(self, claim: Fresh, permit: Permit) -> Answer:
        assert permit.again(claim) is None
        assert claim is self.claims
        self.done.append("send")
        return self.answers

    async def find(self, claim: TakenOver, permit: Permit | None = None) -> Answer:
        assert permit is not None
        assert claim is self.claims or claim is getattr(self.claims, "resend", None)
        self.done.append("find")
        return self.found or self.answers


def deliver(world: World, sms: Sms = SMS, rules: Rules | None = None) -> Outcome:
    pipeline = Pipeline(
        lambda: FlowBook([]),
        admission(SetClock()),
        cast("Ledger", world),
        StandardPolicy(SetClock(), lambda: rules or Rules()),
        cast("Gateway", world),
        concurrency=1,
    )
    return asyncio.run(pipeline.deliver(sms))


async def test_an_event_that_no_flow_wants_ends_in_the_turn_in_which_they_were_asked() -> None:
    """In another turn flows might be others, and want it: nobody would ever text it."""
    pipeline = Pipeline(
        lambda: FlowBook([]),
        admission(SetClock()),
        cast("Ledger", World(FRESH)),
        StandardPolicy(SetClock(), Rules),
        cast("Gateway", World(FRESH)),
        concurrency=1,
    )
    handling = pipeline.handle(an_event())

    with pytest.raises(StopIteration) as ended:
        handling.send(None)
    assert ended.value.value.outcome is EventOutcome.IGNORED


class TestDeliver:
    """One SMS, from claim to record."""

    def test_a_fresh_claim_is_sent_and_recorded(self) -> None:
        world = World(FRESH)

        assert deliver(world) is SENT
        assert world.done == ["claim", "send", "record"]
        assert world.recorded == world.answers

    def test_what_was_taken_over_is_looked_up_and_never_sent(self) -> None:
        world = World(TAKEN_OVER)

        assert deliver(world) is SENT
        assert world.done == ["claim", "find", "record"]

    @pytest.mark.parametrize("reason", [Reason.SHADOW, Reason.NO_CONSENT])
    def test_what_its_own_flow_keeps_back_is_skipped(self, reason: Reason) -> None:
        world = World(FRESH)

        deliver(world, replace(SMS, refused=reason))

        assert world.done == ["claim", "record"]
        assert world.recorded == Skip(reason)

    @pytest.mark.parametrize("claim", [TAKEN_OVER, AGAIN])
    def test_what_its_flow_keeps_back_by_now_is_looked_up_where_it_may_have_gone_out(
        self, claim: Claim
    ) -> None:
        there = Accepted("SM1", "sent", found=True)
        world = World(claim, found=there)

        deliver(world, replace(SMS, refused=Reason.SHADOW))

        assert world.done == ["claim", "find", "record"]
        assert world.recorded == there

    def test_what_its_flow_keeps_back_by_now_and_is_not_there_is_skipped(self) -> None:
        world = World(AGAIN, found=Absent())

        deliver(world, replace(SMS, refused=Reason.SHADOW))

        assert world.recorded == Skip(Reason.SHADOW)

    @pytest.mark.parametrize(
        ("claim", "outcome"),
        [
            (Done(told=True, ended=SENT), Duplicate(SENT)),
            (Done(told=True, ended=SENT, other=PLACED), Duplicate(SENT, PLACED)),
            (Done(told=False, ended=SENT), SENT),
            (Busy(Reason.IN_FLIGHT, 7.0), Deferred(Reason.IN_FLIGHT, 7.0)),
            (Busy(Reason.HELD, 7.0), Deferred(Reason.HELD, 7.0)),
            (Refused(Reason.IDENTITY_CONFLICT, "x"), Parked(Reason.IDENTITY_CONFLICT, "x")),
        ],
    )
    def test_what_is_not_ours_is_neither_sent_nor_recorded(
        self, claim: Claim, outcome: Outcome
    ) -> None:
        world = World(claim)

        assert deliver(world) == outcome
        assert world.done == ["claim"]

    def test_a_text_that_came_too_late_is_recorded_as_skipped_without_asking_twilio(self) -> None:
        world = World(FRESH)
        deliver(world, an_sms(expires=SetClock().now() - 1))

        assert world.done == ["claim", "record"]
        assert world.recorded == Skip(Reason.EXPIRED)

    def test_a_text_that_may_have_been_sent_is_looked_up_though_it_is_late(self) -> None:
        world = World(TAKEN_OVER)
        deliver(world, an_sms(expires=SetClock().now() - 1))

        assert world.done == ["claim", "find", "record"]

    @pytest.mark.parametrize("answer", [NOT_TAKEN, Unknown()])
    def test_a_second_request_that_was_not_taken_leaves_the_first_unknown(
        self, answer: Answer
    ) -> None:
        world = World(AGAIN, answer)
        deliver(world, an_sms(event=an_event(attempt=20)))

        assert world.done == ["claim", "send", "record"]
        assert world.recorded == Unknown()

    def test_a_second_request_that_was_taken_says_all(self) -> None:
        world = World(AGAIN)
        deliver(world)

        assert world.done == ["claim", "send", "record"]
        assert world.recorded == Accepted("SM1", "queued")

    @pytest.mark.parametrize("refused", [Skip(Reason.EXPIRED), REJECTED])
    @pytest.mark.parametrize("found", [Accepted("SM0", "sent", found=True), Absent(), Unlisted()])
    def test_what_is_refused_the_second_time_is_looked_up_first(
        self, refused: Skip | Rejected, found: Answer
    ) -> None:
        world = World(AGAIN, REJECTED, found=found)
        late = isinstance(refused, Skip)
        deliver(world, an_sms(expires=SetClock().now() - 1 if late else None))

        assert world.done == ["claim", *([] if late else ["send"]), "find", "record"]
        assert world.recorded == (refused if found == Absent() else found)

    @pytest.mark.parametrize(
        ("claim", "done"),
        [(FRESH, ["claim", "record"]), (AGAIN, ["claim", "find", "record"])],
    )
    def test_who_may_not_be_texted_is_not_sent_again_either(
        self, claim: Fresh, done: list[str]
    ) -> None:
        world = World(claim, found=Absent())
        deliver(world, rules=Rules(deny=[SMS.asked.to]))

        assert world.done == done
        assert world.recorded == Skip(Reason.DENIED)

    @pytest.mark.parametrize("attempt", [0, 20, 100_000])
    def test_what_is_not_taken_is_never_given_up_by_a_count(self, attempt: int) -> None:
        world = World(FRESH, NOT_TAKEN)
        deliver(world, an_sms(event=an_event(attempt=attempt)))

        assert world.recorded == NOT_TAKEN


@dataclass
class Busybody:
    """A ledger and a Twilio that take everything, slowly, and note how many are at it at once."""

    breaks_at: str | None = None
    in_flight: Callable[[], int] = lambda: 0
    most: int = 0
    sent: list[str] = field(default_factory=list)

    async def claim(self, sms: Sms) -> Claim:
        await asyncio.sleep(0)
        return Fresh(sms, 1, 0.0, sms.asked)

    async def send(self, claim: Fresh, permit: Permit) -> Answer:
        assert permit.again(claim) is None
        self.most = max(self.most, self.in_flight())
        await asyncio.sleep(0.001)
        if claim.asked.to == self.breaks_at:
            raise ZeroDivisionError
        self.sent.append(claim.asked.to)
        return Accepted("SM1", "queued")

    async def record(self, claim: Mine, answer: Answer) -> Outcome:
        del answer
        await asyncio.sleep(0)
        return Sent(claim.asked, "SM1", "queued", 1.0)


def test_no_more_are_in_flight_than_allowed() -> None:
    class Slow(World):
        most = 0

        async def send(self, claim: Fresh, permit: Permit) -> Answer:
            self.most = max(self.most, pipeline.in_flight)
            await asyncio.sleep(0.001)
            return await super().send(claim, permit)

    world = Slow(FRESH)
    policy = StandardPolicy(SetClock(), Rules)
    both = (admission(SetClock()), cast("Ledger", world), policy, cast("Gateway", world))

    async def many() -> None:
        await asyncio.gather(*(pipeline.deliver(SMS) for _ in range(50)))

    pipeline = Pipeline(lambda: FlowBook([]), *both, concurrency=7)
    asyncio.run(many())

    assert world.most == 7
    assert pipeline.in_flight == 0
    assert world.done.count("record") == 50


class TestSeveralSmses:
    """One event of many SMSes keeps to the bounds, and takes no other event's place for good."""

    NUMBERS = tuple(f"+1555867{n:04}" for n in range(MOST_RECIPIENTS))
    CONCURRENCY = 7

    @pytest.mark.parametrize("events", [1, 3])
    async def test_events_of_more_smses_than_may_be_in_flight_are_handled(
        self, events: int
    ) -> None:
        world = Busybody()
        pipeline = self.pipeline(world)
        world.in_flight = lambda: pipeline.in_flight

        settled = await asyncio.wait_for(
            asyncio.gather(*(pipeline.handle(self.event(n)) for n in range(events))), 30
        )

        assert [len(settlement.results) for settlement in settled] == [MOST_RECIPIENTS] * events
        assert {settlement.outcome for settlement in settled} == {EventOutcome.HANDLED}
        assert sorted(world.sent) == sorted(self.NUMBERS * events)
        assert world.most == self.CONCURRENCY
        assert pipeline.in_flight == 0

    async def test_an_error_of_one_is_raised_when_all_others_have_ended(self) -> None:
        world = Busybody(breaks_at=self.NUMBERS[3])
        pipeline = self.pipeline(world)

        with pytest.raises(ZeroDivisionError):
            await pipeline.handle(self.event(1))

        assert sorted(world.sent) == [it for it in self.NUMBERS if it != self.NUMBERS[3]]
        assert pipeline.in_flight == 0

    def pipeline(self, world: Busybody) -> Pipeline:
        several = flow(to_each=Each("order.watchers"), to=ways("{{ item }}"))
        ledger, gateway = cast("Ledger", world), cast("Gateway", world)
        ports = (admission(SetClock()), ledger, StandardPolicy(SetClock(), Rules), gateway)
        return Pipeline(lambda: FlowBook([several]), *ports, concurrency=self.CONCURRENCY)

    def event(self, number: int, watchers: Sequence[str] = NUMBERS) -> Event:
        return event({"number": number, "watchers": list(watchers)})


DEFECT = Defect("another", Reason.MISSING_VALUE, "to: order.phone is missing")
DEFERRED = Deferred(Reason.HELD, None)
PARKED = Parked(Reason.POISON, "five look-ups found nothing")


class TestSettlement:
    """How an event ends, from how its SMSes ended."""

    @pytest.mark.parametrize(
        ("outcomes", "defects", "outcome"),
        [
            ([], [], EventOutcome.IGNORED),
            ([SENT], [], EventOutcome.HANDLED),
            ([SENT, Duplicate(SENT)], [], EventOutcome.HANDLED),
            ([], [DEFECT], EventOutcome.PARKED),
            ([SENT], [DEFECT], EventOutcome.PARKED),
            ([PARKED], [], EventOutcome.PARKED),
            ([SENT, PARKED], [], EventOutcome.PARKED),
            ([DEFERRED], [], EventOutcome.DEFERRED),
            ([SENT, DEFERRED], [], EventOutcome.DEFERRED),
            ([PARKED, DEFERRED], [], EventOutcome.DEFERRED),
            ([DEFERRED], [DEFECT], EventOutcome.DEFERRED),
        ],
    )
    def test_the_outcome(
        self, outcomes: list[Outcome], defects: list[Defect], outcome: EventOutcome
    ) -> None:
        made = Made(tuple(an_sms(key=str(i)) for i in range(len(outcomes))), tuple(defects))
        settled = settlement(made, outcomes)

        assert settled.outcome is outcome
        assert [it for _, it in settled.results] == outcomes

    @pytest.mark.parametrize(
        ("outcomes", "defects", "outcome"),
        [
            ([], [], EventOutcome.HANDLED),
            ([SENT], [], EventOutcome.HANDLED),
            ([], [DEFECT], EventOutcome.PARKED),
            ([DEFERRED], [DEFECT], EventOutcome.DEFERRED),
        ],
    )
    def test_what_is_published_goes_out_however_the_event_ends(
        self, outcomes: list[Outcome], defects: list[Defect], outcome: EventOutcome
    ) -> None:
        smses = tuple(an_sms(key=str(i)) for i in range(len(outcomes)))
        published = (SMS_EVENT,)
        settled = settlement(Made(smses, tuple(defects), published), outcomes)

        assert (settled.outcome, settled.published) == (outcome, published)

    def test_the_defects_of_a_deferred_event_wait_for_its_return(self) -> None:
        assert settlement(Made((SMS,), (DEFECT,)), [DEFERRED]).defects == ()
        assert settlement(Made((SMS,), (DEFECT,)), [SENT]).defects == (DEFECT,)
