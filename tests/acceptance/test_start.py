"""What a service manager is told of a start: what holds it up, and why it failed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from smsherald.cli.exits import CONFIGURATION, FAILED
from support.daemon import Daemon
from support.http import request
from support.ports import free_port
from support.secrets import require_none
from support.waiting import PATIENCE

PASSWORD = "never-to-be-seen"


@dataclass
class Starting:
    """A daemon, and the socket at which a service manager hears of it."""

    daemon: Daemon
    manager: socket.socket

    def start(self) -> None:
        self.daemon.start(ready=False)

    def shows(self, beginning: str) -> str:
        """Wait for a status that begins so, and return it whole."""
        while True:
            *_, line = self.manager.recv(4096).decode().split("\n")
            require_none(line, "what systemd is told")
            assert PASSWORD not in line
            if (status := line.removeprefix("STATUS=")).startswith(beginning):
                return status

    def last(self) -> str:
        """Return the status that it left."""
        status = ""
        self.manager.settimeout(0)
        try:
            while True:
                status = self.shows("")
        except BlockingIOError:
            return status


@pytest.fixture
def starting(daemon: Daemon) -> Iterator[Starting]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(PATIENCE)
        manager.bind(path := str(daemon.directory / "notify"))
        daemon.environment["NOTIFY_SOCKET"] = path
        yield Starting(daemon, manager)


def test_one_that_waits_says_for_what_as_readyz_does(starting: Starting) -> None:
    url = f"postgresql://shop:{PASSWORD}@127.0.0.1:{free_port()}/ledger"
    starting.daemon.settings["ledger"]["url"] = url
    starting.start()
    shown = starting.shows("starting; ledger: ")
    first, *waiting = request(starting.daemon.url + "/readyz").text.splitlines()

    assert shown == f"starting; {first}"
    assert "the daemon waits for what ledger.url names" in first
    assert [line.partition(": ")[2] for line in waiting] == [
        "starting; it waits for the ledger"
    ] * len(waiting)
    assert starting.daemon.stop() == 0
    assert starting.last() == "giving up the start"


def test_a_port_that_is_taken_is_named(starting: Starting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        starting.daemon.settings["http"]["listen"] = f"127.0.0.1:{port}"
        starting.start()
        assert starting.daemon.wait() == FAILED

    said = f"http.listen: http://127.0.0.1:{port}: Address already in use"
    assert starting.last() == said
    assert starting.daemon.stderr.read_text() == f"smsherald: {said}\n"


def test_of_a_refused_configuration_the_first_mistake_is_named(starting: Starting) -> None:
    starting.daemon.settings["broker"]["prefetch_all"] = True
    starting.daemon.settings["ledger"]["quarantine"] = "soon"
    starting.start()
    assert starting.daemon.wait() == CONFIGURATION

    first, *more = starting.daemon.stderr.read_text().splitlines()
    assert first.startswith(f"{starting.daemon.config}:")
    assert starting.last() == (
        f"{first} (problems: {1 + len(more)}); smsherald check names all of it"
    )


def test_a_ledger_that_is_none_is_named(starting: Starting, tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("no database, though long enough to be taken for one" * 20)
    starting.daemon.settings["ledger"]["url"] = f"sqlite:///{tmp_path}/other.db"
    starting.start()
    assert starting.daemon.wait() == CONFIGURATION

    said = starting.daemon.stderr.read_text()
    assert said.startswith(f"smsherald: {tmp_path}/other.db: ")
    assert f"smsherald: {starting.last()}\n" == said


def test_what_is_in_doubt_is_said_from_the_first(starting: Starting) -> None:
    starting.daemon.settings["broker"]["url"] = "memory://"
    starting.daemon.settings["policy"] = {"allow": ["DE"]}
    starting.start()
    said = starting.shows("handling events")
    assert starting.daemon.stop() == 0

    assert said == "handling events; policy.allow: only who is named there is texted (1)"
