"""The part `settle`: the pipeline, and what becomes of the deliveries that it handles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from smsherald.app.live import Live
from smsherald.app.observed import Observed
from smsherald.app.topology import topology
from smsherald.broker.topology import Topology
from smsherald.ledger import SqlLedger
from smsherald.model import Delivery, Event, Settlement
from smsherald.observe.settle_observer import OnSettled, SettleObserver
from smsherald.pipeline import Pipeline
from smsherald.policy import Admission, StandardPolicy
from smsherald.settings.values import Settings
from smsherald.settle.consumer import Consumer
from smsherald.settle.copies import ParkedCopy, RetryCopy
from smsherald.settle.elsewhere import Elsewhere
from smsherald.settle.herald import Herald
from smsherald.settle.notifications import Notifications
from smsherald.settle.other_ledger import OtherLedger
from smsherald.settle.port import Session
from smsherald.settle.publications import Publications
from smsherald.settle.publisher import Publisher
from smsherald.twilio import TwilioGateway

OnHandled: TypeAlias = Callable[[Settlement], None]


@dataclass(frozen=True, slots=True)
class Settling:
    """What takes a delivery to its end; `herald` tells by the session that it is handed."""

    pipeline: Pipeline
    consumer: Consumer
    herald: Callable[[Callable[[], Session | None]], Herald]


def settle_part(
    settings: Settings,
    live: Callable[[], Live],
    to: Observed,
    ledger: SqlLedger,
    gateway: TwilioGateway,
    *,
    admission: Admission,
    on_settled: OnSettled | None,
    on_handled: OnHandled | None = None,
) -> Settling:
    """Return what handles and settles.

    `on_handled` hears how an event ended once that is recorded, and before anybody is told;
    `on_settled` of every settled delivery.
    """
    pipeline = Pipeline(
        lambda: live().flows,
        admission,
        ledger,
        StandardPolicy(to.clock, lambda: live().rules),
        gateway,
        concurrency=settings.broker.concurrency,
    )
    to.metrics.in_flight(lambda: pipeline.in_flight)
    to.status.in_flight = lambda: pipeline.in_flight
    notifying = settings.notifications
    notifications = Notifications(settings.broker.queue, notifying.type_prefix)
    observer = SettleObserver(
        to.health, to.metrics, to.recent, to.clock, on_settled, delays=settings.retry.tiers
    )
    publisher = Publisher(
        notifying.exchange,
        settings.broker.exchange,
        partial(_queue_of, topology(live())),
        mandatory=notifying.mandatory,
        observer=observer,
    )
    consumer = Consumer(
        decode=partial(_decode, live, to),
        handle=pipeline.handle if on_handled is None else _saying(pipeline.handle, on_handled),
        elsewhere=Elsewhere(ledger, settings.broker.queue, lambda: live().flows),
        other_ledger=OtherLedger(ledger, to.clock),
        memory=ledger,
        list_parked=partial(ledger.park, settings.broker.queue),
        publications=Publications(
            notifications, settings.retry.tiers, ledger.id, settings.broker.queue
        ),
        publisher=publisher,
        observer=observer,
        clock=to.clock,
        concurrency=settings.broker.concurrency,
        attempts=settings.retry.attempts,
    )
    herald = partial(Herald, notifications, publisher, observer)
    return Settling(pipeline, consumer, herald)


def _saying(
    handle: Callable[[Event], Awaitable[Settlement]], on_handled: OnHandled
) -> Callable[[Event], Awaitable[Settlement]]:
    async def handled(event: Event) -> Settlement:
        settlement = await handle(event)
        on_handled(settlement)
        return settlement

    return handled


def _queue_of(names: Topology, copy: RetryCopy | ParkedCopy) -> str:
    return names.retry(copy.tier) if isinstance(copy, RetryCopy) else names.parked


def _decode(live: Callable[[], Live], to: Observed, delivery: Delivery) -> Event:
    return live().settings.reading.of(delivery, to.clock.now())
