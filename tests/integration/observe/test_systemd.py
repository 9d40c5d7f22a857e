"""What systemd hears, on the sockets it would listen on."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from smsherald.observe.systemd import Systemd, invocation, running


class Manager:
    """The end of the socket that systemd holds; like it, it asks the kernel who is speaking."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.settimeout(30)
        self.socket.bind(address)

    def hear(self) -> tuple[list[str], int]:
        """Return the next datagram's lines, and the process that sent it."""
        data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(12))
        ((level, kind, credentials),) = ancillary
        assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
        return data.decode().split("\n"), struct.unpack("iii", credentials)[0]

    def heard(self) -> list[str]:
        """Return the lines of all that has come so far."""
        self.socket.settimeout(0)
        lines: list[str] = []
        while True:
            try:
                lines += self.socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return lines


@pytest.fixture(params=["a path", "an abstract name"])
def notify_socket(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return what `NOTIFY_SOCKET` says: both kinds are in use."""
    if request.param == "a path":
        return str(tmp_path / "notify")
    return f"@smsherald-test-{secrets.token_hex(8)}"


@pytest.fixture
def manager(notify_socket: str) -> Iterator[Manager]:
    address = notify_socket
    manager = Manager(f"\0{address[1:]}" if address.startswith("@") else address)
    with manager.socket:
        yield manager


def test_ready_comes_with_its_status_and_from_this_process(
    manager: Manager, notify_socket: str
) -> None:
    Systemd({"NOTIFY_SOCKET": notify_socket}).ready("handling events")

    assert manager.hear() == (["READY=1", "STATUS=handling events"], os.getpid())


def test_a_reload_begins_at_a_moment_of_systemds_own_clock(
    manager: Manager, notify_socket: str
) -> None:
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    Systemd({"NOTIFY_SOCKET": notify_socket}).reloading("reading the configuration")
    after = time.clock_gettime(time.CLOCK_MONOTONIC)

    (said, at, status), _ = manager.hear()
    assert (said, status) == ("RELOADING=1", "STATUS=reading the configuration")
    name, _, microseconds = at.partition("=")
    assert name == "MONOTONIC_USEC"
    assert int(before * 1e6) - 1 <= int(microseconds) <= after * 1e6


def test_stopping_comes_with_its_status(manager: Manager, notify_socket: str) -> None:
    Systemd({"NOTIFY_SOCKET": notify_socket}).stopping("finishing 3 SMSes")

    assert manager.hear()[0] == ["STOPPING=1", "STATUS=finishing 3 SMSes"]


def test_a_status_of_two_lines_says_nothing_else(manager: Manager, notify_socket: str) -> None:
    Systemd({"NOTIFY_SOCKET": notify_socket}).status("broker:\nSTOPPING=1")

    assert manager.hear()[0] == ["STATUS=broker: STOPPING=1"]


def test_a_status_is_as_long_as_systemd_takes_it_and_utf_8(
    manager: Manager, notify_socket: str
) -> None:
    Systemd({"NOTIFY_SOCKET": notify_socket}).reloading(f"\udcff{'🎉' * 5_000}")

    (*_, status), _ = manager.hear()
    assert status.startswith("STATUS=?🎉")
    assert status.endswith("🎉…")


async def test_what_it_does_is_shown_whenever_that_is_another(
    manager: Manager, notify_socket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsherald.observe.systemd.FOLLOWS_EVERY", 0.01)
    states = ["handling events", "handling events", "twilio: no", "twilio: no", "handling events"]
    followed = iter(states)
    last = asyncio.Event()

    def state() -> str:
        now = next(followed, "")
        if not now:
            last.set()
        return now or states[-1]

    following = asyncio.create_task(Systemd({"NOTIFY_SOCKET": notify_socket}).follow(state))
    await asyncio.wait_for(last.wait(), 30)
    following.cancel()

    assert manager.heard() == ["STATUS=twilio: no", "STATUS=handling events"]


def test_without_systemd_nothing_is_said_and_nothing_fails() -> None:
    with capture_logs() as lines:
        systemd = Systemd({})
        systemd.ready("x")
        systemd.status("x")
        systemd.stopping("x")

    assert lines == []


def test_a_socket_that_is_gone_is_a_warning_and_stops_nothing(tmp_path: Path) -> None:
    with capture_logs() as lines:
        Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")

    assert lines == [
        {
            "event": "systemd_not_told",
            "log_level": "warning",
            "told": "READY=1",
            "error": "[Errno 2] No such file or directory",
        }
    ]


def test_a_manager_that_does_not_read_is_a_warning_and_holds_up_nothing(
    manager: Manager, notify_socket: str
) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": notify_socket})
    with capture_logs() as lines:
        for _ in range(10_000):
            systemd.status("x")
            if lines:
                break

    assert [line["error"] for line in lines] == ["[Errno 11] Resource temporarily unavailable"]
    assert "STATUS=x" in manager.heard()


class TestWatchdog:
    """The unit's `WatchdogSec=` kills a daemon that does not say it lives."""

    async def test_it_is_told_twice_per_period(self, manager: Manager, notify_socket: str) -> None:
        systemd = Systemd({"NOTIFY_SOCKET": notify_socket, "WATCHDOG_USEC": "200000"})
        await _for(0.55, systemd, alive=True)

        # At 0, 0.1, … 0.5 s; a busy machine is late, but once per period would be 3 at most.
        assert 4 <= manager.heard().count("WATCHDOG=1") <= 6

    async def test_it_is_told_nothing_while_the_daemon_is_not_alive(
        self, manager: Manager, notify_socket: str
    ) -> None:
        systemd = Systemd({"NOTIFY_SOCKET": notify_socket, "WATCHDOG_USEC": "20000"})
        await _for(0.1, systemd, alive=False)

        assert manager.heard() == []

    async def test_a_watchdog_that_is_meant_for_us_is_told(
        self, manager: Manager, notify_socket: str
    ) -> None:
        environment = {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": str(os.getpid())}
        await _for(0.1, Systemd({"NOTIFY_SOCKET": notify_socket, **environment}), alive=True)

        assert "WATCHDOG=1" in manager.heard()

    @pytest.mark.parametrize(
        "environment",
        [
            {},
            {"WATCHDOG_USEC": "0"},
            {"WATCHDOG_USEC": "soon"},
            {"WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"},
        ],
        ids=["not set", "off", "no number", "of another process"],
    )
    async def test_without_one_there_is_nothing_to_do(
        self, manager: Manager, notify_socket: str, environment: dict[str, str]
    ) -> None:
        systemd = Systemd({"NOTIFY_SOCKET": notify_socket, **environment})
        await asyncio.wait_for(systemd.watch(lambda: True), timeout=30)

        assert manager.heard() == []


async def _for(seconds: float, systemd: Systemd, *, alive: bool) -> None:
    watch = asyncio.create_task(systemd.watch(lambda: alive))
    await asyncio.sleep(seconds)
    assert not watch.done()
    watch.cancel()
    await asyncio.wait([watch])


def test_of_units_that_run_only_the_daemons_are_ours(tmp_path: Path) -> None:
    names = ("smsherald", "smsherald@a", "smsherald-command-1", "rabbitmq-server")
    for name in (*names, "smsherald.slice"):
        (tmp_path / f"invocation:{name}.service").symlink_to("0")
    (tmp_path / "invocation:smsherald@b.slice").symlink_to("0")
    (tmp_path / "log-extra-fields:smsherald@c.service").symlink_to("0")

    assert running(tmp_path) == {"smsherald", "smsherald@a"}
    assert running(tmp_path / "none") == frozenset()
    assert invocation("smsherald@a", tmp_path) == "0"
    assert invocation("smsherald@c", tmp_path) is None
