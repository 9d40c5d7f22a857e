"""RabbitMQ behind the port `Broker`: keeps a session up, whatever happens to the broker."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Coroutine
from itertools import cycle
from typing import Any, Protocol, TypeVar

import structlog
from amqp.exceptions import AccessRefused, NotAllowed

from smsherald.broker.observer import Observer
from smsherald.broker.rabbitmq.address import Address
from smsherald.broker.rabbitmq.declare import declare
from smsherald.broker.rabbitmq.session import RabbitSession
from smsherald.broker.topology import Topology
from smsherald.errors import MissingError, SmsheraldError, TopologyError
from smsherald.settle.port import OnDelivery

FIRST_WAIT = 0.2
LONGEST_WAIT = 2.0
LINGER = 0.3
"""Seconds between our last word and the end of a session that still stands."""
LASTED = 1.0
"""Seconds after which a session counts as one that worked, so that the next try comes soon."""
REFUSED_WAIT = 30.0
"""A wrong password or virtual host does not mend itself: asking often only fills the log."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class BoundKeys(Protocol):
    """The memory of what we bound: AMQP cannot list bindings. The ledger keeps it."""

    async def bound_keys(self, queue: str) -> frozenset[str]:
        """Return what was remembered last."""
        ...

    async def remember_bound_keys(self, queue: str, keys: Collection[str]) -> None:
        """Replace it."""
        ...


class RabbitBroker:
    """Keeps the port `Broker`."""

    def __init__(
        self,
        addresses: Collection[Address],
        topology: Topology,
        memory: BoundKeys,
        observer: Observer,
        *,
        prefetch: int,
        heartbeat: float,
    ) -> None:
        self._addresses = cycle(addresses)
        self._topology = topology
        self._memory = memory
        self._observer = observer
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._session: RabbitSession | None = None
        self._consuming = True
        self._bound: frozenset[str] = frozenset()
        self._stood = False

    async def run(self, on_delivery: OnDelivery) -> None:
        """Make one session after the other until cancelled.

        Raises TopologyError where an operator must act first.
        """
        self._observer.expect_beats()
        now = asyncio.get_running_loop().time
        wait = FIRST_WAIT
        for address in self._addresses:
            session, started = self._new_session(address, on_delivery), now()
            try:
                await self._open(session)
                await session.run()
            except Exception as error:
                if isinstance(error, TopologyError) and not self._may_mend(error):
                    raise
                if isinstance(error, AccessRefused | NotAllowed):
                    wait = REFUSED_WAIT
                elif now() - started > LASTED:
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

    def stop_consuming(self) -> None:
        """Ask for no more deliveries; what was delivered can still be settled."""
        self._consuming = False
        if self._session is not None:
            self._session.cancel()

    def _may_mend(self, error: TopologyError) -> bool:
        """Say whether it is only missing for now: it stood there before."""
        return self._stood and isinstance(error, MissingError)

    def _new_session(self, address: Address, on_delivery: OnDelivery) -> RabbitSession:
        return RabbitSession(
            address,
            self._topology,
            self._declare,
            heartbeat=self._heartbeat,
            prefetch=self._prefetch,
            on_delivery=on_delivery if self._consuming else None,
            on_tick=self._observer.beat,
        )

    async def _open(self, session: RabbitSession) -> None:
        """Open the session, and remember which keys are bound."""
        queue, keys = self._topology.queue, self._topology.keys
        self._bound = frozenset()
        if self._topology.own:
            self._bound = bound = await self._patiently(self._memory.bound_keys(queue))
            if not keys <= bound:
                # Before binding: a key bound and forgotten would stay bound for ever.
                await self._patiently(self._memory.remember_bound_keys(queue, bound | keys))
        await session.open()
        if self._bound - keys:
            await self._patiently(self._memory.remember_bound_keys(queue, keys))
        self._stood = True
        self._session = session
        self._observer.connected(up=True)
        self._observer.problem(None)
        _log.info("broker_connected", queue=queue)

    def _declare(self, channel: Any) -> None:
        declare(channel, self._topology, self._bound)

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
        polite = session.alive
        if polite:
            # A quorum queue takes acks from its channel bit by bit, and forgets with the channel
            # what it has not taken: those events would come again, as duplicates.
            await asyncio.sleep(LINGER)
        session.end(SmsheraldError("the daemon stops"))
        self._observer.connected(up=False)
        await asyncio.shield(asyncio.to_thread(session.close, politely=polite))

    def _lost(self, address: Address, error: Exception, wait: float) -> None:
        problem = f"{address}: {_sentence(error)}"
        self._observer.problem(problem)
        _log.warning("broker_lost", problem=problem, retry_seconds=round(wait, 1))

    async def _pause(self, seconds: float) -> None:
        """Sleep in steps: waiting for a broker that is away is progress too."""
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            self._observer.beat()
            await asyncio.sleep(min(left, 1.0))


def _sentence(error: Exception) -> str:
    """Say what happened; some of py-amqp's errors have no text of their own."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
