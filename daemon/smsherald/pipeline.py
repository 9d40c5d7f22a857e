"""The way of an event, on one screen.

    delivery ─▶ decode ─▶ flows ─▶ admission ─▶ claim ─▶ policy ─▶ Twilio ─▶ record ─▶ settlement

The consumer decodes before and settles after; everything between is here.
"""

from __future__ import annotations

from asyncio import Semaphore, gather
from collections.abc import Callable, Sequence
from typing import assert_never

from smsherald.flows import FlowBook, make
from smsherald.model import (
    Absent,
    Accepted,
    Answer,
    Busy,
    Deferred,
    Done,
    Duplicate,
    Event,
    EventOutcome,
    Fresh,
    Made,
    NotTaken,
    Outcome,
    Parked,
    Refused,
    Rejected,
    Response,
    Settlement,
    Skip,
    Sms,
    TakenOver,
    Unknown,
    Wait,
)
from smsherald.ports import Admission, Gateway, Ledger, Permit, Policy


class Pipeline:
    """Takes an event to its settlement; `concurrency` SMSes are in flight at once.

    `flows` gives the flow book of this moment: an event keeps the one that it began with.
    """

    def __init__(
        self,
        flows: Callable[[], FlowBook],
        admission: Admission,
        ledger: Ledger,
        policy: Policy,
        gateway: Gateway,
        *,
        concurrency: int,
    ) -> None:
        self._flows = flows
        self._admission = admission
        self._ledger = ledger
        self._policy = policy
        self._gateway = gateway
        self._slots = Semaphore(concurrency)
        self.in_flight = 0
        self.ended = 0
        """How many SMSes are in flight no more."""

    async def handle(self, event: Event) -> Settlement:
        """Make the event's SMSes, deliver them side by side, and say how the event ends."""
        made = make(event, self._flows())
        if len(made.smses) == 1:  # By far the most events: without a task of its own.
            return settlement(made, [await self.deliver(made.smses[0])])
        outcomes = await gather(*map(self.deliver, made.smses), return_exceptions=True)
        return settlement(made, [raised(outcome) for outcome in outcomes])

    async def deliver(self, sms: Sms) -> Outcome:
        """Take one SMS from admission to record."""
        async with self._slots:
            permit = await self._admission.ask(sms)
            if isinstance(permit, Wait):
                return Deferred(permit.reason, permit.seconds, tried=False)
            self.in_flight += 1
            try:
                return await self._deliver(sms, permit)
            finally:
                self.in_flight -= 1
                self.ended += 1
                permit.give_back()

    async def _deliver(self, sms: Sms, permit: Permit) -> Outcome:
        answer: Answer
        claim = await self._ledger.claim(sms)
        match claim:
            case Done(told=True):
                return Duplicate(claim.ended, claim.other)
            case Done():
                return claim.ended
            case Busy():
                return Deferred(claim.reason, claim.wait)
            case Refused():
                return Parked(claim.reason, claim.detail)
            case TakenOver():
                answer = await self._gateway.find(claim, permit)
            case Fresh():
                answer = said = self._policy(sms) or await self._gateway.send(claim, permit)
                if claim.resend is not None:
                    answer = await self._of_both(claim.resend, said, permit)
            case _:
                assert_never(claim)
        return await self._ledger.record(claim, answer)

    async def _of_both(self, first: TakenOver, second: Response | Skip, permit: Permit) -> Answer:
        """Say what became of an SMS that was sent again, from the answer to the second request.

        Only that it was taken says all. What is refused now may have gone out before: it is looked
        up. What was not taken now, or nobody knows, says nothing about the first request.
        """
        match second:
            case Accepted():
                return second
            case Skip() | Rejected():
                found = await self._gateway.find(first, permit)
                return second if isinstance(found, Absent) else found
            case NotTaken() | Unknown():
                return Unknown(second.failure)
            case _:
                assert_never(second)


def raised(outcome: Outcome | BaseException) -> Outcome:
    """Return an outcome, or raise what came instead, once all the others have come too."""
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def settlement(made: Made, outcomes: Sequence[Outcome]) -> Settlement:
    """Say how an event ends: deferred while one SMS is, else parked if anything is.

    What is deferred comes again whole, so its defects wait for that time.
    """
    results, published = tuple(zip(made.smses, outcomes, strict=True)), made.published
    if any(isinstance(outcome, Deferred) for outcome in outcomes):
        return Settlement(EventOutcome.DEFERRED, results, published=published)
    if made.defects or any(isinstance(outcome, Parked) for outcome in outcomes):
        return Settlement(EventOutcome.PARKED, results, made.defects, published=published)
    outcome = EventOutcome.HANDLED if results or published else EventOutcome.IGNORED
    return Settlement(outcome, results, published=published)
