"""What may keep texts from customers although all works."""

from __future__ import annotations

import pytest

from smsherald.observe.doubts import LASTS, Strangers
from smsherald.testing.clock import SetClock


@pytest.fixture
def time() -> SetClock:
    return SetClock()


@pytest.fixture
def strangers(time: SetClock) -> Strangers:
    return Strangers("smsherald", time)


class TestStrangers:
    """Consumers of the queue beside the daemons on the ledger."""

    @pytest.mark.parametrize(("consumers", "daemons"), [(0, 0), (0, 1), (1, 0), (1, 1), (2, 3)])
    def test_daemons_are_none(
        self, strangers: Strangers, time: SetClock, consumers: int, daemons: int
    ) -> None:
        for _ in range(3):
            strangers.look(consumers, daemons)
            time.move(LASTS)

        assert strangers.doubts() == []

    @pytest.mark.parametrize(
        ("consumers", "daemons", "named"),
        [(2, 1, "another consumer"), (2, 0, "another consumer"), (5, 2, "3 other consumers")],
    )
    def test_one_that_stays_is_said_until_it_is_gone(
        self, strangers: Strangers, time: SetClock, consumers: int, daemons: int, named: str
    ) -> None:
        strangers.look(consumers, daemons)
        time.move(LASTS - 1)
        strangers.look(consumers, daemons)
        assert strangers.doubts() == []

        time.move(1)
        (said,) = strangers.doubts()
        assert f"the queue smsherald has {named} beside the daemons" in said
        assert "daemons of one SMSHERALD_INSTANCE count as one" in said

        strangers.look(daemons, daemons)
        assert strangers.doubts() == []

    def test_while_the_broker_says_nothing_nobody_is_one(
        self, strangers: Strangers, time: SetClock
    ) -> None:
        for _ in range(3):
            strangers.look(2, 1)
            time.move(LASTS - 1)
            strangers.look(None, 1)
            time.move(LASTS)
            assert strangers.doubts() == []

    def test_a_daemon_that_comes_before_the_ledger_knows_it_is_none(
        self, strangers: Strangers, time: SetClock
    ) -> None:
        for _ in range(5):
            strangers.look(2, 1)
            time.move(LASTS - 1)
            strangers.look(2, 2)
            time.move(1)

        assert strangers.doubts() == []
