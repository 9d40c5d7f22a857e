"""`smsherald status` as a shell sees it, beside a daemon, in trouble and without one."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from smsherald.cli.operate.asking import ask
from smsherald.cli.operate.whose import Whose
from support.command import smsherald
from support.daemon import Daemon
from support.http import request
from support.publishing import Publication, order, publish
from support.sandbox import SandboxProcess
from support.secrets import HTTP_TOKEN
from support.waiting import eventually

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(daemon: Daemon) -> Command:
    """Return what runs a command on the daemon's configuration, without credentials."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return smsherald(*arguments, "--config", str(daemon.config), environment={"COLUMNS": "80"})

    return run


def test_of_a_daemon_that_works(command: Command, daemon: Daemon) -> None:
    daemon.start()
    eventually(
        lambda: "Waiting: 0 in the queue" in command("status").stdout, what="the queues are counted"
    )
    done = command("status")
    said = json.loads(command("status", "--json").stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(
        "Ready: texts go out.\n✓ ledger, broker, queue, publisher, twilio"
    )
    assert "order-created" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert (said["ready"], said["pauses"], said["parked"]) == (True, [], 0)
    assert said["components"]["broker"]["seconds"] >= 0


@pytest.mark.long
def test_other_daemons_on_the_ledger_are_named(command: Command, daemon: Daemon) -> None:
    daemon.start()
    assert daemon.stop() == 0
    path = daemon.settings["ledger"]["url"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("DELETE FROM replica")
        ledger.execute("INSERT INTO replica VALUES ('shop-2', '0.9', ?)", (time.time(),))
    named = "Seen on this ledger within the last minute: shop-2 (0.9)."
    stopped = command("status")
    assert stopped.returncode == 1
    assert named in stopped.stdout

    daemon.start()

    eventually(lambda: named in command("status").stdout, what="it is named")
    assert [
        it["instance"] for it in json.loads(command("status", "--json").stdout)["replicas"]
    ] == ["shop-2"]


def test_of_one_in_trouble_says_why_since_when_and_what_waits(
    command: Command, daemon: Daemon, amqp_url: str, sandbox: SandboxProcess
) -> None:
    daemon.start()
    sandbox.fault("not_authenticated", times=None)
    publish(amqp_url, [Publication("order.created", b"no")])
    # Once nothing may be sent, hardly anything is taken.
    eventually(
        lambda: daemon.metrics().value("smsherald_events_total", outcome="parked") == 1,
        what="one is parked",
    )
    publish(amqp_url, list(map(order, range(5))))
    command("pause", "--flow", "shipment-created", "--why", "a wrong price")
    eventually(
        lambda: "Parked, until a person acts: 1 not_json." in command("status").stdout,
        what="what is parked is counted",
    )
    done = command("status")
    said = " ".join(done.stdout.split())
    pauses = json.loads(command("status", "--json").stdout)["pauses"]

    assert done.returncode == 1
    assert said.startswith(
        "NOT READY: nothing is sent by account default; see below. "
        "✗ twilio: Twilio refuses account default: 20003"
    )
    assert "! flow shipment-created is paused by" in said
    assert "! account default: refused since 2" in said
    assert re.search(r"Put off, to come again by itself: \d+ ", said)
    assert "1 parked; " in said
    assert len(re.findall("events? waits?", said)) <= 1
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert {(it["scope"], it["cause"], it["name"]) for it in pauses} == {
        ("account", "refused", "default"),
        ("flow", "operator", "shipment-created"),
    }

    listed = " ".join(command("pauses").stdout.split())
    assert "itself, until Twilio takes a probe: the account default, since 2" in listed
    goes_on = " ".join(command("resume", "--flow", "shipment-created", "--dry-run").stdout.split())
    assert "The flow shipment-created would go on, but for what another pause covers." in goes_on
    assert re.search(
        r"0 of its SMSes were put off and not sent yet; \d events? waits? in all", goes_on
    )
    assert "itself: the account default, since 2" in goes_on
    refused = command("resume", "--account", "default")
    said = " ".join(refused.stderr.split())
    assert refused.returncode == 1
    assert re.search(
        r"^no operator has paused the account default; .* itself: the account default, since 2.*: "
        r"Twilio refuses it: 20003 .* No command ends what a daemon has paused by itself",
        said,
    )

    daemon.kill()
    alone = " ".join(command("status").stdout.split())
    assert "No daemon answers at" in alone
    assert "Parked, until a person acts: 1 not_json." in alone
    unfinished = {"held": 0, "parked": {"not_json": 1}, "outbox": 0}
    assert json.loads(command("status", "--json").stdout)["unfinished"] == unfinished


def test_of_one_that_is_paused_says_that_nothing_is_sent(command: Command, daemon: Daemon) -> None:
    daemon.start()
    command("pause", "--flow", "order-created")
    eventually(
        lambda: command("status").stdout.startswith("Ready, but some texts are paused"),
        what="a flow's pause is said",
    )
    command("pause", "--all")
    eventually(
        lambda: command("status").stdout.startswith("PAUSED: nothing is sent"), what="it is said"
    )

    assert command("status").returncode == 0


@pytest.mark.long
def test_it_shows_the_token_and_says_so_where_that_is_another(
    command: Command, daemon: Daemon
) -> None:
    daemon.settings["http"]["token"] = HTTP_TOKEN
    daemon.start()
    answer = request(daemon.url + "/status.json")
    done = command("status")

    assert answer.status == 401
    assert done.stdout.startswith("Ready: texts go out.")
    assert json.loads(command("why", "R1", "--json").stdout)["asked"] == "daemon"
    for token, ours in ((HTTP_TOKEN[::-1], "another is set"), ("", "none is set")):
        del daemon.settings["http"]["token"]
        daemon.settings["http"] |= {"token": token} if token else {}
        daemon.write()
        done = command("status")
        said = " ".join(done.stdout.split())
        as_json = json.loads(command("status", "--json").stdout)

        assert done.returncode == 1
        assert said.startswith(
            f"✗ The daemon at {daemon.url} answers, and does not let this configuration in: "
            f"it asks for its http.token, and {ours} here. Set http.token as the daemon has it."
        )
        assert "No daemon" not in said
        assert "whether it runs" not in said
        assert (as_json["ready"], as_json["daemon"]) == (False, "refuses")


@pytest.fixture
def hung() -> Iterator[str]:
    """Return where somebody listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_one_that_hangs_is_waited_for_no_longer_than_three_seconds(
    command: Command, daemon: Daemon, hung: str
) -> None:
    daemon.settings["http"]["listen"] = hung.removeprefix("http://")
    daemon.write()
    done = command("status")

    assert (done.returncode, done.stderr) == (1, "")
    assert "said nothing for 3 s" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("within", "said"), [(0.2, False), (1.5, True)])
def test_who_looks_on_is_told_after_a_second_what_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    hung: str,
    within: float,
    said: bool,  # noqa: FBT001 - a column.
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    answer = ask(hung, "/status.json", None, has="ready", whose=Whose(), within=within)

    assert (answer.said, answer.status) == (None, 0)
    assert (f"waiting for the daemon at {hung}" in capsys.readouterr().err) is said


def test_without_a_daemon_it_says_so_and_what_the_ledger_knows(
    command: Command, daemon: Daemon
) -> None:
    daemon.start()
    command("pause", "--all", "--why", "a wrong price")
    daemon.kill()
    done = command("status")
    said = " ".join(done.stdout.split())

    assert done.returncode == 1
    assert f"No daemon answers at {daemon.url}: " in said
    assert "paused: everything, since " in said
    assert ": a wrong price Seen on this ledger" in said
    assert json.loads(command("status", "--json").stdout)["daemon"] is None


def test_a_daemon_that_was_stopped_is_seen_no_more(command: Command, daemon: Daemon) -> None:
    daemon.start()
    assert daemon.stop() == 0

    assert "Seen on this ledger" not in command("status").stdout


def test_without_one_it_names_the_unit_that_it_runs_beside(daemon: Daemon) -> None:
    daemon.write()
    for environment, unit in ({}, "smsherald"), ({"SMSHERALD_UNIT": "smsherald@a"}, "smsherald@a"):
        done = smsherald("status", "--config", str(daemon.config), environment=environment)
        said = " ".join(done.stdout.split())

        assert f"(systemctl status {unit}), and its log (journalctl -u {unit})." in said


def test_what_else_listens_there_is_no_daemon(
    command: Command, daemon: Daemon, sandbox: SandboxProcess
) -> None:
    daemon.settings["http"]["listen"] = sandbox.url.removeprefix("http://")
    daemon.write()
    done = command("status")

    assert done.returncode == 1
    assert "No daemon answers at" in done.stdout
    assert "there is no ledger yet" in " ".join(done.stdout.split())


def test_where_the_settings_are_wrong_the_daemon_is_asked_all_the_same(
    command: Command, daemon: Daemon
) -> None:
    daemon.start()
    daemon.settings["broker"]["prefetsch"] = 1
    daemon.write()
    wrong = f"{daemon.config}:"
    done = command("status")
    said = " ".join(done.stdout.split())

    assert (done.returncode, done.stderr.startswith(wrong)) == (78, True)
    assert "broker.prefetsch: unknown" in done.stderr
    assert said.startswith("Ready: texts go out.")
    assert f"! The daemon at {daemon.url} goes on with the settings that it read before" in said
    as_json = command("status", "--json")
    assert (as_json.returncode, json.loads(as_json.stdout)["ready"]) == (78, True)
    assert as_json.stderr == done.stderr

    daemon.kill()
    done = command("status")
    said = " ".join(done.stdout.split())
    assert done.returncode == 78
    assert said.startswith(f"✗ No daemon answers at {daemon.url}: ")
    assert said.endswith("✗ The ledger: it is not asked, since the settings are wrong")


def test_where_nobody_knows_its_address_it_says_so(command: Command, daemon: Daemon) -> None:
    daemon.settings["http"]["listen"] = "nowhere"
    daemon.write()
    done = command("status")
    as_json = json.loads(command("status", "--json").stdout)

    assert (done.returncode, "http.listen: must be" in done.stderr) == (78, True)
    assert "✗ No daemon is asked: http.listen is wrong, too" in " ".join(done.stdout.split())
    assert (as_json["ready"], as_json["daemon"]) == (False, None)
    assert "nobody knows where the daemon listens" in as_json["why"]


def test_who_lacks_the_token_asks_without_one(command: Command, daemon: Daemon) -> None:
    daemon.settings["http"]["token"] = "${NOWHERE}"
    daemon.write()
    done = command("status")

    assert (done.returncode, done.stderr) == (1, "")
    assert f"No daemon answers at {daemon.url}" in " ".join(done.stdout.split())
