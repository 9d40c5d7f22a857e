"""Upkeep: each of its turns fails for itself, and health hears of it while it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import structlog

from smsherald import upkeep
from smsherald.model import Sent
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.values import LedgerSettings
from smsherald.sweeper import Sweeper, Swept
from smsherald.testing import SetClock, an_sms
from smsherald.upkeep import STALLS, Upkeep
from support.ledgers import LedgerDatabase
from support.waiting import PATIENCE

SMS = an_sms()
SENT = Sent(SMS.asked, "SM" + 32 * "0", "queued", 1.0)
TURNS = ("look_up", "unresolved", "retention", "tell")


@dataclass
class World:
    """Sweeper and ledger in one; notes who had a turn, and fails where it is told to."""

    breaks: frozenset[str] = frozenset()
    failed: tuple[tuple[Any, Exception], ...] = ()
    turns: list[str] = field(default_factory=list)
    waits: asyncio.Event | None = None

    def turn(self, name: str) -> None:
        self.turns.append(name)
        if name in self.breaks:
            raise ValueError("a defect of ours")

    async def look_up(self) -> Swept:
        self.turn("look_up")
        if self.waits is not None:
            await self.waits.wait()
        return Swept(failed=self.failed)

    async def tell(self) -> Swept:
        self.turn("tell")
        return Swept(told=((SMS, SENT),))

    async def unresolved(self, most: int) -> tuple[int, list[str]]:
        assert most == upkeep.NAMED
        self.turn("unresolved")
        return 3, ["a"]

    async def prune(self, retention: float, most: int) -> int:
        assert retention > 0 < most
        self.turn("retention")
        return int(self.turns.count("retention") == 1)


@dataclass
class Around:
    """What upkeep reports to."""

    clock: SetClock = field(default_factory=SetClock)
    metrics: Metrics = field(default_factory=lambda: Metrics(["order-created"]))

    def __post_init__(self) -> None:
        self.health = Health((), self.clock.monotonic)

    def upkeep(self, world: World) -> Upkeep:
        settings: LedgerSettings = LedgerDatabase("sqlite:///x").settings(quarantine=0.02)
        return Upkeep(settings, cast("Sweeper", world), world, self.metrics, self.health)


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BEATS_EVERY", 0.01)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what it waits for sets no event
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("broken", [{name} for name in TURNS] + [set(TURNS)], ids=[*TURNS, "all"])
async def test_a_turn_that_fails_is_logged_and_takes_no_other_with_it(
    around: Around, broken: set[str]
) -> None:
    world = World(frozenset(broken))
    with structlog.testing.capture_logs() as lines:
        await around.upkeep(world).once()

    assert tuple(dict.fromkeys(world.turns)) == TURNS
    failed = [line["turn"] for line in lines if line["event"] == "upkeep_failed"]
    assert failed == [name for name in TURNS if name in broken]
    unresolved = b"smsherald_ledger_unresolved_rows 3.0" in around.metrics.render()[0]
    assert unresolved is ("unresolved" not in broken)
    assert ("ledger_pruned" in [line["event"] for line in lines]) is ("retention" not in broken)


async def test_an_sms_that_a_defect_kept_from_its_turn_is_named(around: Around) -> None:
    with structlog.testing.capture_logs() as lines:
        await around.upkeep(World(failed=((SMS, ValueError("a defect of ours")),))).once()

    (line,) = [line for line in lines if line["event"] == "sweep_failed"]
    assert (line["key"], line["log_level"]) == (SMS.key, "error")


@pytest.mark.usefixtures("_soon")
class TestTheBeat:
    """Health knows it alive while it goes on, and dead once it does not."""

    async def test_goes_on_while_it_waits_for_whatever_is_away(self, around: Around) -> None:
        world = World(waits=asyncio.Event())
        running = asyncio.create_task(around.upkeep(world).run())
        await until(lambda: world.turns == ["look_up"])
        around.clock.move(2 * STALLS)

        await until(lambda: around.health.alive)

        running.cancel()
        await asyncio.wait([running])

    async def test_goes_on_though_every_turn_fails(self, around: Around) -> None:
        world = World(frozenset(TURNS))
        running = asyncio.create_task(around.upkeep(world).run())
        await until(lambda: world.turns.count("retention") > 2)
        around.clock.move(2 * STALLS)

        await until(lambda: around.health.alive)

        running.cancel()
        await asyncio.wait([running])

    async def test_ends_with_the_task(self, around: Around) -> None:
        world = World()
        running = asyncio.create_task(around.upkeep(world).run())
        await until(lambda: "retention" in world.turns)
        running.cancel()
        await asyncio.wait([running])
        around.clock.move(2 * STALLS)
        await asyncio.sleep(0.05)

        assert list(around.health.stalled) == ["upkeep"]
