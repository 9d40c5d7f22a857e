"""`smsherald why` where there is no daemon, or one that is no help."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from smsherald.ledger.sql import versions
from support.command import smsherald
from support.daemon import Daemon
from support.ledgers import LedgerDatabase
from support.sandbox import SandboxProcess


def why(config: Daemon, *arguments: str, columns: int = 80) -> tuple[int, str, str]:
    environment = {"COLUMNS": str(columns)}
    command = ("why", *arguments, "--config", str(config.config))
    done = smsherald(*command, environment=environment)
    return done.returncode, " ".join(done.stdout.split()), " ".join(done.stderr.split())


def test_without_daemon_and_ledger_it_says_so_and_ends_with_69(config: Daemon) -> None:
    code, said, _ = why(config, "R4711")
    as_json = json.loads(why(config, "R4711", "--json")[1])

    assert code == 69
    assert said.startswith(f"✗ No daemon answers at {config.url}: ")
    assert "there is no ledger yet" in said
    assert said.endswith("Nothing can be said of R4711: neither daemon nor ledger can be asked.")
    assert (as_json["asked"], as_json["instance"], as_json["steps"]) == ("nobody", None, [])


def test_what_else_listens_there_is_no_daemon(config: Daemon, sandbox: SandboxProcess) -> None:
    config.settings["http"]["listen"] = sandbox.url.removeprefix("http://")
    config.write()

    assert "what listens there is no smsherald of this version" in why(config, "R4711")[1]


REMEMBERED = "R4711: the SMS of order-created to +1•••••••09 is not sent yet"
LONG = f"`smsherald parked replay --reference 'R 1 {150 * 'x'}'`"


class Away(BaseHTTPRequestHandler):
    """A daemon whose ledger is away; of R4711 it remembers nothing, of all else something."""

    def do_GET(self) -> None:
        sentence, steps = "The ledger cannot be asked: it is away.", []
        if "R4711" not in self.path:
            sentence += f" {REMEMBERED}: {LONG}."
            steps = [{"at": 1_750_000_000.0, "text": "the SMS: deferred, paused"}]
        body = {"wanted": "R4711", "sentence": sentence}
        self.send_response(503)
        self.end_headers()
        said = body | {"steps": steps, "asked": "daemon", "instance": "one"}
        self.wfile.write(json.dumps(said).encode())


@pytest.fixture
def away(config: Daemon) -> Iterator[str]:
    """Serve it where the command asks; gives host and port."""
    with HTTPServer(("127.0.0.1", 0), Away) as server:
        Thread(target=server.serve_forever).start()
        config.settings["http"]["listen"] = address = f"127.0.0.1:{server.server_port}"
        config.write()
        yield address
        server.shutdown()


def make_ledger(config: Daemon) -> None:
    with LedgerDatabase(str(config.settings["ledger"]["url"])).storage() as storage:
        versions.bring_up(storage, upgrade=False)


def test_where_the_ledger_is_away_for_the_daemon_the_command_asks_it_too(
    config: Daemon, away: str
) -> None:
    nobody = why(config, "R4711")
    make_ledger(config)
    by_ledger = why(config, "R4711")

    assert nobody[:2] == (
        69,
        "The daemon one says (times in UTC): The ledger cannot be asked: it is away.",
    )
    assert by_ledger[0] == 1
    assert by_ledger[1].startswith(f"✗ The daemon at http://{away} has no answer from its ledger.")
    assert "It says nothing else of it. The ledger, asked from here, says:" in by_ledger[1]
    assert "Nothing of R4711 is in the ledger: what was put off before" in by_ledger[1]
    assert by_ledger[1].index("Nothing of R4711") < by_ledger[1].index("- look: ")
    assert "look: ask again once the daemon's ledger answers it" in by_ledger[1]
    for no_daemon in ("without a daemon", "start the daemon", "a daemon must run"):
        assert no_daemon not in by_ledger[1]


@pytest.mark.usefixtures("away")
def test_what_the_daemon_remembers_is_told_although_its_ledger_is_away(config: Daemon) -> None:
    neither = why(config, "R1")
    make_ledger(config)
    both = why(config, "R1")
    as_json = json.loads(why(config, "R1", "--json")[1])

    assert neither[0] == both[0] == 0
    assert neither[1].startswith("The daemon one says (times in UTC): 2025-06-15 15:06:40 the SMS")
    for said in neither[1], both[1]:
        assert f"The ledger cannot be asked: it is away. {REMEMBERED}" in said
    assert both[1].startswith(neither[1])
    assert "or never have come. - look: ask again once" in both[1]
    assert as_json["asked"] == "ledger"
    assert REMEMBERED in as_json["daemon"]["sentence"]


def test_without_its_daemon_an_instance_names_the_others_that_were_seen_of_late(
    config: Daemon,
) -> None:
    host, environment = os.uname().nodename, {"SMSHERALD_UNIT": "smsherald@a", "COLUMNS": "80"}
    make_ledger(config)
    path = config.settings["ledger"]["url"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as ledger, ledger:
        for name in (f"{host}-a", f"{host}-b"):
            ledger.execute("INSERT INTO replica VALUES (?, '1', ?)", (name, time.time()))
    done = smsherald("why", "R1", "--config", str(config.config), environment=environment)
    said = " ".join(done.stdout.split())

    # No unit of that name runs here: it may be another host's.
    assert f"was put off there: {host}-b; ask where it runs: `smsherald why R1`" in said
    assert f"{host}-a" not in said


def test_a_phone_number_that_is_not_asked_as_one_is_told_how(config: Daemon) -> None:
    make_ledger(config)

    for number in ("+15558675303", "15558675303"):
        code, said, _ = why(config, number)
        assert code == 1
        assert "look: by a phone number: `smsherald why --phone NUMBER`" in said
    as_json = json.loads(why(config, "+15558675303", "--json")[1])
    assert as_json["outcomes"] == []
    assert "5558675303" not in json.dumps(as_json)


@pytest.mark.usefixtures("away")
def test_a_command_can_be_copied_from_a_narrow_terminal(config: Daemon) -> None:
    environment = {"COLUMNS": "80"}
    done = smsherald("why", "R1", "--config", str(config.config), environment=environment)

    assert [line for line in done.stdout.splitlines() if line.startswith(LONG)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give REFERENCE, EVENT-ID or SID, or --phone, and not both"),
        (("R4711", "--phone", "+15558675309"), "and not both"),
        (("--phone", "12"), "has fewer than 4 digits"),
        (("",), "is no text of 1 to 500 characters"),
        ((501 * "x",), "is no text of 1 to 500 characters"),
    ],
)
def test_what_is_no_question_is_a_usage_error(
    config: Daemon, arguments: tuple[str, ...], said: str
) -> None:
    code, _, error = why(config, *arguments, columns=200)

    assert code == 2
    assert said in error
