"""The gateway before a sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from smsherald.sandbox import Sandbox
from smsherald.twilio import TwilioGateway
from support.gateway import Surroundings, twilio_settings


@pytest.fixture
def around() -> Surroundings:
    """Return what surrounds the gateway of this test."""
    return Surroundings()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Start a sandbox whose texts are delivered right after they were taken."""
    async with Sandbox(delay=0) as sandbox:
        yield sandbox


@pytest.fixture
async def gateway(sandbox: Sandbox, around: Surroundings) -> AsyncIterator[TwilioGateway]:
    """Open a gateway that asks the sandbox, for a second at most."""
    async with around.gateway(twilio_settings(sandbox.url, timeout=1.0)) as gateway:
        yield gateway
