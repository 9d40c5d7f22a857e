"""Puts the parts together, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from smsherald.app.admission import Admitting, admission_part, intake_part
from smsherald.app.broker import Consuming, broker_part
from smsherald.app.ledger import ledger_part
from smsherald.app.live import Live
from smsherald.app.observed import Observed, observed
from smsherald.app.outbox import outbox_part
from smsherald.app.settle import OnHandled, Settling, settle_part
from smsherald.app.tasks import tasks_part
from smsherald.app.topology import topology
from smsherald.app.twilio import twilio_part
from smsherald.app.waiting import waiting_part
from smsherald.app.web import web_part
from smsherald.broker.topology import Topology
from smsherald.flows import FlowBook
from smsherald.ledger import Opener, SqlLedger
from smsherald.observe.log import set_level
from smsherald.observe.settle_observer import OnSettled
from smsherald.settings.reload import waiting
from smsherald.settings.values import Settings
from smsherald.twilio import TwilioGateway
from smsherald.upkeep import Upkeep


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes one delivery to its end, without a broker that brings it."""

    ledger: SqlLedger
    admitting: Admitting
    gateway: TwilioGateway
    settling: Settling
    topology: Topology


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that runs."""

    parts: Parts
    to: Observed
    consuming: Consuming
    address: str
    """Where `/metrics` and the other pages are."""
    take: Callable[[Settings, FlowBook], tuple[str, ...]]
    """Lets another configuration hold, for events to come; names the settings that wait for a
    restart."""
    upkeep: Upkeep

    @property
    def state(self) -> str:
        """What it does, or what keeps it from that, in one line."""
        problems = self.to.health.problems or self.parts.admitting.sentences.notes()
        return "; ".join(problems) or "handling events"


@asynccontextmanager
async def assembled(
    settings: Settings,
    live: Callable[[], Live],
    to: Observed | None = None,
    on_settled: OnSettled | None = None,
    on_handled: OnHandled | None = None,
    *,
    opener: Opener | None = None,
) -> AsyncIterator[Parts]:
    """Put the parts together, and take them apart in the opposite order.

    `on_settled` hears of every settled delivery, beside log and metrics; `on_handled` of every
    event before that, once it is recorded how it ended; `opener` opens the ledger's database in
    place of what its URL names. Waits for a ledger that is away. Raises LedgerError where the
    ledger can never be used.
    """
    to = to or observed(live())
    async with AsyncExitStack() as teardowns:
        ledger = await teardowns.enter_async_context(ledger_part(settings, to, opener))
        admitting = await admission_part(settings, live, to, ledger)
        gateway = await teardowns.enter_async_context(twilio_part(settings, to, ledger, admitting))
        settling = settle_part(
            settings,
            live,
            to,
            ledger,
            gateway,
            admission=admitting.admission,
            on_settled=on_settled,
            on_handled=on_handled,
        )
        yield Parts(ledger, admitting, gateway, settling, topology(live()))


@asynccontextmanager
async def running(
    settings: Settings,
    flows: FlowBook,
    on_settled: OnSettled | None = None,
    *,
    to: Observed | None = None,
    opener: Opener | None = None,
) -> AsyncIterator[Daemon]:
    """Run while inside.

    `to` is what all parts report to, for who wants to see how the start fares; `opener` is as
    `assembled` has it. Raises LedgerError, and OSError where `http.listen` is taken.
    """
    holds = Live(settings, flows)
    to = to or observed(holds)

    def live() -> Live:
        """Return what holds now: a reload replaces it, here and nowhere else."""
        return holds

    def take(settings: Settings, flows: FlowBook) -> tuple[str, ...]:
        """Replace it, within one turn of the loop."""
        nonlocal holds
        differ, following = waiting(holds.settings, settings), holds.after(settings, flows)
        # First what could fail. Keys come last: one that is bound brings events.
        parts.gateway.take(following.settings.twilio)
        to.metrics.flows(following.flows.ids)
        set_level(following.settings.log.level)
        holds = following
        consuming.broker.rebind()
        return differ

    async with AsyncExitStack() as teardowns:
        enter = teardowns.enter_async_context
        # First: what follows may have to wait, and somebody may ask why.
        address = await enter(web_part(settings, live, to))
        parts = await enter(assembled(settings, live, to, on_settled, opener=opener))
        settling, pauses = parts.settling, parts.admitting.pauses
        consuming = await enter(
            broker_part(
                settings,
                to,
                lambda: topology(live()),
                parts.ledger,
                settling.consumer,
                intake=partial(
                    intake_part,
                    live=live,
                    to=to,
                    ledger=parts.ledger,
                    pauses=pauses,
                    consumer=settling.consumer,
                ),
            )
        )
        await enter(waiting_part(settings, to, consuming, settling, pauses))
        herald = settling.herald(lambda: consuming.broker.session)
        await enter(outbox_part(settings, to, parts.ledger, herald))
        upkeep = await enter(
            tasks_part(
                settings, live, to, parts.ledger, parts.gateway, look_ups=pauses, herald=herald
            )
        )
        yield Daemon(parts, to, consuming, address, take, upkeep)
