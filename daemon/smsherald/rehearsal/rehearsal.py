"""Takes recorded events the daemon's way: its decoding, flows, claims and policy, and no other."""

from __future__ import annotations

from collections.abc import Iterator

from smsherald.errors import Reason, UnusableError
from smsherald.model import (
    Asked,
    Defect,
    Deferred,
    Delivery,
    Duplicate,
    Event,
    EventOutcome,
    Failed,
    Outcome,
    Parked,
    Settlement,
    Skipped,
    Sms,
    SmsEvent,
)
from smsherald.pipeline import Pipeline
from smsherald.policy import StandardPolicy
from smsherald.rehearsal.memory import MemoryLedger
from smsherald.rehearsal.values import Fate, Script, Seen, as_read
from smsherald.rehearsal.world import Open, SetClock, TakesAll
from smsherald.settle.elsewhere import Elsewhere, Whose
from smsherald.settle.notifications import Notifications
from smsherald.settle.publications import Publications
from smsherald.sms import measure

_AT_ONCE = 1000
"""More than an event has SMSes: none waits for another."""


class Rehearsal:
    """One configuration, and what it remembers of the events so far; they come in their order.

    It runs within a loop, and never waits.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self._clock = SetClock()
        self._ledger = MemoryLedger(self._clock, script.retention)
        self._pipeline = Pipeline(
            lambda: script.flows,
            Open(),
            self._ledger,
            StandardPolicy(self._clock, lambda: script.rules),
            TakesAll(),
            concurrency=_AT_ONCE,
        )
        self._elsewhere = Elsewhere(_NobodyElse(), script.queue, lambda: script.flows)
        notifications = Notifications(script.queue, "")
        self._publications = Publications(notifications, (), "", script.queue)

    @property
    def remembered(self) -> int:
        """How many SMSes it remembers."""
        return len(self._ledger)

    async def see(self, delivery: Delivery, read: Event | UnusableError, at: float) -> list[Seen]:
        """Say what becomes of an event, and of what flows publish for it, one after the other.

        `read` is what the configuration reads of the delivery, `at` when the daemon saw it, in
        seconds since the epoch.
        """
        self._clock.at = at
        seen = []
        waiting = [(delivery, read, False)]
        for delivered, event, published in waiting:
            one, following = await self._one(delivered, event, published=published)
            seen.append(one)
            waiting += following
        return seen

    async def _one(
        self, delivery: Delivery, read: Event | UnusableError, *, published: bool
    ) -> tuple[Seen, list[tuple[Delivery, Event | UnusableError, bool]]]:
        if isinstance(read, UnusableError):
            fate = _lost(Defect(None, read.reason, read.detail))
            key = delivery.routing_key
            outcome = EventOutcome.PARKED
            return Seen(None, key, outcome, subscribed=False, fates=[fate], published=published), []
        event, settlement = await self._settled(read)
        subscribed = settlement.outcome is not EventOutcome.IGNORED or (
            self.script.flows.subscribes(event)
        )
        taken, untaken = self._published(settlement) if settlement.published else ([], [])
        fates = [*_fates(settlement), *map(_untaken, untaken)]
        seen = Seen(event, event.routing_key, settlement.outcome, subscribed, fates, published)
        return seen, taken

    async def _settled(self, event: Event) -> tuple[Event, Settlement]:
        """Do as the consumer does; a defect of ours is parked without being tried again."""
        try:
            settlement = await self._pipeline.handle(event)
            if (
                settlement.outcome is EventOutcome.IGNORED
                and await self._elsewhere.whose(event) is Whose.UNNAMED
            ):
                event = self._elsewhere.as_brought(event)
                settlement = await self._pipeline.handle(event)
        except UnusableError as error:
            return event, _parked(error.reason, error.detail)
        except Exception as error:  # noqa: BLE001 - as the daemon, which must not lose the event
            return event, _parked(Reason.POISON, type(error).__name__)
        return event, settlement

    def _published(
        self, settlement: Settlement
    ) -> tuple[list[tuple[Delivery, Event | UnusableError, bool]], list[SmsEvent]]:
        """Return what comes back to us of what flows publish, and what does not."""
        book, reading = self.script.flows, self.script.reading
        taken, untaken = [], []
        for it in self._publications.of_sms_events(settlement):
            delivery = Delivery(
                body=it.message.body,
                properties={"headers": {}, **it.message.properties},
                exchange=book.exchange,
                routing_key=it.sms_event.routing_key,
                redelivered=False,
                tag=0,
            )
            read = as_read(reading, delivery, self._clock.at)
            if isinstance(read, Event) and not book.subscribes(read):
                untaken.append(it.sms_event)
            else:
                taken.append((delivery, read, True))
        return taken, untaken


class _NobodyElse:
    """Implements `Wanted`: no other daemon is on the queue, and none was."""

    async def recent_keys(self, queue: str, seconds: float) -> frozenset[tuple[str, str]]:  # noqa: ARG002 (The port's signature.)
        return frozenset()

    async def wanted_keys(self, queue: str) -> dict[tuple[str, str], float]:  # noqa: ARG002 (The same.)
        return {}


def _parked(reason: Reason, detail: str) -> Settlement:
    return Settlement(EventOutcome.PARKED, defects=(Defect(None, reason, detail),))


def _fates(settlement: Settlement) -> Iterator[Fate]:
    for sms, outcome in settlement.results:
        yield _fate(sms, outcome)
    yield from map(_lost, settlement.defects)


def _fate(sms: Sms, outcome: Outcome) -> Fate:
    return Fate(
        sms.flow,
        outcome.word,
        _reason(outcome),
        outcome.detail if isinstance(outcome, Parked) else None,
        sms.asked,
        sms.media,
        sms.key,
        sms.reference,
    )


def _reason(outcome: Outcome) -> str | None:
    """Return why it was not sent; of a duplicate, why not the first time."""
    match outcome:
        case Duplicate(ended=Failed() | Skipped() as ended):
            return ended.reason
        case Failed() | Skipped() | Parked() | Deferred():
            return outcome.reason
        case _:
            return None


def _lost(defect: Defect) -> Fate:
    return Fate(defect.flow, Parked.word, defect.reason, defect.detail, reference=defect.reference)


def _untaken(it: SmsEvent) -> Fate:
    said = it.body["sms"]
    text = said["message"]
    asked = Asked("", "", said.get("from", ""), it.to, text, measure(text))
    return Fate(it.flow, it.word, None, it.routing_key, asked, key=it.key, reference=it.reference)
