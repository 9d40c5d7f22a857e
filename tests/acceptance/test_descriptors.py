"""Strangers at the operator's port take no descriptor that a text or a probe needs."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from acceptance.conftest import Shop
from support.daemon import Daemon
from support.http import request
from support.process import COMMAND
from support.publishing import order
from support.waiting import eventually

EVENTS, STRANGERS, LIMIT = 500, 1000, 1024
HALF = b"GET /livez HTTP/1.1\r\nHost: "


def limited(daemon: Daemon, *, soft: int, hard: int) -> Daemon:
    """Let it start with so many descriptors."""
    limits = f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$0" "$@"'
    daemon.program = ("bash", "-c", limits, COMMAND)
    return daemon


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Let this process, which is all the strangers, have as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * STRANGERS:
        pytest.skip("this process may not have enough descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.long
@pytest.mark.usefixtures("many_descriptors")
def test_a_thousand_half_requests_keep_no_text_and_no_probe_back(shop: Shop) -> None:
    daemon = limited(shop.daemon, soft=LIMIT, hard=LIMIT)
    assert daemon.stop() == 0
    daemon.start()
    port = int(daemon.url.rpartition(":")[2])
    answers, descriptors = [], []
    with ExitStack() as stack:
        for number in range(STRANGERS):
            stranger = stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            stranger.send(HALF)
            if number % 200 == 199:
                shop.publish([order(number + each) for each in range(EVENTS // 5)])
                paths = ("/livez", "/readyz", "/metrics")
                answers += [request(daemon.url + path).status for path in paths]
                descriptors.append(daemon.fds())
        eventually(lambda: shop.sandbox.count() >= EVENTS, within=30, what="every text goes out")
        shop.settled(EVENTS, within=30)

    assert answers == [200] * 15
    assert max(descriptors) < LIMIT
    assert len({text["body"] for text in shop.sandbox.texts()}) == shop.sandbox.count() == EVENTS
    assert {line["level"] for line in daemon.log_lines()} == {"info"}
    assert daemon.stderr.read_text() == ""


def test_the_limit_is_raised_to_what_it_may_be(daemon: Daemon) -> None:
    limited(daemon, soft=100, hard=LIMIT).start()

    limits = Path(f"/proc/{daemon.running.pid}/limits").read_text().splitlines()
    [files] = [line.split() for line in limits if line.startswith("Max open files")]
    assert files[3:5] == [str(LIMIT), str(LIMIT)]


def test_a_concurrency_that_does_not_fit_is_refused_in_a_sentence(daemon: Daemon) -> None:
    daemon.settings["broker"]["concurrency"] = 900
    limited(daemon, soft=LIMIT, hard=LIMIT).start(ready=False)

    assert daemon.wait() == 78
    assert daemon.stderr.read_text() == (
        "smsherald: broker.concurrency: 900 SMSes in flight need 1092 file descriptors, and the "
        "process may have 1024 (ulimit -Hn; LimitNOFILE= of a systemd unit)\n"
    )


def test_one_that_just_fits_runs(daemon: Daemon) -> None:
    daemon.settings["broker"]["concurrency"] = LIMIT - 192
    limited(daemon, soft=LIMIT, hard=LIMIT).start()

    assert request(daemon.url + "/readyz").status == 200
