"""`compose.yaml` does what it says: every service is started by it, with this machine's programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.compose.file import first_event, published
from support.compose.stack import Stack
from support.waiting import eventually

DAEMONS = 2
STOPS_WITHIN = 40.0


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start all of it, two daemons: `docker compose up --scale daemon=2`."""
    with Stack(tmp_path_factory.mktemp("compose")) as started:
        started.up(daemon=DAEMONS)
        yield started


def asked(stack: Stack, service: str, path: str) -> Any:
    """Return what a service answers as JSON where the file publishes it."""
    (port,) = published(stack.services[service]).values()
    return json.loads(stack.get(f"http://{stack.containers[service][0].address}:{port}{path}"))


@pytest.mark.takes(40)
@pytest.mark.long
class TestStack:
    """All that a newcomer sees of it."""

    def test_the_first_event_becomes_a_text(self, stack: Stack) -> None:
        service, command, event = first_event()
        done = stack.containers[service][0].run(*command, stdin=event)
        assert done.returncode == 0, done.stderr

        def texts() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = asked(stack, "sandbox", "/sandbox/messages")["messages"]
            return found

        eventually(texts, what="the sandbox has a text")
        assert [text["to"] for text in texts()] == [json.loads(event)["billing_address"]["phone"]]

    def test_prometheus_watches_every_daemon_by_the_shipped_rules(self, stack: Stack) -> None:
        def up() -> bool:
            targets = asked(stack, "prometheus", "/api/v1/targets")["data"]["activeTargets"]
            return [target["health"] for target in targets] == ["up"] * DAEMONS

        eventually(up, what="both are scraped")
        (rules,) = {
            group["file"] for group in asked(stack, "prometheus", "/api/v1/rules")["data"]["groups"]
        }
        told = asked(stack, "prometheus", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
        assert rules == "/etc/prometheus/smsherald.rules.yaml"
        assert [each["url"] for each in told] == ["http://alertmanager:9093/api/v2/alerts"]
