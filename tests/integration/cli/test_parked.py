"""`smsherald parked` as a shell sees it, on a real queue, with and without a daemon."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pika
import pytest

from support.command import smsherald
from support.daemon import Daemon
from support.publishing import Publication, channel, order, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

QUEUE = "smsherald"
PARKED = f"{QUEUE}.parked"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(daemon: Daemon) -> Command:
    """Return what runs `smsherald parked …` on the daemon's configuration, without credentials."""

    def run(*arguments: str, columns: int = 200) -> subprocess.CompletedProcess[str]:
        environment = {"COLUMNS": str(columns)}
        return smsherald(
            "parked", *arguments, "--config", str(daemon.config), environment=environment
        )

    return run


def without_phone(number: int) -> Publication:
    body = {"order": {"number": f"R{number}", "billing_address": {"firstname": "Ann"}}}
    return Publication("order.created", body)


def listed(command: Command, *filters: str) -> list[dict[str, Any]]:
    done = command("list", *filters, "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture
def parked(rabbit: Rabbit, vhost: str, amqp_url: str, daemon: Daemon) -> Daemon:
    """Run a daemon that has parked three events: two without a number, one that is no JSON."""
    daemon.start()
    for event in (without_phone(1), without_phone(2), Publication("order.created", b"no")):
        publish(amqp_url, [event])
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 3, what="three are parked")
    return daemon


def in_ledger(daemon: Daemon) -> Counter[str]:
    """Count what the daemon's ledger lists as parked, by reason."""
    (path,) = daemon.config.parent.parent.rglob("ledger.db")
    with closing(sqlite3.connect(path)) as ledger:
        return Counter(reason for (reason,) in ledger.execute("SELECT reason FROM parked"))


def test_each_is_listed_with_what_is_wrong_and_stays(
    command: Command, parked: Daemon, rabbit: Rabbit, vhost: str
) -> None:
    del parked
    for _ in range(2):
        found = listed(command)
        assert [(it["reason"], it["flow"], it["reference"], it["routing_key"]) for it in found] == [
            ("missing_value", "order-created", "R1", "order.created"),
            ("missing_value", "order-created", "R2", "order.created"),
            ("not_json", None, None, "order.created"),
        ]
        assert found[0]["detail"] == "to: order.billing_address.phone is missing"
    lines = command("list", columns=80).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith(found[0]["id"][:10])
    assert re.search(r" [0-9:]{8} UTC  missing_value  order-created  R1$", lines[0])
    assert lines[1] == "    to: order.billing_address.phone is missing"
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 3, what="all are back")


@pytest.mark.parametrize(
    ("filters", "references"),
    [
        (["--reference", "R2"], ["R2"]),
        (["--reason", "not_json"], [None]),
        (["--flow", "order-created"], ["R1", "R2"]),
        (["--flow", "order-created", "--reference", "R1"], ["R1"]),
        (["--older", "1h"], []),
        (["--newer", "1h"], ["R1", "R2", None]),
        (["--event-id", "nobody"], []),
    ],
)
def test_a_filter_chooses(
    command: Command, parked: Daemon, filters: list[str], references: list[str | None]
) -> None:
    del parked

    assert [it["reference"] for it in listed(command, *filters)] == references


@pytest.mark.long
def test_one_is_shown_without_what_is_of_a_person(command: Command, parked: Daemon) -> None:
    del parked
    identifier = listed(command, "--reference", "R1")[0]["id"][:10]
    hidden, revealed = (
        json.loads(command("show", identifier, "--json", *options).stdout)
        for options in ([], ["--reveal"])
    )

    assert hidden[0]["body"] == {
        "order": {"number": "•••", "billing_address": {"firstname": "•••"}}
    }
    assert revealed[0]["body"]["order"]["billing_address"] == {"firstname": "Ann"}
    assert json.loads(command("show", identifier, "--raw").stdout) == without_phone(1).body
    assert command("show", "--reason", "missing_value", "--raw").returncode == 2
    assert command("show", "ffffffffff").returncode == 1
    for meant in ([], ["--reveal"], [identifier, "--all"]):
        asked = command("show", *meant)
        assert (asked.returncode, asked.stdout) == (2, "")
        assert "say which, by an ID or a filter, or --all" in asked.stderr
    assert len(json.loads(command("show", "--all", "--json").stdout)) == 3
    assert "Ann" not in command("show", identifier).stdout


def test_what_has_been_mended_is_sent_once_and_the_rest_is_parked_again(
    command: Command, parked: Daemon, rabbit: Rabbit, vhost: str, sandbox: SandboxProcess
) -> None:
    flow = parked.flows / "order-created.yaml"
    # It goes to the shop, where an order has no number of its own.
    untested = flow.read_text().partition("tests:")[0]
    flow.write_text(
        untested.replace('to: "{{ order.billing_address.phone }}"', 'to: "+15558675309"', 1)
    )
    parked.running.send_signal(signal.SIGHUP)
    eventually(
        lambda: any(line["message"] == "reloaded" for line in parked.log_lines()), what="it reloads"
    )
    dry = command("replay", "--all", "--dry-run")
    assert dry.stdout.endswith("3 would come again\n")
    done = command("replay", "--all")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("3 brought again")
    eventually(lambda: sandbox.count() == 2, what="both are sent")
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 1, what="one is parked again")
    assert [it["reason"] for it in listed(command)] == ["not_json"]
    assert sandbox.count() == 2


def test_that_a_flow_is_gone_is_said_before_anything_comes_again(
    command: Command, parked: Daemon
) -> None:
    flow = parked.flows / "order-created.yaml"
    flow.unlink()
    without = command("replay", "--all", "--dry-run")
    assert without.returncode == 0
    assert "does not have the flow that 2 are for (order-created): " in without.stderr

    flow.write_text("message: [")
    unreadable = command("replay", "--all", "--dry-run")
    assert (unreadable.returncode, unreadable.stderr) == (0, "")


def test_what_is_dropped_is_gone(
    command: Command, parked: Daemon, rabbit: Rabbit, vhost: str
) -> None:
    del parked
    assert command("drop").returncode == 2
    assert command("drop", "--reference", "R1", "--dry-run").stdout.endswith("1 would be dropped\n")
    done = command("drop", "--reference", "R1")

    assert (done.returncode, done.stdout) == (0, "1 dropped\n")
    assert [it["reference"] for it in listed(command)] == ["R2", None]
    assert rabbit.depth(vhost, PARKED).ready == 2


@pytest.mark.long
def test_what_the_broker_parked_is_known_by_how_it_died(
    command: Command, daemon: Daemon, amqp_url: str, sandbox: SandboxProcess
) -> None:
    daemon.start()
    assert daemon.stop() == 0
    expiring = order(7)
    with channel(amqp_url) as shop:
        expires = pika.BasicProperties(expiration="50", delivery_mode=2)
        shop.basic_publish("events", expiring.routing_key, expiring.bytes, expires)
    eventually(lambda: len(listed(command)) == 1, what="the broker parks it")
    (found,) = listed(command)
    assert (found["reason"], found["routing_key"]) == ("expired", "order.created")
    daemon.start()
    assert command("replay", "--reason", "expired").returncode == 0

    eventually(lambda: sandbox.count() == 1, what="it is sent")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["drop", ""], "is no id"),
        (["replay", "abc"], "is no id"),
        (["list", "--reason", "mising_value"], "did you mean missing_value"),
        (["drop"], "say which"),
        (["drop", "--all", "--flow", "x"], "and not both"),
        (["replay", "--all", "--rate", "inf"], "--rate"),
        (
            ["replay", "--all", "--to-flow", "x"],
            "has no flow x; there are: customer-created, order-",
        ),
    ],
)
def test_what_nobody_can_mean_is_2(
    command: Command, daemon: Daemon, arguments: list[str], said: str
) -> None:
    daemon.write()
    done = command(*arguments)

    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


@pytest.mark.long
def test_what_is_not_there_is_1(command: Command, parked: Daemon) -> None:
    del parked
    for verb in ("show", "replay", "drop"):
        assert command(verb, "0123456789").returncode == 1


def test_the_ledger_lists_what_the_queue_has(
    command: Command, parked: Daemon, rabbit: Rabbit, vhost: str
) -> None:
    # The ledger is told beside the way of an event.
    eventually(
        lambda: in_ledger(parked) == {"missing_value": 2, "not_json": 1}, what="all are listed"
    )
    assert command("drop", "--reference", "R1").returncode == 0
    assert in_ledger(parked) == {"missing_value": 1, "not_json": 1}
    (before,) = listed(command, "--reference", "R2")
    assert command("replay", before["id"]).returncode == 0
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 2, what="it is parked again")
    again = {"missing_value": 1, "not_json": 1}
    eventually(lambda: in_ledger(parked) == again, what="it is listed again")

    (after,) = listed(command, before["id"])
    assert after["parked_at"] > before["parked_at"]
    assert after | {"parked_at": None} == before | {"parked_at": None}


def test_what_the_ledger_does_not_list_is_listed_by_the_next_look(
    command: Command, daemon: Daemon, amqp_url: str
) -> None:
    daemon.start()
    assert daemon.stop() == 0
    with channel(amqp_url) as shop:
        shop.basic_publish("events", "order.created", b"{}", pika.BasicProperties(expiration="50"))
    eventually(lambda: len(listed(command)) == 1, what="the broker parks it")

    assert in_ledger(daemon) == {"expired": 1}


@pytest.mark.long
def test_a_message_of_a_hostile_publisher_is_shown_as_what_it_is(
    command: Command, daemon: Daemon, amqp_url: str
) -> None:
    daemon.start()
    assert daemon.stop() == 0
    forged = {
        "x-smsherald-parked-at": "0001-01-01T00:00:00+14:00",
        "x-smsherald-routing-key": "another.key",
        "x-smsherald-reason": "[/b]",
        "x-smsherald-reference": "R1[link=http://127.0.0.1]",
        "x-smsherald-identity": '["amqp", "shop", "other"]',
    }
    with channel(amqp_url) as shop:
        properties = pika.BasicProperties(expiration="50", headers=forged)
        shop.basic_publish("events", "order.created", b'{"a": "[/b]"}', properties)
    eventually(lambda: len(listed(command)) == 1, what="the broker parks it")
    (found,) = listed(command)

    assert (found["reason"], found["routing_key"], found["reference"], found["event_id"]) == (
        "expired",
        "order.created",
        None,
        None,
    )
    shown = command("show", found["id"], "--reveal")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert '"a": "[/b]"' in shown.stdout


@pytest.mark.long
def test_what_is_parked_again_meanwhile_is_not_brought_again(
    command: Command, parked: Daemon, rabbit: Rabbit, vhost: str
) -> None:
    del parked
    done = command("replay", "--all")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        "3 brought again; what is still wrong is parked again, under its ID"
    )
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 3, what="all are parked again")
    assert [it["reference"] for it in listed(command, "--flow", "order-created")] == ["R1", "R2"]


@pytest.mark.long
def test_what_its_own_flow_has_sent_in_part_is_not_for_another(
    command: Command, daemon: Daemon, rabbit: Rabbit, vhost: str, sandbox: SandboxProcess
) -> None:
    flow = daemon.flows / "order-created.yaml"
    text = flow.read_text()
    each = text[: text.index("tests:")].replace(
        'to: "{{ order.billing_address.phone }}"', 'to_each: order.watchers\nto: "{{ item }}"'
    )
    flow.write_text(each)
    (daemon.flows / "new-name.yaml").write_text(each.replace("order.created", "order.other"))
    daemon.start()
    body = {
        "number": "R1",
        "billing_address": {"firstname": "Ann", "phone": "+15558675309"},
        "watchers": ["+15558675301", "no number"],
    }
    publish(rabbit.url(vhost), [Publication("order.created", {"order": body})])
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 1, what="one is parked")
    kept = command("replay", "--all", "--to-flow", "new-name")

    assert kept.returncode == 1
    assert "1 stays: their own flow has sent some of it" in kept.stderr
    assert sandbox.count() == 1
    assert command("replay", "--all").returncode == 0
    eventually(lambda: rabbit.depth(vhost, PARKED).ready == 1, what="it is parked again")
    assert sandbox.count() == 1


def test_a_broker_that_is_away_is_69_and_an_embedded_one_2(
    command: Command, daemon: Daemon
) -> None:
    daemon.settings["broker"]["url"] = "amqp://guest:guest@127.0.0.1:9/"
    daemon.write()
    assert command("list").returncode == 69
    daemon.settings["broker"]["url"] = "memory://"
    daemon.write()
    assert command("list").returncode == 2
