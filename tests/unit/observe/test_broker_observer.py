"""What an operator learns of the sessions with the broker: nothing waits unseen."""

from __future__ import annotations

import pytest

from smsherald.observe.broker_observer import UNCONFIRMED_WITHIN, BrokerObserver
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics


class Around:
    """What is reported to."""

    def __init__(self) -> None:
        self.health = Health(["broker", "publisher"], lambda: 0.0)
        self.health.problem("publisher", None)
        self.changes: list[str] = []
        self.observer = BrokerObserver(self.health, Metrics([]), self.changes.append)

    @property
    def problems(self) -> list[str | None]:
        return list(self.health.components.values())


@pytest.fixture
def around() -> Around:
    around = Around()
    around.observer.connected(up=True)
    around.observer.problem(None)
    return around


def test_nothing_is_wrong_once_deliveries_come(around: Around) -> None:
    assert around.problems == [None, None]
    assert around.changes == ["handling events"]


def test_a_connection_alone_is_not_ready() -> None:
    around = Around()
    around.observer.connected(up=True)

    assert around.problems == ["starting", None]


class TestBlocked:
    """The broker takes nothing from us."""

    def test_is_said_in_its_words_until_it_takes_it_again(self, around: Around) -> None:
        around.observer.blocked("low on memory")
        assert around.problems == ["blocked by the broker: low on memory", None]

        around.observer.blocked(None)
        assert around.problems == [None, None]

    def test_stands_beside_what_is_wrong_otherwise(self, around: Around) -> None:
        around.observer.blocked("low on disk")
        around.observer.problem("connection refused")

        assert around.problems[0] == "connection refused; blocked by the broker: low on disk"

    def test_is_over_with_its_connection(self, around: Around) -> None:
        around.observer.blocked("low on memory")
        around.observer.connected(up=False)

        assert around.problems == [None, None]


class TestUnconfirmed:
    """What was published waits for the broker's word."""

    def test_is_no_problem_while_it_is_young(self, around: Around) -> None:
        for age in (None, 0.0, UNCONFIRMED_WITHIN):
            around.observer.unconfirmed(lambda age=age: age)  # type: ignore[misc]  # The default binds it.
            assert around.problems == [None, None]

    def test_is_one_as_soon_as_it_is_older_and_somebody_asks(self, around: Around) -> None:
        age = 1.0
        around.observer.unconfirmed(lambda: age)
        assert around.health.ready

        age = 12.4
        assert around.problems == [None, "the oldest publish has waited 12 s for its confirm"]
        assert not around.health.ready

    def test_is_over_with_its_connection(self, around: Around) -> None:
        around.observer.unconfirmed(lambda: 60.0)
        around.observer.connected(up=False)

        assert around.problems == [None, None]

    def test_stands_beside_what_the_broker_refuses(self, around: Around) -> None:
        around.health.problem("publisher", "refused")
        around.observer.unconfirmed(lambda: 60.0)

        assert around.problems[1] == "refused; the oldest publish has waited 60 s for its confirm"
