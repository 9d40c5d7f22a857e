"""Reads the configuration anew while the daemon runs, whenever it is asked to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import TypeVar

import structlog

from smsherald.app.root import Daemon
from smsherald.errors import ConfigurationError, SmsheraldError
from smsherald.observe.systemd import Systemd
from smsherald.settings.flows.own import changed_files, waiting
from smsherald.settings.load import Loaded
from smsherald.settings.values import Settings
from smsherald.unit import ours

T = TypeVar("T")

LOOK_EVERY = 2.0
"""Seconds from one look at the configuration's files to the next."""

READS_WITHIN = 60.0
"""Seconds for reading all of it, or for a look, until it is said that a folder hangs."""

_log = structlog.get_logger(__name__)


class NotReadError(SmsheraldError):
    """The configuration could not be read in time."""

    def __str__(self) -> str:
        return f"it was not read within {READS_WITHIN:.0f} s: see to its files and their disk"


class Reloads:
    """`read` reads all of it, and blocks; it raises ConfigurationError as at the start."""

    def __init__(self, daemon: Daemon, read: Callable[[], Loaded], systemd: Systemd) -> None:
        self._daemon = daemon
        self._read = read
        self._systemd = systemd
        self._refusal = ""
        daemon.to.health.note(lambda: [self._refusal] if self._refusal else [])

    @property
    def state(self) -> str:
        """What the daemon does, why the last reload was refused, and what is in doubt."""
        daemon = self._daemon
        return "; ".join(filter(None, (daemon.state, self._refusal, *daemon.to.health.doubts)))

    async def run(self, asked: asyncio.Event) -> None:
        """Reload once for all that has asked until it begins; go on until cancelled."""
        while True:
            await asked.wait()
            asked.clear()
            self._systemd.reloading("reading the configuration")
            self._refusal = await self._once()
            self._systemd.ready(self.state)

    async def _once(self) -> str:
        """Reload; return why it was refused, which changes nothing; an empty text if it was not."""
        began = monotonic()
        try:
            loaded, schemas = await _in_time(self._read_all)
            differ = self._daemon.take(loaded.settings, loaded.flows) + schemas
        except ConfigurationError as error:
            problems = [str(problem) for problem in error.problems]
            hint = await _hint()
            _log.error(
                "reload_refused",
                problems=problems,
                effect="the old configuration holds",
                **({"hint": hint} if hint else {}),
            )
            return self._refused(error.in_short, hint)
        except NotReadError as error:
            _log.error(
                "reload_refused", problems=[str(error)], effect="the old configuration holds"
            )
            return self._refused(str(error))
        except Exception as error:  # noqa: BLE001 - a defect must not end the daemon
            _log.exception("reload_refused", effect="the old configuration holds")
            return self._refused(type(error).__name__)
        self._daemon.to.metrics.configured(self._daemon.to.clock.now())
        self._daemon.to.status.refused = None
        restart = [f"a restart is needed for {', '.join(differ)}"] if differ else []
        self._daemon.to.status.doubted = [*map(str, loaded.misspelt), *restart]
        if loaded.warnings:
            _log.warning("configuration_doubtful", warnings=[str(each) for each in loaded.warnings])
        warn_of_allowed(loaded.settings)
        if differ:
            _log.warning("restart_needed", settings=differ, effect="they keep their old values")
        _log.info("reloaded", flows=len(loaded.flows), seconds=round(monotonic() - began, 3))
        return ""

    def _read_all(self) -> tuple[Loaded, tuple[str, ...]]:
        """Read it, and return which schemas it has been read with that wait for a restart."""
        loaded = self._read()
        stale = waiting(flow.schema for flow in loaded.flows)
        return loaded, tuple(f"schema {name}" for name in stale)

    def _refused(self, why: str, hint: str = "") -> str:
        self._daemon.to.metrics.configured(None)
        self._daemon.to.status.refused = "; ".join(filter(None, (why, hint)))
        todo = (
            f"mend it ({ours(os.environ, 'check')} names all of it) and reload; where that finds "
            "nothing wrong, a restart takes what no reload reads"
        )
        return f"the new configuration is refused: {why}; the one before it holds: {hint or todo}"


async def _hint() -> str:
    """Say what else may be the reason: flows were tried with what was imported at the start."""
    try:
        changed = await _in_time(changed_files)
    except NotReadError:
        return ""
    if not changed:
        return ""
    return (
        f"the code of {', '.join(changed)} has changed, which a reload does not read: where "
        f"{ours(os.environ, 'check')} finds nothing wrong, a restart takes it"
    )


async def _in_time(work: Callable[[], T]) -> T:
    """Do what blocks beside the loop; NotReadError where it takes too long."""
    working = aside(work)
    try:
        await asyncio.wait([working], timeout=READS_WITHIN)
        if not working.done():
            raise NotReadError
        return working.result()
    finally:
        working.cancel()


def warn_of_allowed(settings: Settings) -> None:
    """Log that customers may get no text, where it is so: it is made for staging."""
    if settings.policy.allow:
        _log.warning("only_allowed", effect="nobody is texted but those of policy.allow")


async def watch(
    look: Callable[[], Hashable],
    before: Hashable,
    changed: Callable[[], None],
    every: float = LOOK_EVERY,
) -> None:
    """Say when what `look` returns is another than `before`, and again each time; until cancelled.

    `look` blocks, and is asked every so many seconds. What still changes is waited for: files come
    one after the other.
    """
    last = before
    while True:
        await asyncio.sleep(every)
        now = await _patiently(aside(look))
        if now == last and last != before:
            before = last
            _log.info("configuration_changed")
            changed()
        last = now


async def _patiently(looking: asyncio.Future[T]) -> T:
    """Wait for one look, however long, and say so: another would hang beside it."""
    try:
        while not (await asyncio.wait([looking], timeout=READS_WITHIN))[0]:
            _log.warning("configuration_hangs", seconds=READS_WITHIN)
        return looking.result()
    finally:
        looking.cancel()


def aside(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run it on a thread of its own, for which nobody needs to wait.

    asyncio's threads are waited for when the loop ends: a folder that hangs would hold up the stop.
    What would end the loop is a RuntimeError.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # One of both is there.

    def run() -> None:
        result: T | None = None
        error: Exception | None = None
        try:
            result = work()
        except (StopIteration, SystemExit) as raised:
            # The one no future takes, the other would end the loop.
            error = RuntimeError(f"it raised {raised!r}")
        except Exception as raised:  # noqa: BLE001 - it is raised where it is awaited
            error = raised
        with suppress(RuntimeError):  # The loop is closed: nobody asks any more.
            loop.call_soon_threadsafe(tell, result, error)

    Thread(target=run, name="reload", daemon=True).start()
    return done
