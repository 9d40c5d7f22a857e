"""`smsherald check --live` as a shell sees it, on RabbitMQ, its management plugin and a sandbox."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from support.command import smsherald
from support.daemon import Daemon
from support.http import request
from support.ports import free_port
from support.process import Process
from support.publishing import Publication, channel, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.secrets import BROKER_PASSWORD
from support.waiting import eventually


@pytest.fixture(scope="module")
def management(rabbit: Rabbit) -> Iterator[str]:
    """Run RabbitMQ's management plugin beside the tests of this file."""
    with rabbit.management() as url:
        yield url


def check(config: Daemon, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return smsherald(
        *("check", "--live", "--config", str(config.config), "--seconds", "0.1", *options),
        environment=environment,
    )


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Return them by what they are about; the last of each."""
    return {found["subject"]: found for found in json.loads(done.stdout)["findings"]}


def manage(config: Daemon, url: str) -> None:
    config.settings["broker"]["management"] = url
    config.write()
