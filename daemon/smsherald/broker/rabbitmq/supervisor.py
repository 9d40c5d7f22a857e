"""RabbitMQ behind the port `Broker`: keeps a session up, whatever happens to the broker."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from typing import Any, TypeVar

import structlog

from smsherald.broker.bindings import Bindings, Key
from smsherald.broker.observer import Observer
from smsherald.broker.rabbitmq.address import REFUSALS, Address, remedy, sentence
from smsherald.broker.rabbitmq.command import command_session
from smsherald.broker.rabbitmq.declare import bind, declare, declare_again, unbind
from smsherald.broker.rabbitmq.session import LINGER, RabbitSession
from smsherald.broker.topology import Topology
from smsherald.errors import MissingError, SmsheraldError, TopologyError, UnreachableError
from smsherald.settle.port import Lengths, OnDelivery

FIRST_WAIT = 0.2
LONGEST_WAIT = 2.0
LASTED = 1.0
"""Seconds after which a session counts as one that worked, so that the next try comes soon."""
ROUND = 60.0
"""Seconds after which all is declared and bound again: somebody may have deleted some of it."""
REFUSED_WAIT = 30.0
"""A wrong password or virtual host does not mend itself: asking often only fills the log."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class RabbitBroker:
    """Keeps the port `Broker`; `topology` gives what must stand by now, as `bindings` has it."""

    def __init__(
        self,
        addresses: Collection[Address],
        topology: Callable[[], Topology],
        bindings: Bindings,
        observer: Observer,
        *,
        prefetch: int,
        heartbeat: float,
    ) -> None:
        self._addresses = cycle(addresses)
        self._topology = topology
        self._bindings = bindings
        self._observer = observer
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._session: RabbitSession | None = None
        self._most = prefetch
        """Deliveries that are asked for at a time; 0 for none."""
        self._stood = False
        self._changed = asyncio.Event()

    async def run(self, on_delivery: OnDelivery) -> None:
        """Make one session after the other until cancelled.

        Raises TopologyError where an operator must act first.
        """
        self._observer.expect_beats()
        now = asyncio.get_running_loop().time
        wait = FIRST_WAIT
        for address in self._addresses:
            topology = self._topology()
            session, opened = self._new_session(address, topology, on_delivery), math.inf
            try:
                await self._open(session, topology, address)
                opened = now()
                async with self._keeping(session, topology, address):
                    await session.run()
            except Exception as error:
                if isinstance(error, TopologyError) and not self._may_mend(error):
                    raise
                if isinstance(error, REFUSALS):
                    wait = REFUSED_WAIT
                elif now() - opened > LASTED:
                    wait = FIRST_WAIT
                self._lost(address, error, wait)
            finally:
                await self._close(session)
            await self._pause(wait * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            wait = min(2 * wait, LONGEST_WAIT)

    @property
    def session(self) -> RabbitSession | None:
        """The session that stands now; None while there is none."""
        return self._session

    def consume(self, *, on: bool, most: int | None = None) -> None:
        """Ask for deliveries, or for no more; what was delivered can still be settled."""
        self._most = (most or self._prefetch) if on else 0
        if self._session is not None:
            self._session.consume(self._most)

    def rebind(self) -> None:
        """Bind what is wanted by now; where no session stands, once one does."""
        self._changed.set()

    async def lengths(self) -> Lengths | None:
        """Count what waits, by the session that stands; None where nobody knows."""
        return None if self._session is None else await self._session.lengths()

    def _may_mend(self, error: TopologyError) -> bool:
        """Say whether it is only missing for now: it stood there before."""
        return self._stood and isinstance(error, MissingError)

    def _new_session(
        self, address: Address, topology: Topology, on_delivery: OnDelivery
    ) -> RabbitSession:
        return RabbitSession(
            address,
            topology,
            partial(declare, topology=topology),
            heartbeat=self._heartbeat,
            prefetch=self._most,
            on_delivery=on_delivery,
            on_tick=self._observer.beat,
            on_stuck=self._stuck,
        )

    async def _open(self, session: RabbitSession, topology: Topology, address: Address) -> None:
        """Open the session; what it binds is written down before."""
        await self._patiently(self._bindings.want(topology))
        await session.open()
        self._stood = True
        self._session = session
        # The mode may have changed while it opened.
        session.consume(self._most)
        if not _binds_others(topology):
            self._say_it_stands(topology, address)

    def _say_it_stands(self, topology: Topology, address: Address) -> None:
        self._observer.connected(address.known)
        self._observer.problem(None)
        _log.info("broker_connected", queue=topology.queue, at=address.known)

    @asynccontextmanager
    async def _keeping(
        self, session: RabbitSession, topology: Topology, address: Address
    ) -> AsyncIterator[None]:
        """Keep the bindings as they should be while a session stands."""
        binding = _Binding(session, topology, address, self._heartbeat, self._observer)
        keeping = asyncio.create_task(self._keep(binding))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _keep(self, binding: _Binding) -> None:
        if _binds_others(binding.names):
            # Whoever waits for us to be ready may publish there at once.
            await binding.bind_others(binding.names)
            if binding.session.alive:
                self._say_it_stands(binding.names, binding.address)
        while True:
            # What changed while the session opened is still to be bound.
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self._bindings.round(binding)
            except Exception:  # noqa: BLE001 - a defect must not end all rounds to come
                _log.exception("bindings_failed")

    async def _patiently(self, question: Coroutine[Any, Any, T]) -> T:
        """Wait for the ledger, which may be away for long: that is no stall of ours."""
        task = asyncio.ensure_future(question)
        try:
            while not task.done():
                self._observer.beat()
                await asyncio.wait([task], timeout=1)
            return task.result()
        finally:
            task.cancel()

    async def _close(self, session: RabbitSession) -> None:
        """Let the sockets go, and wait for it: the next session must not share their numbers."""
        self._session = None
        self._observer.stuck(None)
        polite = session.alive
        try:
            if polite:
                await asyncio.sleep(LINGER)
        finally:
            session.end(SmsheraldError("the daemon stops"))
            self._observer.connected(None)
            await session.close(politely=polite)

    def _stuck(self, trouble: UnreachableError | None) -> None:
        goes_on = "the daemon goes on by itself"
        self._observer.stuck(None if trouble is None else f"{trouble}, {goes_on}")

    def _lost(self, address: Address, error: Exception, wait: float) -> None:
        problem = "; ".join([f"{address}: {sentence(error)}", *_advice(error)])
        self._observer.problem(problem)
        _log.warning("broker_lost", problem=problem, retry_seconds=round(wait, 1))

    async def _pause(self, seconds: float) -> None:
        """Sleep in steps: waiting for a broker that is away is progress too."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            self._observer.beat()
            await asyncio.sleep(min(left, 1.0))


@dataclass(frozen=True, slots=True)
class _Binding:
    """Keeps `bindings.Binding` on the session that stands."""

    session: RabbitSession
    names: Topology
    """Its keys may have changed since."""
    address: Address
    heartbeat: float
    observer: Observer

    def declare_again(self, topology: Topology) -> None:
        self.session.declare_again(partial(declare_again, topology=topology))

    async def bind_others(self, topology: Topology) -> None:
        if (unbound := await self._bound(topology)) is not None:
            self.observer.unbound(unbound)

    async def _bound(self, topology: Topology) -> Mapping[str, str] | None:
        binder = self.session.binder
        return None if binder is None else await binder.bind_others(topology)

    async def bind(self, key: Key) -> None:
        exchange, pattern = key
        if exchange != self.names.exchange:
            # What comes of it is said by the next round.
            await self._bound(replace(self.names, others=frozenset({key})))
            return
        self.session.declare_again(
            partial(bind, queue=self.names.queue, exchange=exchange, key=pattern)
        )

    async def unbind(self, key: Key) -> None:
        """Do it on connections of its own: on those of the session nothing may wait."""
        exchange, pattern = key
        away = partial(unbind, queue=self.names.queue, exchange=exchange, key=pattern)
        async with command_session([self.address], self.names, away, heartbeat=self.heartbeat):
            pass


def _binds_others(topology: Topology) -> bool:
    return topology.own and bool(topology.others)


def _advice(error: Exception) -> list[str]:
    """Say what to see to, and what happens without that."""
    if (todo := remedy(error)) is None:
        return ["the daemon tries again by itself"]
    return [todo, "the daemon tries again by itself, and by another broker.url after a restart"]
