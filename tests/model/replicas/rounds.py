"""A round of the daemon's own `Bindings`, a question to ledger or broker at a time.

A round is rebuilt from what it has heard so far. A daemon remembers of the one key that it does not
want since when it has seen that; what it remembers from before is told it by a round of before.
"""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Generator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast

from model.replicas.books import EVENTS, KEY, book_of
from model.replicas.handling import QUEUE, TIERS
from model.replicas.world import AWAY
from smsherald.broker.bindings import Bindings, Key
from smsherald.broker.rabbitmq.supervisor import ROUND
from smsherald.broker.topology import Topology
from smsherald.testing import SetClock

WANT, KNOWN, FORGET = "want", "known", "forget"
BIND, UNBIND = "bind", "unbind"
_NOW, _BEFORE = 2.0, 1.0
"""When the key was last wanted, as a daemon reads it: just so, or otherwise than it saw before."""


class Known(NamedTuple):
    """What the ledger knows of the key."""

    there: bool
    as_seen: bool
    """Whether it is the same that the daemon has seen in the round before."""


class Round(NamedTuple):
    """What a round has come to."""

    asks: str | None
    """None: it is over."""
    told: tuple[str, ...]
    """What the broker was told since the last question."""
    unwanted: int | None
    """In ticks: since when the key has been seen unwanted."""


@dataclass(frozen=True)
class _Question:
    what: str

    def __await__(self) -> Generator[_Question, Any, Any]:
        return (yield self)


class _Memory:
    """Hands every question out."""

    async def want_keys(self, queue: str, exchange: str, keys: Collection[str]) -> None:
        del queue, exchange, keys
        await _Question(WANT)

    async def wanted_keys(self, queue: str) -> Mapping[Key, float]:
        del queue
        return cast("Mapping[Key, float]", await _Question(KNOWN))

    async def forget_key(self, queue: str, key: Key, wanted_at: float) -> bool:
        del queue, wanted_at
        assert key == KEY
        return cast("bool", await _Question(FORGET))


class _Broker:
    """Notes what it is told about the key."""

    def __init__(self, keys: Collection[str]) -> None:
        self._keys = keys
        self.told: list[str] = []

    def declare_again(self, topology: Topology) -> None:
        del topology
        if KEY[1] in self._keys:
            self.told.append(BIND)

    async def bind_others(self, topology: Topology) -> None:
        assert not topology.others

    async def bind(self, key: Key) -> None:
        assert key == KEY
        self.told.append(BIND)

    async def unbind(self, key: Key) -> None:
        assert key == KEY
        await _Question(UNBIND)


@cache
def go_on(
    book: tuple[str, ...],
    unbind_after: int,
    unwanted: int | None,
    heard: tuple[object, ...],
    *,
    missed: bool,
) -> Round:
    """Take a round on, with the answers that it has heard, to its next question.

    The last was a tick ago, or, where some were `missed`, as long ago as the ledger was away.
    """
    keys = book_of(book).keys
    topology = Topology(EVENTS, QUEUE, TIERS, "smsherald", keys, own=True)
    clock = SetClock()
    real = Bindings(_Memory(), lambda: topology, unbind_after * ROUND, clock.monotonic)
    broker = _Broker(keys)
    if unwanted is not None:
        last = -AWAY if missed else -1
        for _ in range(unwanted, last + 1):
            _feed(real.round(broker), broker, (None, Known(there=True, as_seen=True)))
            clock.move(ROUND)
        clock.move((-1 - last) * ROUND)
    now = clock.monotonic()
    asks, told = _feed(real.round(broker), broker, heard)
    seen = vars(real)["_unwanted"].get(KEY)  # Nobody else ever needs to know.
    return Round(asks, told, None if seen is None else round((seen.since - now) / ROUND))


def _feed(
    going: Coroutine[Any, Any, None], broker: _Broker, heard: tuple[object, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """Answer a round's questions; return the next, and what the broker was told since the last."""
    answers: list[Any] = [None, *map(_value, heard)]
    asks: _Question | None = None
    try:
        for answer in answers:
            broker.told = []
            asks = going.send(answer)
    except StopIteration:
        asks = None
    going.close()
    return None if asks is None else asks.what, tuple(broker.told)


def _value(answer: object) -> object:
    if not isinstance(answer, Known):
        return answer
    return {KEY: _NOW if answer.as_seen else _BEFORE} if answer.there else {}
