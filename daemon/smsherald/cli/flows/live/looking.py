"""Asks the ledger, the broker, its publishers and Twilio; what they say is compared elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from smsherald.app.live import Live
from smsherald.app.topology import topology as topology_of
from smsherald.broker.choose import governed, is_embedded, listening, standing
from smsherald.broker.topology import Topology
from smsherald.cli.flows.live.broker import of_broker
from smsherald.cli.flows.live.consumers import of_consumers
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.flows.live.ledger import of_ledger
from smsherald.cli.flows.live.publishers import Heard
from smsherald.cli.flows.live.twilio import is_away, of_account
from smsherald.cli.operate.asking import address_of, ask
from smsherald.cli.operate.whose import configured
from smsherald.errors import RefusedError, TopologyError, UnreachableError
from smsherald.model import Delivery
from smsherald.settings.load import Loaded
from smsherald.settings.values import PolicySettings, Settings
from smsherald.settle.port import Session
from smsherald.twilio.inspection import inspect

ENOUGH = 1000
"""Events after which nobody listens on."""


@dataclass(frozen=True, slots=True)
class Found:
    """All findings by what they are about, and whether all could be asked."""

    areas: Mapping[str, list[Finding]]
    away: bool
    """The ledger, the broker, or Twilio, did not answer."""


async def look(loaded: Loaded, seconds: float, progress: Callable[[str], object]) -> Found:
    """Look at everything, Twilio while others listen; `progress` hears what takes long."""
    twilio = asyncio.create_task(_twilio(loaded.settings))
    try:
        ledger = await asyncio.to_thread(of_ledger, loaded.settings.ledger)
        broker, publishers, no_broker = await _broker(loaded, ledger.daemons, seconds, progress)
        accounts, no_twilio = await twilio
    finally:
        twilio.cancel()
    areas = {
        "Ledger": [ledger.finding],
        "Broker": broker,
        "Publishers": publishers,
        "Twilio": accounts,
    }
    return Found(areas, ledger.is_away or no_broker or no_twilio)


async def _broker(
    loaded: Loaded, daemons: int | None, seconds: float, progress: Callable[[str], object]
) -> tuple[list[Finding], list[Finding], bool]:
    settings = loaded.settings.broker
    if is_embedded(settings):
        inside = "broker.url is memory://, which lives inside the daemon"
        unseen = Finding(Mark.UNSEEN, "publishers", inside)
        return [Finding(Mark.OK, "broker", inside)], [unseen], False
    topology = topology_of(Live(loaded.settings, loaded.flows))
    try:
        stands = await standing(settings, topology)
    except RefusedError as error:
        what = f"it answers, and refuses us: {error.what}"
        refused = Finding(Mark.ERROR, "broker", what, error.todo)
        unseen = Finding(Mark.UNSEEN, "publishers", "the broker does not let us in")
        return [refused], [unseen], False
    except UnreachableError as error:
        away = Finding(Mark.ERROR, "broker", f"no answer: {error.what}", error.todo)
        return [away], [Finding(Mark.UNSEEN, "publishers", "there is no broker")], True
    managed = await governed(settings, topology)
    found = list(of_broker(stands, managed, topology))
    if daemons is not None:
        found += of_consumers(stands, topology.queue, daemons)
    return found, await _publishers(loaded, topology, seconds, progress), False


async def _publishers(
    loaded: Loaded, topology: Topology, seconds: float, progress: Callable[[str], object]
) -> list[Finding]:
    """Ask the daemon what it has read of late; where none runs, or nothing came, listen."""
    heard, enough = Heard(loaded.settings.reading.of, loaded.flows), asyncio.Event()
    heard.told(await asyncio.to_thread(_of_daemon, loaded.settings))
    if heard.count:
        return list(heard.findings(seconds))

    def on_delivery(session: Session, delivery: Delivery) -> None:
        session.ack(delivery.tag)
        if not enough.is_set():
            heard.take(delivery, time.time())
        if heard.count >= ENOUGH:
            enough.set()

    try:
        async with listening(loaded.settings.broker, topology, on_delivery):
            progress(f"Listening to events for {seconds:g} s ...")
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await enough.wait()
    except (TopologyError, UnreachableError) as error:
        return [Finding(Mark.UNSEEN, "publishers", f"the broker does not let us listen: {error}")]
    return list(heard.findings(seconds))


def _of_daemon(settings: Settings) -> Mapping[str, Mapping[str, int]]:
    http, whose = settings.http, configured(settings.broker.queue, settings.ledger.url)
    if http.port == 0:
        return {}
    said = ask(address_of(http), "/status.json", http.token, has="identities", whose=whose).said
    return {} if said is None else said["identities"]


async def _twilio(settings: Settings) -> tuple[list[Finding], bool]:
    accounts = await inspect(settings.twilio, _countries(settings.policy, settings.default_region))
    findings = [finding for account in accounts for finding in of_account(account)]
    return findings, any(map(is_away, accounts))


def _countries(policy: PolicySettings, region: str) -> set[str]:
    """Return those that are texted, as far as the settings say so."""
    allowed = {rule for rule in policy.allow if not rule.startswith("+")}
    return (allowed or {region}) - set(policy.deny)
