"""Breadth-first search through all worlds that can be reached, and what must hold in them."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from model.changes import renumbered
from model.ledger import ENDED
from model.nature import happen
from model.rules import work
from model.state import Scenario, Step, World
from smsherald.model import OnUnknown, State


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


def steps(scenario: Scenario, world: World) -> Iterator[Step]:
    """Return all that may happen next."""
    yield from work(scenario, world)
    yield from happen(scenario, world)


def wrong(scenario: Scenario, world: World) -> str | None:
    """Return what must never be, if this world has it."""
    texts = [0] * len(world.rows)
    for message in world.messages:
        texts[message.event] += 1
    sent = 0
    for event, row in enumerate(world.rows):
        who = f"event {event + 1}"
        if texts[event] > 1 and scenario.on_unknown is not OnUnknown.RESEND:
            return f"{who} is texted twice"
        if len(world.told[event]) > 1:
            return f"two outcomes of {who} are told"
        if row is None:
            continue
        if texts[event] and row.state in ENDED and row.state is not State.SENT:
            return f"{who} is texted and recorded as {row.state}"
        sent += row.state is State.SENT
        told = {notice.outcome for notice in world.told[event]}
        if row.told and f"sms.{row.state}" not in told:
            return f"{who} is taken for told as {row.state}, and nobody was told so"
    if sent > len(world.messages):
        return "more is recorded as sent than Twilio has taken"
    return None


def done(world: World) -> bool:
    """Say whether every event is acked, and every SMS has ended and is told, as it is."""
    if world.queue or world.workers or world.requests:
        return False
    if not all(row and row.state in ENDED and row.told for row in world.rows):
        return False
    return all(world.told)


def search(scenario: Scenario, *, most: int = 2_000_000) -> Result:
    """Search all worlds. Nothing may be wrong in one, and from each the end must be in reach.

    The end is `done`, by steps that are no faults: so nothing is lost.
    """
    with _without_collections():
        return _search(scenario, most)


def _search(scenario: Scenario, most: int) -> Result:
    start = scenario.start()
    worlds = [start]
    number = {start: 0}
    came_from = [-1]
    leads_here: list[list[int]] = [[]]
    place = 0
    while place < len(worlds):
        world = worlds[place]
        for step in steps(scenario, world):
            new = renumbered(step.world)
            found = number.get(new)
            if found is None:
                found = number[new] = len(worlds)
                worlds.append(new)
                came_from.append(place)
                leads_here.append([])
                if (problem := wrong(scenario, new)) is not None:
                    return Result(len(worlds), problem, _trace(scenario, worlds, came_from, found))
            if not step.fault and found != place:
                leads_here[found].append(place)
        place += 1
        if len(worlds) > most:
            message = f"more than {most:,} states"
            raise AssertionError(message)
    lost = _first_lost(worlds, leads_here)
    if lost is None:
        return Result(len(worlds))
    problem = "an event is lost: nothing leads to its end"
    return Result(len(worlds), problem, _trace(scenario, worlds, came_from, lost))


def _first_lost(worlds: list[World], leads_here: list[list[int]]) -> int | None:
    """Return the first world from which no step that is no fault leads towards the end."""
    ends = [place for place, world in enumerate(worlds) if done(world)]
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


def _trace(
    scenario: Scenario, worlds: list[World], came_from: list[int], last: int
) -> tuple[str, ...]:
    way = []
    while last:
        before = came_from[last]
        way.append(
            next(
                s.says
                for s in steps(scenario, worlds[before])
                if renumbered(s.world) == worlds[last]
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
