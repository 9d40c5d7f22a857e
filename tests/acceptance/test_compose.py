"""All of `compose.yaml`, started as it says; in place of images, this machine's programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from support.compose.file import document, first_event, mounts, published
from support.compose.stack import Container, Stack
from support.waiting import eventually

DAEMONS = 2
SERVICES = document()["services"]
AMQP = 5672
WRITTEN = "written-by-a-test"


@pytest.mark.takes(30)
@pytest.mark.long
def test_all_of_it_starts_in_order_and_does_what_it_says(tmp_path: Path) -> None:
    with Stack(tmp_path) as stack:
        stack.up(daemon=DAEMONS)
        the_first_event_becomes_a_text_and_each_daemon_knows_of_it(stack)
        prometheus_watches_every_daemon_by_the_shipped_rules_and_tells_alertmanager(stack)
        the_database_asks_for_a_password(stack)
        for name in SERVICES:
            what_it_publishes_answers(stack, name)
            it_can_do_nothing_that_it_need_not(stack, name)
            what_it_keeps_is_in_its_volumes(stack, name)
            its_health_check_fails_where_it_does_not_run(stack, name)
        a_daemon_that_is_stopped_ends_well(stack)
        firsts = stack.firsts

    def stays() -> bool:
        return any(Path(f"/proc/{first}").exists() for first in firsts)

    assert len(firsts) >= len(SERVICES)
    eventually(lambda: not stays(), what="nothing of it is left")


def the_first_event_becomes_a_text_and_each_daemon_knows_of_it(stack: Stack) -> None:
    service, command, event = first_event()
    done = stack.one(service).run(*command, stdin=event)
    assert done.returncode == 0, done.stderr

    def texts() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = asked(stack, "sandbox", "/sandbox/messages")["messages"]
        return found

    def know() -> bool:
        said = [it.run("smsherald", "why", "R1").stdout for it in stack.containers["daemon"]]
        return all(" is sent, as SM" in each for each in said)

    eventually(texts, what="the sandbox has a text")
    eventually(know, what="each daemon says what became of it")
    assert [text["to"] for text in texts()] == [json.loads(event)["billing_address"]["phone"]]


def prometheus_watches_every_daemon_by_the_shipped_rules_and_tells_alertmanager(
    stack: Stack,
) -> None:
    def health() -> list[str]:
        targets = asked(stack, "prometheus", "/api/v1/targets")["data"]["activeTargets"]
        return [target["health"] for target in targets]

    eventually(lambda: health() == ["up"] * DAEMONS, what="each daemon is scraped")
    groups = asked(stack, "prometheus", "/api/v1/rules")["data"]["groups"]
    told = asked(stack, "prometheus", "/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
    assert {group["file"] for group in groups} == {"/etc/prometheus/smsherald.rules.yaml"}
    assert [each["url"] for each in told] == ["http://alertmanager:9093/api/v2/alerts"]


def the_database_asks_for_a_password(stack: Stack) -> None:
    url = SERVICES["daemon"]["environment"]["SMSHERALD__LEDGER__URL"]
    ledger = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    # By the name, as the daemon does: what is on its own loopback it may believe.
    command = ["psql", f"--host={ledger['host']}", f"--username={ledger['user']}", "-At", "-c\\dt"]

    def tables(password: str) -> str:
        return stack.one("postgres").run("env", f"PGPASSWORD={password}", *command).stdout

    assert f"|{ledger['user']}" in tables(ledger["password"])
    assert tables("another") == ""


def what_it_publishes_answers(stack: Stack, name: str) -> None:
    for port in published(SERVICES[name]).values():
        if port != AMQP:
            assert stack.get(f"http://{stack.one(name).address}:{port}/")


def it_can_do_nothing_that_it_need_not(stack: Stack, name: str) -> None:
    container = stack.one(name)
    status = container.run("cat", "/proc/1/status").stdout
    rights = re.findall(r"^(CapPrm|CapEff|CapBnd|NoNewPrivs):\s+(\w+)$", status, re.MULTILINE)
    places = ("/", "/etc", "/usr", "/opt", "/var", "/var/lib")

    none = 16 * "0"
    assert dict(rights) == {"CapPrm": none, "CapEff": none, "CapBnd": none, "NoNewPrivs": "1"}
    assert "\nUid:\t0\t" not in status
    assert [place for place in places if may_write(container, place)] == []


def what_it_keeps_is_in_its_volumes(stack: Stack, name: str) -> None:
    for mount in mounts(SERVICES[name]):
        if mount.named:
            assert may_write(stack.one(name), mount.target)
            assert (stack.volume(mount.source) / WRITTEN).exists()


def its_health_check_fails_where_it_does_not_run(stack: Stack, name: str) -> None:
    elsewhere = stack.one("prometheus" if name == "sandbox" else "sandbox")

    assert elsewhere.run(*stack.one(name).check).returncode != 0


def a_daemon_that_is_stopped_ends_well(stack: Stack) -> None:
    within = float(SERVICES["daemon"]["stop_grace_period"].removesuffix("s"))

    assert stack.containers["daemon"][-1].stop(within) == 0


def asked(stack: Stack, service: str, path: str) -> Any:
    """Return what a service answers as JSON at the port that the file publishes."""
    (port,) = published(SERVICES[service]).values()
    return json.loads(stack.get(f"http://{stack.one(service).address}:{port}{path}"))


def may_write(container: Container, where: str) -> bool:
    """Return whether it may make a file there."""
    return container.run("touch", f"{where}/{WRITTEN}").returncode == 0
