"""What each broker makes of health."""

from __future__ import annotations

from collections.abc import Collection

from smsherald.broker.choose import consuming, is_embedded
from smsherald.observe.broker_observer import SESSION_STALLS, BrokerObserver
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.testing import SetClock
from support.broker import RememberedKeys, broker_settings, topology


async def test_the_embedded_broker_is_ready_and_stays_alive_though_nothing_happens() -> None:
    clock = SetClock()
    health = Health(("broker",), clock.monotonic)
    observer = BrokerObserver(health, Metrics([]))
    consuming(broker_settings("memory://"), topology, RememberedKeys(), observer)
    clock.move(SESSION_STALLS + 1)

    assert health.ready
    assert health.alive


def test_only_memory_is_embedded() -> None:
    urls: Collection[str] = ("memory://", "amqp://localhost", "amqps://localhost")

    assert [is_embedded(broker_settings(url)) for url in urls] == [True, False, False]
