"""The play of the demo: daemon, broker, sandbox and a shop in one process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from smsherald.app import Daemon, running
from smsherald.broker.choose import settling
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.broker.shop import publish_event
from smsherald.cli.demo.samples import SAMPLES, run_id
from smsherald.cli.demo.view import View
from smsherald.errors import UnreachableError
from smsherald.model import Delivery, Event, Settlement
from smsherald.observe.log import configure
from smsherald.sandbox import Sandbox
from smsherald.settings.load import Loaded, find_config, load
from smsherald.settle.port import PERSISTENT, Confirm, Message, Session

NAMES = "smsherald-demo"
"""Of its queue and exchanges: on a real broker it must not take a shop's events."""
SENDER = "+15005550006"
HTTP_PORT = 8790
SANDBOX_PORT = 8791
PATIENCE = 20.0
"""Seconds that one sample may take."""

Publish: TypeAlias = Callable[[str, bytes, Mapping[str, Any]], Awaitable[None]]


async def play(config: Path | None, broker: str, folder: str, *, once: bool) -> bool:
    """Run the demo, until Ctrl-C unless `once`; return whether every sample ended as it should.

    `folder` holds the ledger. Raises UnreachableError where the broker is away.
    """
    view = View()
    shop: asyncio.Future[Publish] = asyncio.get_running_loop().create_future()

    async def publish(routing_key: str, body: bytes, properties: Mapping[str, Any]) -> None:
        await (await shop)(routing_key, body, properties)

    async with Sandbox(port=SANDBOX_PORT, next_port=True, publish=publish, delay=1.0) as sandbox:
        environ = {**os.environ, **_settings(broker, sandbox.url, folder)}
        loaded = load(find_config(config, environ), environ)
        configure(loaded.settings.log, sys.stderr)
        watcher = _Watcher(view)
        async with running(
            loaded.settings, loaded.flows, on_change=lambda _: None, on_settled=watcher.settled
        ) as daemon:
            _require(daemon)
            async with _shop(daemon, loaded, view) as shop_publish:
                shop.set_result(shop_publish)
                expected = await _samples(shop_publish, watcher, view)
                view.addresses(daemon.address, sandbox.url)
                if not once:
                    view.invitation(sandbox.url)
                    await _until_interrupted()
    return expected


def _settings(broker: str, sandbox: str, folder: str) -> dict[str, str]:
    """Return the settings of the demo, as environment variables: they win over the file."""
    return {
        "TWILIO_ACCOUNT_SID": "AC" + 32 * "0",
        "TWILIO_AUTH_TOKEN": "the sandbox takes any",
        "TWILIO_FROM": SENDER,
        "SMSHERALD__BROKER__URL": json.dumps(broker),
        "SMSHERALD__BROKER__EXCHANGE": f"{NAMES}-events",
        "SMSHERALD__BROKER__QUEUE": NAMES,
        "SMSHERALD__NOTIFICATIONS__EXCHANGE": NAMES,
        "SMSHERALD__LEDGER__URL": f"sqlite:///{folder}/ledger.db",
        "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__API_URL": sandbox,
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
    if problem := daemon.health.components["broker"]:
        raise UnreachableError(f"the broker: {problem}")


@asynccontextmanager
async def _shop(daemon: Daemon, loaded: Loaded, view: View) -> AsyncIterator[Publish]:
    """Give a way to publish events, as a shop would."""

    async def publish(routing_key: str, body: bytes, properties: Mapping[str, Any]) -> None:
        exchange = loaded.settings.broker.exchange
        message = Message(body, properties)
        if await publish_event(session, message, exchange, routing_key) is Confirm.RETURNED:
            view.unroutable(routing_key, sorted(daemon.parts.topology.keys))

    session: Session
    if isinstance(daemon.consuming.broker, EmbeddedBroker):
        session = daemon.consuming.broker.publishing()
        yield publish
    else:
        async with settling(loaded.settings.broker, daemon.parts.topology) as session:
            yield publish


class _Watcher:
    """Hears of every settled delivery, and wakes who waits for one by its message id."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._waiting: dict[object, asyncio.Future[Settlement]] = {}

    def expect(self, message_id: str) -> asyncio.Future[Settlement]:
        """Return what the next delivery with this message id will end as."""
        future: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        return future

    def settled(self, delivery: Delivery, event: Event | None, settlement: Settlement) -> None:
        """Show a settled delivery."""
        self._view.settled(event.routing_key if event else delivery.routing_key, settlement)
        waiting = self._waiting.pop(delivery.properties.get("message_id"), None)
        if waiting is not None:
            waiting.set_result(settlement)


async def _samples(publish: Publish, watcher: _Watcher, view: View) -> bool:
    """Publish the samples one after the other; return whether each ended as it should."""
    run = run_id()
    rows = []
    for sample in SAMPLES:
        message_id = f"{sample.message_id}-{run}"
        settled = watcher.expect(message_id)
        await publish(
            sample.routing_key,
            sample.body,
            {
                "content_type": "application/json",
                "message_id": message_id,
                "app_id": NAMES,
                "delivery_mode": PERSISTENT,
            },
        )
        settlement = await asyncio.wait_for(settled, PATIENCE)
        rows.append((sample, settlement))
    return view.summary(rows)


async def _until_interrupted() -> None:

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
