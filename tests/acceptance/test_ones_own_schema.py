"""A marshmallow schema of the operator's, as docs/flows.md has it: found, used, and changed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.conftest import Shop
from support.daemon import Daemon
from support.http import request
from support.own_schema import CHANGED, DEARER, FLOW, FLOW_OF_DEARER, MODULE, basket, text
from support.publishing import Publication, listen
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

WAITS = "a restart is needed for schema shopschemas:Basket"
CURE = CHANGED.format("smsherald check")


@pytest.fixture
def own(
    rabbit: Rabbit, vhost: str, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
) -> Iterator[Shop]:
    """Run the daemon on the page's schema and flow alone."""
    daemon = Daemon(tmp_path / "daemon", amqp_url, sandbox.url)
    for flow in daemon.flows.iterdir():
        flow.unlink()
    (daemon.flows / "basket-paid.yaml").write_text(FLOW)
    module = daemon.directory / "python" / "shopschemas.py"
    module.parent.mkdir()
    module.write_text(MODULE)
    daemon.environment["PYTHONPATH"] = str(module.parent)
    with daemon:
        yield Shop(rabbit, vhost, sandbox, daemon, listen(amqp_url))


def logged(daemon: Daemon, message: str) -> list[dict[str, object]]:
    return [line for line in daemon.log_lines() if line["message"] == message]


def reload(daemon: Daemon, message: str) -> dict[str, object]:
    """Ask for a reload, and return the line that says how it ended."""
    before = len(logged(daemon, message))
    daemon.running.send_signal(signal.SIGHUP)
    eventually(lambda: len(logged(daemon, message)) > before, what=message)
    return logged(daemon, message)[-1]


def texts(shop: Shop) -> list[str]:
    return [each["body"] for each in shop.sandbox.texts()]


def test_the_pages_is_found_by_commands_and_daemon(own: Shop) -> None:
    assert "2 tests passed" in own.daemon.command("check", "--flows")
    assert "2 tests passed" in own.daemon.command("test")
    own.publish([basket(1250, 250), Publication("basket.paid", {"lines": []})])
    own.settled(2)

    assert texts(own) == [text(15)]
    assert own.parked() == 1


def test_a_changed_one_is_taken_by_a_restart_and_each_reload_says_so(own: Shop) -> None:
    daemon, flow = own.daemon, own.daemon.flows / "basket-paid.yaml"
    (daemon.directory / "python" / "shopschemas.py").write_text(DEARER)

    waits = reload(daemon, "restart_needed")
    said = request(f"{daemon.url}/readyz").text
    own.publish([basket(1000)])
    own.settled(1)

    flow.write_text(FLOW_OF_DEARER)
    refused = reload(daemon, "reload_refused")
    status = " ".join(daemon.command("status").split())
    assert "2 tests passed" in daemon.command("check", "--flows")

    assert daemon.stop() == 0
    daemon.start()
    own.publish([basket(2000)])
    eventually(lambda: own.sandbox.count() == 2, what="the second is sent")

    assert waits["settings"] == ["schema shopschemas:Basket"]
    assert said == f"ready\n{WAITS}\n"
    assert refused["hint"] == CURE
    assert f"tests[0] fails (problems: 1); the one before it holds: {CURE}" in status
    assert texts(own) == [text(10), text(25)]
    assert request(f"{daemon.url}/readyz").text == "ready\n"
