"""Takes one text through the pipeline, and says what becomes known of it when it becomes known.

Whoever hears nothing sends again. So the outcome is said as soon as it is recorded; telling the
shop comes after, waits for the broker for a bounded time, and is the daemon's where it fails.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import Any, Self, assert_never

import typer

from smsherald.app import assembled
from smsherald.app.live import Live
from smsherald.broker.choose import settling
from smsherald.cli.exits import INTERRUPTED
from smsherald.cli.operate.explanations.explanation import in_short
from smsherald.errors import Reason, UnreachableError
from smsherald.model import (
    Deferred,
    Delivery,
    Duplicate,
    EventOutcome,
    Failed,
    Outcome,
    Parked,
    Sent,
    Settlement,
    Skipped,
    Sms,
)
from smsherald.observe.event_line import of_sms
from smsherald.settings.load import Loaded
from smsherald.timeline.ended import of_ended_part
from smsherald.unit import ours

TOLD_WITHIN = 5.0
"""Seconds that the broker may take for what is about the text."""


async def send(loaded: Loaded, delivery: Delivery) -> bool:
    """Handle the delivery; return whether a text was sent.

    Ctrl-C first waits for Twilio's answer, whose time is bounded by `twilio.timeout`; a second one
    leaves it open and raises Exit. Raises UnreachableError where there is no broker.
    """
    handled: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
    live = Live(loaded.settings, loaded.flows)
    async with (
        assembled(loaded.settings, lambda: live, on_handled=handled.set_result) as parts,
        settling(loaded.settings.broker, parts.topology) as session,
    ):
        whole = asyncio.create_task(parts.settling.consumer.handle(session, delivery))
        try:
            with _Interrupts() as interrupts:
                return await _said(whole, handled, interrupts)
        finally:
            whole.cancel()
            await asyncio.wait([whole])


class _Interrupts:
    """Ctrl-C as something to wait for, while the context is entered."""

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.next = self._loop.create_future()
        self._loop.add_signal_handler(signal.SIGINT, self._hit)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.remove_signal_handler(signal.SIGINT)

    def _hit(self) -> None:
        hit, self.next = self.next, self._loop.create_future()
        hit.set_result(None)


async def _said(
    whole: asyncio.Task[Settlement | None],
    handled: asyncio.Future[Settlement],
    interrupts: _Interrupts,
) -> bool:
    """Say the outcome once it is recorded, then whether it is told."""
    if not await _first_of(whole, handled, interrupts=interrupts):
        typer.echo("waiting for Twilio's answer; Ctrl-C again leaves it open", err=True)
        if not await _first_of(whole, handled, interrupts=interrupts):
            typer.echo(f"left open: {_in_doubt()}", err=True)
            raise typer.Exit(INTERRUPTED)
    settlement = handled.result() if handled.done() else whole.result()
    if settlement is None:
        raise UnreachableError(f"the broker went away: {_in_doubt()}")
    sent = _outcomes(settlement)
    in_time = await _first_of(whole, interrupts=interrupts, within=TOLD_WITHIN)
    told = whole.result() if in_time else None
    if told is None:
        typer.echo(_untold(settlement), err=True)
        return sent
    _published(told)
    if told.outcome is EventOutcome.DEFERRED:
        typer.echo("the daemon will try it again")
    return sent


async def _first_of(
    *wanted: asyncio.Future[Any], interrupts: _Interrupts, within: float | None = None
) -> bool:
    """Wait until one of them is done; False where Ctrl-C or the end of the time came before."""
    done, _ = await asyncio.wait(
        {*wanted, interrupts.next}, timeout=within, return_when=asyncio.FIRST_COMPLETED
    )
    return not done.isdisjoint(wanted)


def _outcomes(settlement: Settlement) -> bool:
    """Print what became of each text, and return whether one was sent."""
    for sms, outcome in settlement.results:
        typer.echo(_sentence(outcome, sms))
    for defect in settlement.defects:
        typer.echo(f"parked: {defect.reason}: {defect.detail}")
    if settlement.why is not None:
        typer.echo(_sentence(settlement.why))
    return any(isinstance(outcome, Sent) for _, outcome in settlement.results)


def _published(settlement: Settlement) -> None:
    """Print what queues have taken of what flows publish in place of texts, and what none took."""
    for sms_event in settlement.published:
        if sms_event in settlement.returned:
            typer.echo(f"deferred: {Reason.UNROUTABLE}: no queue takes {sms_event.routing_key}")
        else:
            typer.echo(f"published: {sms_event.routing_key}, which another flow sends")


def _sentence(outcome: Outcome, sms: Sms | None = None) -> str:
    match outcome:
        case Sent():
            return f"sent: {outcome.sid}"
        case Failed():
            code = f" (Twilio's error {outcome.code})" if outcome.code else ""
            return f"failed: {outcome.reason}{code}"
        case Skipped():
            return f"skipped: {in_short(outcome.reason)}"
        case Deferred():
            cause = f"Twilio's error {outcome.code}" if outcome.code else outcome.failure
            return f"deferred: {outcome.reason}" + (f" ({cause})" if cause else "")
        case Parked():
            return f"parked: {outcome.reason}: {outcome.detail}"
        case Duplicate():
            return f"duplicate: {_before(outcome, sms)}"
        case _:
            assert_never(outcome)


def _before(outcome: Duplicate, sms: Sms | None) -> str:
    if sms is None or outcome.other is None:
        return f"{outcome.ended.word} before"
    return str(of_ended_part(of_sms(sms, outcome), outcome.ended.at, time.time()))


def _in_doubt() -> str:
    listing = ours(os.environ, "ledger", "list")
    return (
        "the text may be on its way, or go out later. Do not send it again before "
        f"`{listing}` says what became of it"
    )


def _untold(settlement: Settlement) -> str:
    """Say what follows where the broker has not confirmed what is about the text."""
    match settlement.outcome:
        case _ if settlement.published:
            return (
                f"the broker has not confirmed what is published in place of a text: {_in_doubt()}"
            )
        case EventOutcome.HANDLED | EventOutcome.IGNORED:
            word = " and ".join(outcome.word for _, outcome in settlement.results)
            return f"{word}, not told yet: the broker does not answer; the daemon tells it"
        case EventOutcome.DEFERRED:
            return f"the broker has not confirmed that it is tried again: {_in_doubt()}"
        case EventOutcome.PARKED:
            return "the broker has not confirmed that it keeps what is parked"
        case _:
            assert_never(settlement.outcome)
