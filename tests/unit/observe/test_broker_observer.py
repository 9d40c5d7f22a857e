"""What an operator learns of the sessions with the broker: nothing waits unseen."""

from __future__ import annotations

import pytest

from smsherald.observe.broker_observer import BrokerObserver
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics


class Around:
    """What is reported to."""

    def __init__(self) -> None:
        self.health = Health(["broker", "publisher"], lambda: 0.0)
        self.health.problem("publisher", None)
        self.observer = BrokerObserver(self.health, Metrics([]))

    @property
    def problems(self) -> list[str | None]:
        return list(self.health.components.values())


@pytest.fixture
def around() -> Around:
    around = Around()
    around.observer.connected("broker:5672")
    around.observer.problem(None)
    return around


def test_nothing_is_wrong_once_deliveries_come(around: Around) -> None:
    assert around.problems == [None, None]


def test_a_connection_alone_is_not_ready() -> None:
    around = Around()
    around.observer.connected("broker:5672")

    assert around.problems == ["starting", None]


class TestStuck:
    """It is connected, and nothing that is published gets through."""

    def test_is_said_until_it_is_over(self, around: Around) -> None:
        around.observer.stuck("the broker takes nothing: low on memory")
        assert around.problems[0] == "the broker takes nothing: low on memory"

        around.observer.stuck(None)
        assert around.problems[0] is None

    def test_gives_way_to_what_is_worse(self, around: Around) -> None:
        around.observer.stuck("the broker takes nothing: low on disk")
        around.observer.problem("connection refused")

        assert around.problems[0] == "connection refused"
