"""When events are asked for: all, one by one, or none."""

from __future__ import annotations

import pytest

from smsherald.settle.intake import LONGEST_REST, MOST_TRIED, REST, Intake, Mode
from smsherald.settle.port import Lengths, OnDelivery, Session
from smsherald.testing import SetClock


class Around:
    """A broker that notes what is asked of it, and what the intake goes by."""

    def __init__(self) -> None:
        self.asked: list[tuple[bool, int | None]] = []
        self.clock = SetClock()
        self.shut = self.due = False
        self.taken = 0
        self.intake = Intake(
            self,
            self.clock,
            shut=lambda: self.shut,
            due=lambda: self.due,
            taken=lambda: self.taken,
        )

    def consume(self, *, on: bool, most: int | None = None) -> None:
        """Keep the port `Broker`."""
        self.asked.append((on, most))

    async def run(self, on_delivery: OnDelivery) -> None:
        """Keep it too; nobody runs this one."""
        raise NotImplementedError(on_delivery)

    def rebind(self) -> None:
        """Keep it too; nobody has new keys here."""
        raise NotImplementedError

    @property
    def session(self) -> Session | None:
        """There is none."""
        return None

    async def lengths(self) -> Lengths | None:
        """Nobody asks."""
        raise NotImplementedError

    def look(self, *, shut: bool, due: bool = False) -> Mode:
        """Let the intake look while this holds; return its mode."""
        self.shut, self.due = shut, due
        self.intake.look()
        return self.intake.mode


@pytest.fixture
def around() -> Around:
    return Around()


def test_all_come_while_something_may_be_sent(around: Around) -> None:
    assert around.look(shut=False) is Mode.ALL
    assert around.look(shut=False, due=True) is Mode.ALL
    assert around.asked == []


def test_none_come_while_nothing_may_be_sent_and_all_come_again(around: Around) -> None:
    assert around.look(shut=True) is Mode.NOTHING
    assert around.look(shut=True) is Mode.NOTHING
    assert around.look(shut=False) is Mode.ALL

    assert around.asked == [(False, None), (True, None)]


def test_they_come_one_by_one_while_a_probe_is_due(around: Around) -> None:
    around.look(shut=True)

    assert around.look(shut=True, due=True) is Mode.ONE
    # An SMS has taken it.
    assert around.look(shut=True, due=False) is Mode.NOTHING
    assert around.asked == [(False, None), (True, 1), (False, None)]


def test_a_hundred_that_could_not_be_the_probe_are_enough_for_a_while(around: Around) -> None:
    around.look(shut=True, due=True)
    around.taken += MOST_TRIED - 1
    assert around.look(shut=True, due=True) is Mode.ONE
    around.taken += 1

    assert around.look(shut=True, due=True) is Mode.NOTHING
    around.clock.move(REST - 0.1)
    assert around.look(shut=True, due=True) is Mode.NOTHING
    around.clock.move(0.1)
    assert around.look(shut=True, due=True) is Mode.ONE
    around.taken += MOST_TRIED - 1
    assert around.look(shut=True, due=True) is Mode.ONE


def test_rests_grow_while_it_is_in_vain(around: Around) -> None:
    rests = []
    for _ in range(9):
        assert around.look(shut=True, due=True) is Mode.ONE
        around.taken += MOST_TRIED
        rest = 0.0
        while around.look(shut=True, due=True) is Mode.NOTHING:
            around.clock.move(5.0)
            rest += 5.0
        rests.append(rest)

    assert rests[:4] == [REST, 2 * REST, 4 * REST, 8 * REST]
    assert rests[-1] == LONGEST_REST
    around.look(shut=True, due=False)
    around.look(shut=True, due=True)
    around.taken += MOST_TRIED
    around.look(shut=True, due=True)
    around.clock.move(REST)
    assert around.look(shut=True, due=True) is Mode.ONE


def test_none_come_any_more_once_it_stops(around: Around) -> None:
    around.intake.stop()

    assert around.look(shut=False, due=True) is Mode.NOTHING
    assert around.asked == [(False, None)]
