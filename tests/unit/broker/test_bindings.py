"""A key is unbound once nobody has wanted it for long, and never while somebody does."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest

from smsherald.broker.bindings import Bindings, Key
from smsherald.broker.topology import Topology
from smsherald.errors import UnreachableError
from smsherald.testing import SetClock
from support.broker import topology

ROUND = 60.0
LONG = 10 * ROUND
NEW, OLD = ("events", "order.new"), ("events", "order.created")


class Turn:
    """A point at which another daemon may go on."""

    def __await__(self) -> Generator[None]:
        yield


@dataclass
class World:
    """The ledger's table and the broker's bindings, which all daemons share."""

    clock: float = 0.0
    wanted: dict[Key, float] = field(default_factory=dict)
    bound: set[Key] = field(default_factory=set)

    async def want_keys(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        del queue
        await Turn()
        self.clock += 1
        self.wanted |= {(exchange, key): self.clock for key in keys}

    async def wanted_keys(self, queue: str) -> Mapping[Key, float]:
        del queue
        await Turn()
        return dict(self.wanted)

    async def forget_key(self, queue: str, key: Key, wanted_at: float) -> bool:
        del queue
        await Turn()
        return self.wanted.get(key) == wanted_at and self.wanted.pop(key) == wanted_at


@dataclass
class Daemon:
    """One of them, with its keys."""

    world: World
    keys: Collection[str]
    time: SetClock = field(default_factory=SetClock)
    fails: bool = False
    others: Collection[Key] = ()

    def __post_init__(self) -> None:
        self.topology = topology(self.keys, others=self.others)
        self.bindings = Bindings(self.world, lambda: self.topology, LONG, self.time.monotonic)

    def declare_again(self, topology: Topology) -> None:
        self.world.bound |= {("events", key) for key in topology.keys}

    async def bind_others(self, topology: Topology) -> None:
        await Turn()
        self.world.bound |= topology.others

    async def bind(self, key: Key) -> None:
        self.world.bound.add(key)

    async def unbind(self, key: Key) -> None:
        await Turn()
        if self.fails:
            raise UnreachableError("the broker")
        self.world.bound.discard(key)
        await Turn()

    async def round(self) -> None:
        await self.bindings.round(self)

    def rounds(self, seconds: float) -> None:
        """Let so much time go by, with all rounds in it."""
        for _ in range(round(seconds / ROUND)):
            self.time.move(ROUND)
            run(self.round())

    async def start(self) -> None:
        """Write down what it wants, then bind it, as a session does."""
        await self.bindings.want(self.topology)
        await Turn()
        self.declare_again(self.topology)
        await self.bind_others(self.topology)


def run(*steps: Coroutine[Any, Any, None]) -> None:
    """Take coroutines to their ends, one after the other."""
    for each in steps:
        finish(each)


def finish(each: Coroutine[Any, Any, None]) -> None:
    while go_on(each):
        pass


def go_on(each: Coroutine[Any, Any, None]) -> bool:
    """Take one to its next turn; say whether there is one."""
    try:
        each.send(None)
    except StopIteration:
        return False
    return True


def test_a_key_that_nobody_wants_is_unbound_after_its_time_and_not_before() -> None:
    world = World()
    run(Daemon(world, ["order.new"]).start())
    daemon = Daemon(world, ["order.created"])
    run(daemon.start(), daemon.round())
    daemon.rounds(LONG - ROUND)
    assert world.bound == {NEW, OLD}

    daemon.rounds(ROUND)
    assert world.bound == {OLD}
    assert set(world.wanted) == {OLD}


def test_a_key_that_another_daemon_wants_stays() -> None:
    world = World()
    old, new = Daemon(world, ["order.created"]), Daemon(world, ["order.created", "order.new"])
    run(old.start(), new.start())
    for _ in range(50):
        run(old.round(), new.round())
        old.time.move(ROUND)

    assert world.bound == {NEW, OLD}


def test_a_key_stays_that_nobody_could_say_they_want() -> None:
    world = World()
    old, new = Daemon(world, ["order.created"]), Daemon(world, ["order.created", "order.new"])
    run(old.start(), new.start(), old.round(), new.round(), old.round())
    old.time.move(LONG)  # The ledger was away.
    run(old.round())
    assert world.bound == {NEW, OLD}

    run(new.round())
    old.rounds(LONG - ROUND)
    assert world.bound == {NEW, OLD}


def test_without_any_flow_nothing_is_unbound() -> None:
    world = World()
    run(Daemon(world, ["order.created"]).start())
    daemon = Daemon(world, [])
    daemon.rounds(3 * LONG)

    assert world.bound == {OLD}


def test_routes_to_the_exchanges_of_others_are_kept_and_go_as_keys_do() -> None:
    """Also where they are all that a daemon wants."""
    world = World()
    both, other = ("pubsub", "#"), ("Shop:Order", "#")
    run(Daemon(world, [], others=[both, other]).start())
    old, new = Daemon(world, [], others=[both]), Daemon(world, [], others=[both, ("shop", "")])
    run(old.start(), new.start(), old.round(), new.round())
    for _ in range(round(LONG / ROUND)):
        old.time.move(ROUND)
        new.time.move(ROUND)
        run(old.round(), new.round())

    assert world.bound == {both, ("shop", "")}
    assert set(world.wanted) == world.bound


def test_the_bindings_to_another_exchange_go_too() -> None:
    world = World(wanted={("old-exchange", "order.created"): 0.0})
    world.bound = {("old-exchange", "order.created")}
    daemon = Daemon(world, ["order.created"])
    run(daemon.start(), daemon.round())
    daemon.rounds(LONG)

    assert world.bound == {OLD}


def test_what_could_not_be_unbound_is_kept_in_mind() -> None:
    world = World()
    run(Daemon(world, ["order.new"]).start())
    daemon = Daemon(world, ["order.created"], fails=True)
    run(daemon.start(), daemon.round())
    with pytest.raises(UnreachableError):
        daemon.rounds(LONG)
    assert NEW in world.bound
    assert NEW in world.wanted

    daemon.fails = False
    daemon.rounds(LONG)
    assert world.bound == {NEW, OLD}

    daemon.rounds(ROUND)
    assert world.bound == {OLD}
    assert set(world.wanted) == {OLD}


def turns(first: Coroutine[Any, Any, None], second: Coroutine[Any, Any, None], order: str) -> None:
    """Let both go on as an order says; what is left of either goes on at the end."""
    left = {"a": first, "b": second}
    for which in order + "a" * 12 + "b" * 12:
        if which in left and not go_on(left[which]):
            del left[which]


ORDERS = [
    "".join("a" if place in of_a else "b" for place in range(11))
    for of_a in combinations(range(11), 8)
]


@pytest.mark.parametrize("order", ORDERS)
def test_whoever_comes_while_it_is_unbound_keeps_it(order: str) -> None:
    world = World()
    run(Daemon(world, ["order.new"]).start())
    old, new = Daemon(world, ["order.created"]), Daemon(world, ["order.new"])
    run(old.round())
    old.rounds(LONG - ROUND)
    old.time.move(ROUND)
    turns(old.round(), new.start(), order)

    assert NEW in world.bound
    assert NEW in world.wanted
