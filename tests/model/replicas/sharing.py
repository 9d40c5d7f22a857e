"""Daemons that share a queue as they are searched: where they begin, and what must hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.replicas import rules
from model.replicas.books import NEW, book_of
from model.replicas.world import RECENT, Phase, Replica, Shop, Step, World


@dataclass(frozen=True)
class Sharing:
    """What is searched of them, as `search.Model`."""

    shop: Shop

    def start(self) -> World:
        """Return the world with those daemons up that are so from the beginning."""
        shop = self.shop
        up = Replica(phase=Phase.UP, steady=RECENT)
        replicas = tuple(up if p in shop.up else Replica() for p in range(len(shop.plans)))
        wanted = any(NEW in book_of(shop.plans[place][0]).keys for place in shop.up)
        return World(
            tuple(range(len(shop.events))), (), (), (), (), 0 if wanted else None, wanted,
            replicas, expired=False, wrong=None, faults=shop.faults,
        )  # fmt: skip

    def steps(self, world: World) -> Iterator[Step]:
        """Return all that may happen next."""
        return rules.steps(self.shop, world)

    def alike(self, world: World) -> World:
        """Return the world without what no daemon looks at: what is the last of what none saw."""
        if not self.shop.rolls:
            return world
        replicas = tuple(
            each._replace(is_last=True)
            if each.heard is None and each.unwanted is None and not each.is_last
            else each
            for each in world.replicas
        )
        return world._replace(replicas=replicas)

    def wrong(self, world: World) -> str | None:
        """Return what must never be, if this world has it."""
        return world.wrong

    def done(self, world: World) -> bool:
        """Say whether all is published, and nothing of it waits in the queue."""
        return not world.unpublished and not world.queue
