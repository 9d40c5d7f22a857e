"""A daemon in a test's own event loop: all of it is real but RabbitMQ, Twilio and the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import ClientSession

from smsherald.app import Daemon, observed, running
from smsherald.app.live import Live
from smsherald.broker.embedded import EmbeddedBroker
from smsherald.model import Delivery, Event, ParkedEntry, Settlement
from smsherald.sandbox import Message as Text
from smsherald.sandbox import Sandbox
from smsherald.settings.shapes import duration
from smsherald.settle.intake import Mode
from smsherald.settle.parked import entry_of
from smsherald.settle.port import Message
from smsherald.testing.clock import SetClock, Timers
from smsherald.testing.events import an_event_with, recorded_in
from smsherald.testing.ledger import by_clock
from smsherald.testing.stand_ins import harmless
from smsherald.testing.story import Handled, Story
from smsherald.testing.told import Notification
from smsherald.testing.twilio import Twilio

PATIENCE: Final = 20.0
"""Seconds that the daemon may take to come to rest: twice what one request may."""
_LOOKS_EVERY = 0.02
_STOPS_WITHIN = 2.0


class UnexpectedError(AssertionError):
    """It came otherwise than a test said; it tells what became of each event."""


class Herald:
    """A daemon with an embedded broker, a sandbox and a new ledger, up inside `async with`.

    config: the settings; their flows are beside them, as ever.
    environ: all of the environment that they see: `{"SMSHERALD__RETRY__ATTEMPTS": "3"}`.
    clock: the time of daemon, ledger, retry queues and sandbox; without, it stands at now.
    folder: where the ledger is; without, one that goes with the test.

    Entering raises ConfigurationError.
    """

    def __init__(
        self,
        config: Path,
        *,
        environ: Mapping[str, str] | None = None,
        clock: SetClock | None = None,
        folder: Path | None = None,
    ) -> None:
        self._config = config
        self._environ = dict(environ or {})
        self._folder = folder
        self.clock = clock or SetClock(time.time())
        self.twilio = Twilio(Sandbox(clock=self.clock.now))
        """What Twilio has taken, and what goes wrong with it."""
        self.notifications: list[Notification] = []
        """What was told of events, the oldest first."""
        self._timers = Timers(self.clock)
        self._story = Story()
        self._changed = asyncio.Event()
        self._teardown = AsyncExitStack()
        self._running: tuple[Daemon, EmbeddedBroker] | None = None

    # --- it runs ----------------------------------------------------------------------------

    async def start(self) -> Self:
        """Start it, unless it runs; whatever is awaited of it does so, too."""
        if self._running is None:
            async with AsyncExitStack() as stack:
                self._running = await self._started(stack)
                self._teardown = stack.pop_all()
        return self

    async def _started(self, stack: AsyncExitStack) -> tuple[Daemon, EmbeddedBroker]:
        _require_asyncio()
        folder = self._folder
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="smsherald-")))
        sandbox = await stack.enter_async_context(self.twilio.sandbox)
        loaded = harmless(self._config, self._environ, folder, sandbox.url)
        daemon = await stack.enter_async_context(
            running(
                loaded.settings,
                loaded.flows,
                self._settled,
                to=observed(Live(loaded.settings, loaded.flows), self.clock),
                opener=by_clock(self.clock.now),
            )
        )
        broker = daemon.consuming.broker
        assert isinstance(broker, EmbeddedBroker)  # noqa: S101 - the settings say so
        broker.wait_by(self._timers.later)
        broker.listen(loaded.settings.notifications.exchange, "#", self._told)
        return daemon, broker

    async def stop(self) -> None:
        """Stop it; what is in flight may end before."""
        if self._running is None:
            return
        daemon, _ = self._running
        try:
            daemon.consuming.intake.stop()
            await daemon.parts.settling.consumer.drain(_STOPS_WITHIN)
        finally:
            await self._teardown.aclose()
            self._running = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if isinstance(error, Exception) and not isinstance(error, UnexpectedError):
                error.add_note(await self._story.told(self.why))
        finally:
            await self.stop()

    def _settled(self, delivery: Delivery, event: Event | None, settlement: Settlement) -> None:
        self._story.handled.append(Handled.of(delivery, event, settlement))
        self._changed.set()

    def _told(self, routing_key: str, message: Message) -> None:
        self.notifications.append(Notification.of(routing_key, message))

    # --- what a test does -------------------------------------------------------------------

    async def publish(
        self,
        routing_key: str,
        body: object = None,
        *,
        headers: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        exchange: str | None = None,
    ) -> None:
        """Publish an event as a shop does, and wait until the daemon is at rest.

        Bytes are published as they are, anything else as JSON. `properties` are AMQP's by their
        names, without any but a content type unless said; so the same body again is the same event.
        Without `exchange` it is `broker.exchange`.
        """
        event = an_event_with(body, headers or {}, properties or {})
        await self._publish(routing_key, event, exchange)

    async def replay(self, file: Path) -> None:
        """Publish what `smsherald tap` has written, an event after the other.

        Raises ValueError, with the line, where it has written no such thing.
        """
        for event in recorded_in(file):
            message = Message(event.body, event.properties)
            await self._publish(event.routing_key, message, event.exchange)

    async def _publish(self, routing_key: str, event: Message, exchange: str | None) -> None:
        daemon, broker = await self._up()
        if not broker.event(routing_key, event, exchange):
            self._story.lose(routing_key, exchange, daemon.parts.topology.keys)
        await self.settled()

    async def settled(self, within: float = PATIENCE) -> None:
        """Wait until nothing is in flight: what is left waits for the time, a pause or a person.

        Raises UnexpectedError where it takes longer than so many seconds of the machine's clock.
        """
        daemon, broker = await self._up()
        try:
            async with asyncio.timeout(within):
                while not _rests(daemon, broker):
                    self._changed.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_LOOKS_EVERY):
                            await self._changed.wait()
        except TimeoutError:
            message = f"something is in flight after {within:.0f} s ({daemon.state})"
            raise await self._unexpected(message) from None

    async def move(self, by: float | str | timedelta) -> None:
        """Let time pass: seconds, or `90s`, `2h`, `30d` as in the settings.

        What is due on the way happens at its time: deferred events come again, quarantines end, a
        pause is tried. At the end the sweeper goes round, and what outlived `ledger.retention` is
        forgotten. Nothing of it waits.
        """
        daemon, _ = await self._up()
        await self.settled()
        until = self.clock.monotonic() + _seconds(by)
        while self._timers.step(until):
            await self._look(daemon)
        self.clock.move(until - self.clock.monotonic())
        await self._look(daemon)
        await daemon.upkeep.once()
        await self.settled()

    async def _look(self, daemon: Daemon) -> None:
        """Have looked at what may be otherwise by now: the daemon does so each quarter second."""
        daemon.parts.admitting.pauses.tidy()
        daemon.consuming.intake.look()
        await self.settled()

    # --- what a test reads ------------------------------------------------------------------

    async def texts(self, count: int | None = None) -> Sequence[Text]:
        """Return all texts that Twilio has taken, in that order.

        Raises UnexpectedError where there are not `count`: it says what became of each event.
        """
        __tracebackhide__ = True  # pytest ends the traceback in the test then.
        await self.settled()
        texts = self.twilio.texts
        if count is not None and len(texts) != count:
            raise await self._unexpected(f"{_texts(len(texts))} instead of {count}")
        return texts

    @property
    def parked(self) -> Sequence[ParkedEntry]:
        """What waits for a person, with its `reason`, `detail` and `flow`, the oldest first."""
        if self._running is None:
            return []
        _, broker = self._running
        return [entry_of(message, self.clock.now()) for message in broker.parked]

    @property
    def handled(self) -> Sequence[Handled]:
        """How each delivery ended: one that was deferred comes again, and is another."""
        return tuple(self._story.handled)

    async def why(self, wanted: str) -> str:
        """Say what became of a reference, an event's id or a SID, as `smsherald why` does."""
        daemon, _ = await self._up()
        async with (
            ClientSession() as http,
            http.get(f"{daemon.address}/why.json", params={"q": wanted}) as answer,
        ):
            return str((await answer.json())["sentence"])

    # --- inside -----------------------------------------------------------------------------

    async def _up(self) -> tuple[Daemon, EmbeddedBroker]:
        await self.start()
        assert self._running is not None  # noqa: S101 - it was started
        return self._running

    async def _unexpected(self, message: str) -> UnexpectedError:
        return UnexpectedError(f"{message}; {await self._story.told(self.why)}")


def _rests(daemon: Daemon, broker: EmbeddedBroker) -> bool:
    session = broker.session
    if session is None or session.in_flight:
        return False
    return broker.idle or daemon.consuming.intake.mode is Mode.NOTHING


def _seconds(by: float | str | timedelta) -> float:
    match by:
        case str():
            seconds = duration(by)
        case timedelta():
            seconds = by.total_seconds()
        case _:
            seconds = by
    if seconds < 0:
        raise ValueError("time does not go back")
    return seconds


def _texts(count: int) -> str:
    return "1 text was sent" if count == 1 else f"{count} texts were sent"


def _require_asyncio() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("the daemon runs on asyncio, and this test does not") from None
