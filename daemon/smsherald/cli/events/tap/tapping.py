"""Listens on a queue of its own, and writes what comes as fast as it is read."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any

from smsherald.broker.choose import Listening, listening
from smsherald.broker.topology import Topology
from smsherald.cli.events.tap.lines import Write
from smsherald.errors import UnreachableError
from smsherald.events.recorded import line_of
from smsherald.model import Delivery
from smsherald.settings.values import BrokerSettings
from smsherald.settle.port import Session

_GLANCE = 0.5
"""Seconds between two looks at whether the session still stands."""


@dataclass(frozen=True, slots=True)
class Enough:
    """When it ends by itself."""

    count: int | None
    seconds: float | None

    @property
    def is_said(self) -> bool:
        """Whether it ends by itself at all."""
        return self.count is not None or self.seconds is not None


@dataclass(slots=True)
class Tapped:
    """How it went."""

    count: int = 0
    """Events that are written."""
    dropped: bool = False
    """Some are missing: more waited than the queue holds."""
    interrupted: bool = False
    """By a signal."""
    closed: bool = False
    """Who reads the lines has enough of them."""


async def tap(
    settings: BrokerSettings,
    topology: Topology,
    write: Write,
    enough: Enough,
    listens: Callable[[], object],
) -> Tapped:
    """Write copies of events until there are enough, or a signal comes.

    `listens` is called once nothing more is missed.
    Raises UnreachableError where no broker is there, or it goes away; TopologyError where there is
    no exchange to listen to.
    """
    tapped, stop = Tapped(), asyncio.Event()
    _on_signals(tapped, stop)
    came: asyncio.Queue[tuple[Session, Delivery, float]] = asyncio.Queue()

    def on_delivery(session: Session, delivery: Delivery) -> None:
        came.put_nowait((session, delivery, time.time()))

    async with listening(settings, topology, on_delivery, counted=True) as heard:
        listens()
        writing = asyncio.create_task(_write(came, write, enough.count, tapped))
        told = asyncio.create_task(_until_told(stop, heard))
        tasks = {writing, told}
        try:
            await asyncio.wait(tasks, timeout=enough.seconds, return_when=asyncio.FIRST_COMPLETED)
            tapped.dropped = heard.alive and await heard.has_dropped()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in (writing, told):
            if not task.cancelled():
                task.result()
    return tapped


def _on_signals(tapped: Tapped, stop: asyncio.Event) -> None:
    def end() -> None:
        tapped.interrupted = True
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)


async def _write(
    came: asyncio.Queue[tuple[Session, Delivery, float]],
    write: Write,
    most: int | None,
    tapped: Tapped,
) -> None:
    """Write all that has come at once, then say that it is taken: no more waits here than that."""
    while most is None or tapped.count < most:
        some = [await came.get()]
        while not came.empty():
            some.append(came.get_nowait())
        wanted = some if most is None else some[: most - tapped.count]
        lines = [line_of(delivery, at) for _, delivery, at in wanted]
        try:
            await _aside(write, lines)
        except BrokenPipeError:
            tapped.closed = True
            return
        tapped.count += len(wanted)
        for session, delivery, _ in some:
            if session.alive:
                session.ack(delivery.tag)


async def _aside(write: Write, lines: Sequence[dict[str, Any]]) -> None:
    """Write on a thread that nobody waits for at the end: who reads the lines may never go on."""
    loop = asyncio.get_running_loop()
    written: asyncio.Future[None] = loop.create_future()

    def ended(error: Exception | None) -> None:
        if written.cancelled():
            return
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)

    def run() -> None:
        error: Exception | None = None
        try:
            write(lines)
        except Exception as caught:  # noqa: BLE001 - raised where it is waited for
            error = caught
        with suppress(RuntimeError):  # The loop is closed: nobody waits.
            loop.call_soon_threadsafe(ended, error)

    Thread(target=run, name="tap", daemon=True).start()
    await written


async def _until_told(stop: asyncio.Event, heard: Listening) -> None:
    """Wait for a signal. Raises UnreachableError where the broker ends it before."""
    while heard.alive:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GLANCE):
                await stop.wait()
                return
    raise UnreachableError("the broker went away: start it again to go on")
