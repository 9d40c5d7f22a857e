"""The play of the demo: daemon, broker, sandbox and a shop in one process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

from smsherald.app import Daemon, running
from smsherald.broker.choose import settling
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.broker.shop import publish_event
from smsherald.cli.demo.endings import Ending
from smsherald.cli.demo.samples import Sample, offered, run_id, samples_for
from smsherald.cli.demo.view import View
from smsherald.cli.demo.watcher import Watcher
from smsherald.errors import UnreachableError
from smsherald.observe.log import configure
from smsherald.sandbox import Sandbox
from smsherald.sandbox.publishing.progress import Fate, Progress
from smsherald.settings.load import Loaded, find_config, load, load_flows
from smsherald.settings.values import Settings
from smsherald.settle.port import PERSISTENT, Confirm, Message, Session

NAMES = "smsherald-demo"
"""Of its queue and exchanges: on a real broker it must not take a shop's events."""
SENDER = "+15005550006"
HTTP_PORT = 8789
"""Not the daemon's own: a service of this machine would find it taken. The sandbox counts up."""
SANDBOX_PORT = 8791
PATIENCE = 20.0
"""Seconds that one sample may take."""

Publish: TypeAlias = Callable[[str, bytes, Mapping[str, Any]], Awaitable[Fate | None]]
"""Says why no queue took the event; None where one did."""


async def play(config: Path | None, broker: str, folder: str, *, once: bool) -> bool:
    """Run the demo, until Ctrl-C unless `once`; return whether every sample ended as it should.

    `folder` holds the ledger. Raises UnreachableError where the broker is away.
    """
    view = View()
    watcher = Watcher(view)
    shop: asyncio.Future[Publish] = asyncio.get_running_loop().create_future()

    async def publish(routing_key: str, body: bytes, properties: Mapping[str, Any]) -> Progress:
        shop_publish = await shop
        # No part of an event's identity: the same key and body is still the same event.
        correlation_id = uuid4().hex
        progress = watcher.follow(correlation_id)
        tracked = {**properties, "correlation_id": correlation_id}
        if refused := await shop_publish(routing_key, body, tracked):
            progress.tell({"event": refused}, over=True)
        return progress

    environ = {**os.environ, **_settings(broker, folder)}
    path = find_config(config, environ)
    loaded = load(path, environ)
    samples = samples_for(load_flows(path, os.environ))
    async with Sandbox(
        port=SANDBOX_PORT,
        next_port=True,
        publish=publish,
        samples=offered(samples),
        published=[sample.body for sample in samples],
        delay=1.0,
    ) as sandbox:
        loaded = replace(loaded, settings=_harmless(loaded.settings, sandbox.url))
        configure(loaded.settings.log, sys.stderr)
        async with running(loaded.settings, loaded.flows, on_settled=watcher.settled) as daemon:
            _require(daemon)
            async with _shop(daemon, loaded, view) as shop_publish:
                shop.set_result(shop_publish)
                expected = await _samples(samples, shop_publish, watcher, view)
                view.addresses(daemon.address, sandbox.url)
                if not once:
                    view.invitation(sandbox.url, samples)
                    await _until_interrupted()
    return expected


def _harmless(settings: Settings, sandbox: str) -> Settings:
    """Have every account ask the sandbox, whatever the file says: it may hold real ones."""
    accounts = {
        name: replace(account, api_url=sandbox)
        for name, account in settings.twilio.accounts.items()
    }
    return replace(settings, twilio=replace(settings.twilio, accounts=accounts, proxy=None))


def _settings(broker: str, folder: str) -> dict[str, str]:
    """Return the settings of the demo, as environment variables: they win over the file."""
    return {
        "TWILIO_ACCOUNT_SID": "AC" + 32 * "0",
        "TWILIO_AUTH_TOKEN": "the sandbox takes any",
        "TWILIO_FROM": SENDER,
        "SMSHERALD__BROKER__URL": json.dumps(broker),
        "SMSHERALD__BROKER__EXCHANGE": f"{NAMES}-events",
        "SMSHERALD__BROKER__QUEUE": NAMES,
        "SMSHERALD__BROKER__DECLARE": "true",
        "SMSHERALD__NOTIFICATIONS__EXCHANGE": NAMES,
        # Nobody listens: what waits for a listener would never be settled.
        "SMSHERALD__NOTIFICATIONS__MANDATORY": "false",
        "SMSHERALD__LEDGER__URL": f"sqlite:///{folder}/ledger.db",
        "SMSHERALD__HTTP__LISTEN": f"127.0.0.1:{_free_port(HTTP_PORT)}",
        "SMSHERALD__LOG__LEVEL": "error",
    }


def _free_port(wanted: int) -> int:
    """Return the wanted port, or 0 (any) where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted


def _require(daemon: Daemon) -> None:

    if daemon.consuming.sessions.done():
        daemon.consuming.sessions.result()
    if problem := daemon.to.health.components["broker"]:
        raise UnreachableError(f"the broker: {problem}")


@asynccontextmanager
async def _shop(daemon: Daemon, loaded: Loaded, view: View) -> AsyncIterator[Publish]:
    """Give a way to publish events, as a shop would."""

    async def publish(routing_key: str, body: bytes, properties: Mapping[str, Any]) -> Fate | None:
        exchange = loaded.settings.broker.exchange
        word = await publish_event(session, Message(body, properties), exchange, routing_key)
        if word is Confirm.CONFIRMED:
            return None
        keys = ", ".join(sorted(daemon.parts.topology.keys))
        fate = (
            Fate("unroutable", f"no flow subscribes to it; there are {keys}")
            if word is Confirm.RETURNED
            else Fate("refused", "the queue is full")
        )
        view.refused(routing_key, fate)
        return fate

    session: Session
    if isinstance(daemon.consuming.broker, EmbeddedBroker):
        session = daemon.consuming.broker.publishing()
        yield publish
    else:
        async with settling(loaded.settings.broker, daemon.parts.topology) as session:
            yield publish


async def _samples(
    samples: Sequence[Sample], publish: Publish, watcher: Watcher, view: View
) -> bool:
    """Publish the samples one after the other; return whether each ended as it should."""
    run = run_id()
    rows = [(sample, await _sample(sample, run, publish, watcher)) for sample in samples]
    return view.summary(rows)


async def _sample(sample: Sample, run: str, publish: Publish, watcher: Watcher) -> Ending:
    """Publish one and say how it ended; flows of one's own may want none, or make it wait."""
    message_id = f"{sample.message_id}-{run}"
    settled = watcher.expect(message_id)
    properties = {
        "content_type": "application/json",
        **sample.properties,
        "message_id": message_id,
        "app_id": NAMES,
        "delivery_mode": PERSISTENT,
    }
    if await publish(sample.routing_key, sample.body, properties) is not None:
        return "unroutable"
    try:
        async with asyncio.timeout(PATIENCE):
            return await settled
    except TimeoutError:
        return "unsettled"


async def _until_interrupted() -> None:

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
