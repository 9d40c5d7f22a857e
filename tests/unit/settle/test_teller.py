"""What waits in the outbox is told, and forgotten only then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from smsherald.errors import Reason
from smsherald.model import Ended, Fact, Held, Sms
from smsherald.settle.herald import AT_ONCE, Teller
from support.examples import SMS


def fact(name: str) -> Fact:
    return Fact(name, SMS, Held(SMS.asked, Reason.HELD, at=1.0, claim_number=int(name)))


@dataclass
class World:
    """Outbox and herald in one."""

    left: list[Fact]
    heard: bool = True
    breaks: frozenset[int] = frozenset()
    told: list[int] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    async def facts(self, most: int) -> Sequence[Fact]:
        return self.left[:most]

    async def forget_facts(self, ids: Collection[str]) -> None:
        self.left = [each for each in self.left if each.id not in ids]

    async def tell(self, facts: Sequence[tuple[Sms, Ended | Held]]) -> bool:
        numbers = [outcome.claim_number for _, outcome in facts if isinstance(outcome, Held)]
        if self.breaks & set(numbers):
            raise ValueError("a defect of ours")
        if self.heard:
            self.told += numbers
        return self.heard

    def defect(self, which: Fact, error: Exception) -> None:
        assert isinstance(error, ValueError)
        self.defects.append(which.id)


def teller(world: World) -> Teller:
    return Teller(world, world, world.defect)


async def test_what_is_confirmed_is_forgotten() -> None:
    world = World([fact("1"), fact("2")])
    told = await teller(world).tell()

    assert [each.id for each in told] == ["1", "2"]
    assert world.told == [1, 2]
    assert world.left == []


async def test_what_is_not_confirmed_is_told_the_next_time() -> None:
    world = World([fact("1")], heard=False)
    it = teller(world)
    assert await it.tell() == ()
    assert [each.id for each in world.left] == ["1"]

    world.heard = True
    await it.tell()
    assert world.left == []


async def test_a_defect_of_one_is_said_once_and_hides_no_other() -> None:
    bad = [fact(str(number)) for number in range(3)]
    good = [fact(str(number)) for number in range(3, AT_ONCE + 3)]
    world = World([*bad, *good], breaks=frozenset({0, 1, 2}))
    it = teller(world)
    for _ in range(3):
        await it.tell()

    assert world.defects == ["0", "1", "2"]
    assert [each.id for each in world.left] == ["0", "1", "2"]
    assert world.told == list(range(3, AT_ONCE + 3))
