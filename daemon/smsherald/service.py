"""The daemon as a service: signals, systemd, reloads, and the exit code."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

import structlog

from smsherald.app import (
    Daemon,
    Reloads,
    background,
    observed,
    running,
    warn_of_allowed,
    watch,
)
from smsherald.app.live import Live
from smsherald.broker.choose import is_embedded
from smsherald.errors import ConfigurationError, SmsheraldError
from smsherald.ledger import described
from smsherald.observe.systemd import Systemd
from smsherald.settings.load import Loaded
from smsherald.unit import ours

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """A reload is asked for whenever `look`, which blocks, returns another than `before`."""

    look: Callable[[], Hashable]
    before: Hashable


@contextmanager
def saying_why_it_ends(systemd: Systemd) -> Iterator[None]:
    """Leave with systemd what is raised inside: it shows that until the next start, to anybody."""
    try:
        yield
    except ConfigurationError as error:
        systemd.status(f"{error.in_short}; {ours(os.environ, 'check')} names all of it")
        raise
    except SmsheraldError as error:
        systemd.status(str(error))
        raise
    except OSError as error:
        systemd.status(without_number(error))
        raise
    except Exception as error:
        # A defect's own words may be anything.
        systemd.status(f"it ended by a defect, {type(error).__name__}: its log has the traceback")
        raise


def without_number(error: OSError) -> str:
    """Return what it says: in its text, numbers are for programs."""
    return str(error) if error.filename or not error.strerror else error.strerror


async def run(
    loaded: Loaded,
    again: Callable[[], Loaded],
    systemd: Systemd,
    files: Watch | None = None,
) -> int:
    """Run until SIGTERM or SIGINT; return 0, or 1 if what was in flight outlasted `drain`.

    A second signal ends the process at once, with 128 and its number; SIGHUP asks for what `again`
    reads, once the start is over, also one that is blocked and waits since before, and so does what
    `files` sees. Raises TopologyError and LedgerError.
    """
    stopping, hangup, started = asyncio.Event(), asyncio.Event(), asyncio.Event()
    _on_signals(stopping, hangup)
    serving = asyncio.ensure_future(
        _serve(loaded, again, systemd, stopping=stopping, hangup=hangup, started=started)
    )
    async with _watching(files, hangup), background(stopping.wait(), "signals") as signalled:
        await asyncio.wait([serving, signalled], return_when=asyncio.FIRST_COMPLETED)
    if not serving.done() and not started.is_set():
        # It waits for a ledger that is away, and nothing is in flight.
        systemd.stopping("giving up the start")
        serving.cancel()
        await asyncio.wait([serving])
        return 0
    return await serving


async def _serve(
    loaded: Loaded,
    again: Callable[[], Loaded],
    systemd: Systemd,
    *,
    stopping: asyncio.Event,
    hangup: asyncio.Event,
    started: asyncio.Event,
) -> int:
    settings = loaded.settings
    if is_embedded(settings.broker):
        _log.warning("memory_broker", effect="nothing is kept when the daemon stops")
    warn_of_allowed(settings)
    async with _started(loaded, systemd) as daemon:
        started.set()
        reloads = Reloads(daemon, again, systemd)
        if not daemon.consuming.sessions.done():
            systemd.ready(reloads.state)
        _log.info(
            "started",
            http=daemon.address,
            ledger=described(settings.ledger.url),
            flows=len(loaded.flows),
        )
        async with background(systemd.watch(lambda: daemon.to.health.alive), "watchdog"):
            async with (
                background(stopping.wait(), "signals") as signalled,
                background(reloads.run(hangup), "reloads"),
                background(systemd.follow(lambda: reloads.state), "status"),
            ):
                await asyncio.wait(
                    [signalled, daemon.consuming.sessions], return_when=asyncio.FIRST_COMPLETED
                )
            systemd.stopping("finishing what is in flight")
            _log.info("stopping", in_flight=daemon.parts.settling.pipeline.in_flight)
            daemon.consuming.intake.stop()
            finished = await daemon.parts.settling.consumer.drain(settings.broker.drain)
            if daemon.consuming.sessions.done():
                daemon.consuming.sessions.result()
    _log.info("stopped", finished=finished)
    if finished:
        return 0
    systemd.status("it ended before all that was in flight had finished: that comes again")
    return 1


@asynccontextmanager
async def _started(loaded: Loaded, systemd: Systemd) -> AsyncIterator[Daemon]:
    """Run the daemon while inside; until it runs, show what it waits for."""
    to = observed(Live(loaded.settings, loaded.flows))
    to.status.doubted = [str(problem) for problem in loaded.misspelt]
    systemd.status(to.health.start)
    async with AsyncExitStack() as stack:
        async with background(systemd.follow(lambda: to.health.start), "status"):
            daemon = await stack.enter_async_context(running(loaded.settings, loaded.flows, to=to))
        yield daemon


@asynccontextmanager
async def _watching(files: Watch | None, hangup: asyncio.Event) -> AsyncIterator[None]:
    """Ask for a reload, while inside, whenever one of the files has changed."""
    if files is None:
        yield
        return
    async with background(watch(files.look, files.before, hangup.set), "watch"):
        yield


def _on_signals(stopping: asyncio.Event, hangup: asyncio.Event) -> None:
    def on_signal(number: int) -> None:
        if stopping.is_set():
            _log.warning("stopped", finished=False, signal=number)
            sys.stdout.flush()
            os._exit(128 + number)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    loop.add_signal_handler(signal.SIGHUP, hangup.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
