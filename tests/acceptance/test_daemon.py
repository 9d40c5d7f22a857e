"""The daemon as a process: it starts, ends and starts again."""

from __future__ import annotations

import pytest

from support.daemon import Daemon
from support.publishing import order, publish
from support.sandbox import SandboxProcess
from support.waiting import eventually


def test_a_daemon_that_was_asked_to_end_ends_with_0_and_may_start_again(daemon: Daemon) -> None:
    daemon.start()
    assert daemon.stop() == 0
    daemon.start()

    assert daemon.fds() > 0


@pytest.mark.parametrize("anew", [True, False], ids=["as a shell does it", "as most tests do it"])
def test_however_it_is_started_it_sends_and_ends_alike(
    anew: bool,  # noqa: FBT001 - one of the two
    daemon: Daemon,
    sandbox: SandboxProcess,
    amqp_url: str,
) -> None:
    assert sandbox.stop() == 0
    sandbox.anew = daemon.anew = anew
    sandbox.start()
    daemon.start()
    publish(amqp_url, [order(1)])
    eventually(lambda: sandbox.count() == 1, what="it is sent")

    assert daemon.stop() == 0
    assert sandbox.stop() == 0
    assert (daemon.stderr.read_text(), sandbox.stderr.read_text()) == ("", "")
