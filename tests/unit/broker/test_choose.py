"""What each broker makes of health."""

from __future__ import annotations

from collections.abc import Collection

from smsherald.broker.choose import consuming, is_embedded
from smsherald.observe.broker_observer import SESSION_STALLS, BrokerObserver
from smsherald.observe.health import Health
from smsherald.observe.metrics import Metrics
from smsherald.settings.secret import Secret
from smsherald.settings.values import BrokerSettings
from smsherald.testing import SetClock
from support.broker import RememberedKeys, topology


def settings(url: str) -> BrokerSettings:
    return BrokerSettings(
        url=Secret(url),
        exchange="events",
        queue="smsherald",
        declare=True,
        unbind_after=86_400.0,
        concurrency=2,
        prefetch=8,
        heartbeat=10,
        max_body=1_000_000,
        drain=25,
    )


async def test_the_embedded_broker_is_ready_and_stays_alive_though_nothing_happens() -> None:
    clock = SetClock()
    health = Health(("broker",), clock.monotonic)
    observer = BrokerObserver(health, Metrics([]), lambda _: None)
    consuming(settings("memory://"), topology(), RememberedKeys(), observer)
    clock.move(SESSION_STALLS + 1)

    assert health.ready
    assert health.alive


def test_only_memory_is_embedded() -> None:
    urls: Collection[str] = ("memory://", "amqp://localhost", "amqps://localhost")

    assert [is_embedded(settings(url)) for url in urls] == [True, False, False]
