"""The way every command connects: the first broker that takes it, for a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from smsherald.broker.rabbitmq.address import REFUSALS, URL, Address, remedy
from smsherald.broker.rabbitmq.session import LINGER, RabbitSession
from smsherald.broker.topology import Topology
from smsherald.errors import RefusedError, SmsheraldError, TopologyError, UnreachableError
from smsherald.settle.port import OnDelivery

_GLANCE = 0.02
"""Seconds between two looks at what a queue has back."""
_GLANCES = 250
"""Looks after which a command ends all the same."""


@asynccontextmanager
async def command_session(
    addresses: Collection[Address],
    topology: Topology,
    declare: Callable[[Any], None],
    *,
    heartbeat: float,
    on_delivery: OnDelivery | None = None,
    prefetch: int = 0,
    goes_back: bool = True,
) -> AsyncIterator[RabbitSession]:
    """Give a session that publishes; `declare` as a session has it.

    With `on_delivery` it also consumes the topology's queue, so many at a time; what is not acked
    at the end goes back. Where it `goes_back` to nobody, that is not waited for. Raises
    UnreachableError where no address answers in time (RefusedError where one does, and refuses
    us), TopologyError as `declare` does.
    """
    session = await _first(
        addresses,
        lambda address: RabbitSession(
            address,
            topology,
            declare,
            heartbeat=heartbeat,
            on_delivery=on_delivery,
            prefetch=prefetch,
        ),
    )
    running = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        polite = session.alive
        try:
            if polite and on_delivery is not None and goes_back:
                await _let_go(session)
        finally:
            running.cancel()
            session.end(SmsheraldError("the command is done"))
            await session.close(politely=polite)
            await asyncio.wait([running])


async def _let_go(session: RabbitSession) -> None:
    """Wait until acks are taken and all else is back: the next command must not miss it.

    That another consumer takes what comes back ends it late, not wrongly.
    """
    await asyncio.sleep(LINGER)
    ready = await session.count_ready()
    back = session.give_back()
    if ready is None or not back:
        return
    for _ in range(_GLANCES):
        now = await session.count_ready()
        if now is None or now >= ready + back:
            return
        await asyncio.sleep(_GLANCE)


async def _first(
    addresses: Collection[Address], new: Callable[[Address], RabbitSession]
) -> RabbitSession:
    problems, todo, refused = [], [], 0
    for address in addresses:
        session = new(address)
        opened = False
        try:
            await session.open()
            opened = True
        except TopologyError:
            raise
        except Exception as error:  # noqa: BLE001 - py-amqp raises AttributeError and KeyError too
            problems.append(f"{address}: {str(error).rstrip('.') or 'it does not answer'}")
            todo += [remedy(error) or f"compare {URL} with it"]
            refused += isinstance(error, REFUSALS)
        finally:
            if not opened:
                await session.close(politely=False)
        if opened:
            return session
    kind = RefusedError if refused else UnreachableError
    raise kind(f"the broker at {'; '.join(problems)}", "; ".join(dict.fromkeys(todo)))
