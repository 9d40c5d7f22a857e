"""The brokers that must keep the contract of `settle/port.py`."""

from __future__ import annotations

from functools import partial

import pytest

from support.rabbit import Rabbit
from support.scenes import EmbeddedScene, NewScene, RabbitScene, Scene


@pytest.fixture(params=["embedded", "rabbitmq"])
def new_scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> NewScene:
    """Return what sets a scene, once a test, on each kind: a new kind is one more case here."""
    match request.param:
        case "embedded":
            return EmbeddedScene
        case "rabbitmq":
            rabbit: Rabbit = request.getfixturevalue("rabbit")
            vhost: str = request.getfixturevalue("vhost")
            # It is for acks that nobody waits for; here each is seen to have come.
            monkeypatch.setattr("smsherald.broker.rabbitmq.supervisor.LINGER", 0.0)
            return partial(RabbitScene, rabbit, vhost)
        case kind:
            pytest.fail(f"no such broker: {kind}")


@pytest.fixture
def scene(new_scene: NewScene) -> Scene:
    """Return a broker that wants `order.created` and bounds nothing."""
    return new_scene()
