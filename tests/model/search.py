"""Breadth-first search through all worlds that can be reached, and what must hold in them."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, TypeVar

W = TypeVar("W", bound=Hashable)
W_co = TypeVar("W_co", bound=Hashable, covariant=True)


class Move(Protocol[W_co]):
    """One thing that may happen: what it is called, and the world after it."""

    @property
    def says(self) -> str:
        """What happens."""
        ...

    @property
    def world(self) -> W_co:
        """The world after it."""
        ...

    @property
    def fault(self) -> bool:
        """Whether nothing may depend on its happening."""
        ...


class Model(Protocol[W]):
    """What is searched."""

    def start(self) -> W:
        """Return the world before anything happened."""
        ...

    def steps(self, world: W) -> Iterator[Move[W]]:
        """Return all that may happen next."""
        ...

    def alike(self, world: W) -> W:
        """Return the one world that stands for all that differ in nothing that matters."""
        ...

    def wrong(self, world: W) -> str | None:
        """Return what must never be, if this world has it."""
        ...

    def done(self, world: W) -> bool:
        """Say whether this is the end that must be in reach from everywhere."""
        ...


@dataclass(frozen=True)
class Result:
    """How many worlds there are, and the shortest way to one that must not be, if there is any."""

    worlds: int
    wrong: str | None = None
    trace: tuple[str, ...] = ()

    def short(self) -> str:
        """Say it without the trace."""
        return f"{self.wrong} after {len(self.trace)} steps" if self.wrong else "nothing wrong"

    def __str__(self) -> str:
        lines, number = [f"{self.worlds:,} states, {self.short()}"], 1
        for says, alike in groupby(self.trace):
            times = len(list(alike))
            lines.append(f"  {number:2}. {says}" + (f" ({times} times)" if times > 1 else ""))
            number += times
        return "\n".join(lines)


def search(model: Model[W], *, most: int = 2_000_000) -> Result:
    """Search all worlds. Nothing may be wrong in one, and from each the end must be in reach.

    The end is `done`, by steps that are no faults: so nothing is lost.
    """
    with _without_collections():
        return _search(model, most)


def _search(model: Model[W], most: int) -> Result:
    start = model.alike(model.start())
    worlds = [start]
    number = {start: 0}
    came_from = [-1]
    leads_here: list[list[int]] = [[]]
    place = 0
    while place < len(worlds):
        world = worlds[place]
        for step in model.steps(world):
            new = model.alike(step.world)
            found = number.get(new)
            if found is None:
                found = number[new] = len(worlds)
                worlds.append(new)
                came_from.append(place)
                leads_here.append([])
                if (problem := model.wrong(new)) is not None:
                    return Result(len(worlds), problem, _trace(model, worlds, came_from, found))
            if not step.fault and found != place:
                leads_here[found].append(place)
        place += 1
        if len(worlds) > most:
            message = f"more than {most:,} states"
            raise AssertionError(message)
    lost = _first_lost(model, worlds, leads_here)
    if lost is None:
        return Result(len(worlds))
    problem = "an event is lost: nothing leads to its end"
    return Result(len(worlds), problem, _trace(model, worlds, came_from, lost))


def _first_lost(model: Model[W], worlds: list[W], leads_here: list[list[int]]) -> int | None:
    """Return the first world from which no step that is no fault leads towards the end."""
    ends = [place for place, world in enumerate(worlds) if model.done(world)]
    reaches, following = bytearray(len(worlds)), deque(ends)
    for place in ends:
        reaches[place] = 1
    while following:
        for before in leads_here[following.popleft()]:
            if not reaches[before]:
                reaches[before] = 1
                following.append(before)
    first = reaches.find(0)
    return None if first < 0 else first


def _trace(model: Model[W], worlds: list[W], came_from: list[int], last: int) -> tuple[str, ...]:
    way = []
    while last:
        before = came_from[last]
        way.append(
            next(
                s.says for s in model.steps(worlds[before]) if model.alike(s.world) == worlds[last]
            )
        )
        last = before
    return tuple(reversed(way))


@contextmanager
def _without_collections() -> Iterator[None]:
    """Leave the garbage collector out: it would go through all worlds again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
