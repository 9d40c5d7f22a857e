"""The world as one value: what the shop publishes, the broker, the ledger, the daemons.

A tick is the time of one round. There is no clock: the present is 0, and a tick moves what was
down by 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, NamedTuple

UNBIND_AFTER = 2
"""In ticks."""
RECENT = 3
"""In ticks, as long as `elsewhere.RECENTLY`."""
AWAY = 4
"""For how many ticks the ledger is away: longer than anything waits for it."""

Pairs = tuple[tuple[str, Any], ...]


class Rule(Enum):
    """What can be taken away, each with what is done in its place."""

    IDENTITY = "a copy does not carry its identity"
    ROUTING_KEY = "a copy does not carry a routing key that is empty"
    EXCHANGE = "a copy does not carry its exchange"
    ONLY_FLOW = "a copy for one flow does not say so"
    FIRST_SEEN = "a copy does not carry when its event was first seen"
    ATTEMPT = "a copy does not carry its attempts"
    DEFECTS = "a copy does not carry how often a defect of ours deferred it"
    COPIES_ALONE = "our headers are believed by whatever exchange they come"
    NOT_MINE = "an event that only another daemon wants is ignored"
    RECENTLY = "what is wanted counts for less than a round"
    STEADY = "what is wanted counts for as long, however long the ledger was away"
    SAID_AGAIN = "a daemon says what it wants only when it starts"
    WRITTEN_FIRST = "a key is bound, and written down only then"
    UNKNOWN_FLOW = "a copy for a flow that the book does not have is ignored"
    MISSED = "what was seen before the ledger was away counts as seen all the time"
    UNBIND_AFTER = "a key is unbound as soon as one daemon does not want it"
    FORGOTTEN_UNCHANGED = "a key is forgotten although it is wanted anew"
    AWAITED = "a key is looked at again before the broker has unbound it"
    LOOKED_AGAIN = "a key that was unbound is not looked at again"


class Published(NamedTuple):
    """What a shop publishes."""

    routing_key: str
    properties: Pairs = ()
    headers: Pairs = ()


class Wire(NamedTuple):
    """A message in our queue, or in the parked one.

    Of which event it is, for which flow, how often Twilio asked for patience and whether a daemon
    has seen it in time, the searcher knows. A daemon has only what comes after that.
    """

    event: int
    flow: str
    refused: int
    seen: bool
    exchange: str
    routing_key: str
    body: str
    properties: Pairs
    headers: Pairs


class Kept(NamedTuple):
    """A row of the ledger."""

    key: str
    digest: str
    state: str


class Phase(IntEnum):
    """How far a daemon is."""

    DOWN = 0
    HALF = 1
    """What it wants is written down, and not yet bound."""
    UP = 2


class Replica(NamedTuple):
    """A daemon, and what it does to its bindings."""

    book: int = 0
    """Its place in the plan."""
    phase: Phase = Phase.DOWN
    heard: tuple[object, ...] | None = None
    """What the ledger has answered in the round under way."""
    to_do: tuple[str, ...] = ()
    """What the broker was told in it, and has not done yet."""
    unwanted: int | None = None
    """Since when it has seen the key unwanted."""
    is_last: bool = True
    """Whether what it has seen is the last that was written."""
    is_due: bool = True
    steady: int = 0
    """For how many ticks it has run, and the ledger was not away."""


class Faults(NamedTuple):
    """How often each thing may still go wrong."""

    kills: int = 0
    bare: int = 0
    """A copy that can only be written bare."""
    refusals: int = 0
    """Twilio asks for patience."""
    expiries: int = 0
    replays: int = 0
    outages: int = 0
    """The ledger is away for longer than what is wanted counts."""


NO_FAULTS = Faults()


class World(NamedTuple):
    """All there is at one moment."""

    unpublished: tuple[int, ...]
    queue: tuple[Wire, ...]
    parked: tuple[Wire, ...]
    rows: tuple[Kept, ...]
    texts: tuple[tuple[int, str], ...]
    """Event and flow of each that Twilio took."""
    wanted: int | None
    """Of the key that not all want: when last, None where it is not written down."""
    bound: bool
    replicas: tuple[Replica, ...]
    expired: bool
    wrong: str | None
    faults: Faults


@dataclass(frozen=True)
class Shop:
    """What is searched.

    A plan is what one daemon's flow book is, and becomes with each restart; those that are `up`
    run from the beginning. Time goes by where the flows change.
    """

    events: tuple[Published, ...]
    plans: tuple[tuple[tuple[str, ...], ...], ...]
    up: tuple[int, ...]
    faults: Faults = NO_FAULTS
    without: Rule | None = None
    broken: bool = False
    """Whether each text meets a defect of ours."""
    parked: tuple[str, ...] = ("unknown_flow",)
    """The reasons that are good ones here."""

    def book(self, world: World, place: int) -> tuple[str, ...]:
        """Return the flow book that a daemon has now."""
        return self.plans[place][world.replicas[place].book]

    @property
    def rolls(self) -> bool:
        """Whether any flow book changes."""
        return any(len(plan) > 1 for plan in self.plans) or len(self.up) < len(self.plans)


def spend(world: World, fault: str) -> World:
    """Return the world with one fault of this kind less to come."""
    left = getattr(world.faults, fault) - 1
    return world._replace(faults=world.faults._replace(**{fault: left}))


class Step(NamedTuple):
    """One thing that may happen, as `search.Move`."""

    says: str
    world: World
    fault: bool = False
