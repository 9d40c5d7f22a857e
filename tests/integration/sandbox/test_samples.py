"""The samples that the inbox page suggests fit the flows that are shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smsherald.events.decode import decode
from smsherald.flows import make
from smsherald.model import Delivery
from smsherald.sandbox.publishing.samples import SAMPLES
from smsherald.settings.load import Loaded, load

SHIPPED = Path(__file__).parents[3] / "config" / "smsherald.yaml"


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    """Load the configuration that is shipped."""
    environ = {
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_FROM": "+15005550006",
    }
    return load(SHIPPED, environ)


@pytest.mark.parametrize("key", SAMPLES)
def test_a_sample_makes_one_text(shipped: Loaded, key: str) -> None:
    body = json.dumps(SAMPLES[key]).encode()
    delivery = Delivery(body, {}, "events", key, redelivered=False, tag=1)
    event = decode(delivery, now=0, max_body=1000)

    made = make(event, shipped.flows)

    assert made.defects == ()
    assert len(made.smses) == 1


def test_every_shipped_flow_has_a_sample(shipped: Loaded) -> None:
    assert {route.key for flow in shipped.flows for route in flow.subscribe} == set(SAMPLES)
