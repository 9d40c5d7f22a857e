"""All of `compose.yaml`, started as it says; in place of images, this machine's programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from support.compose.file import document, first_event, mounts, published
from support.compose.stack import Container, Stack
from support.waiting import eventually

DAEMONS = 2
WRITTEN = "written-by-a-test"
SERVICES = document()["services"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start it with two daemons: `docker compose up --scale daemon=2`."""
    with Stack(tmp_path_factory.mktemp("compose")) as started:
        started.up(daemon=DAEMONS)
        yield started


def asked(stack: Stack, service: str, path: str) -> Any:
    """Return what a service answers as JSON at the port that the file publishes."""
    (port,) = published(SERVICES[service]).values()
    return json.loads(stack.get(f"http://{stack.one(service).address}:{port}{path}"))


@pytest.mark.takes(35)
@pytest.mark.long
class TestStack:
    """What whoever starts it finds."""

    def test_the_first_event_becomes_a_text_and_each_daemon_knows_of_it(self, stack: Stack) -> None:
        service, command, event = first_event()
        done = stack.one(service).run(*command, stdin=event)
        assert done.returncode == 0, done.stderr

        def texts() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = asked(stack, "sandbox", "/sandbox/messages")["messages"]
            return found

        eventually(texts, what="the sandbox has a text")
        phone = json.loads(event)["billing_address"]["phone"]
        assert [text["to"] for text in texts()] == [phone]

        def know() -> bool:
            daemons = stack.containers["daemon"]
            said = [daemon.run("smsherald", "why", "R1").stdout for daemon in daemons]
            return all(" is sent, as SM" in each for each in said)

        eventually(know, what="each daemon says what became of it")

    def test_prometheus_watches_every_daemon_by_the_shipped_rules_and_tells_alertmanager(
        self, stack: Stack
    ) -> None:
        def health() -> list[str]:
            targets = asked(stack, "prometheus", "/api/v1/targets")["data"]["activeTargets"]
            return [target["health"] for target in targets]

        eventually(lambda: health() == ["up"] * DAEMONS, what="each daemon is scraped")
        groups = asked(stack, "prometheus", "/api/v1/rules")["data"]["groups"]
        told = asked(stack, "prometheus", "/api/v1/alertmanagers")["data"]
        assert {group["file"] for group in groups} == {"/etc/prometheus/smsherald.rules.yaml"}
        assert [each["url"] for each in told["activeAlertmanagers"]] == [
            "http://alertmanager:9093/api/v2/alerts"
        ]

    def test_what_is_published_answers(self, stack: Stack) -> None:
        for name, service in SERVICES.items():
            for port in published(service).values():
                if port != 5672:
                    assert stack.get(f"http://{stack.one(name).address}:{port}/")

    def test_the_database_asks_for_a_password(self, stack: Stack) -> None:
        url = SERVICES["daemon"]["environment"]["SMSHERALD__LEDGER__URL"]
        database = psycopg.conninfo.conninfo_to_dict(url)
        command = ["psql", f"--host={database['host']}", f"--username={database['user']}"]
        postgres = stack.one("postgres")

        def tables(password: str) -> str:
            words = ["env", f"PGPASSWORD={password}", *command, "-At", "-c", "\\dt"]
            return postgres.run(*words).stdout

        assert "|smsherald" in tables(str(database["password"]))
        assert tables("another") == ""

    @pytest.mark.parametrize("name", SERVICES)
    def test_it_can_do_nothing_that_it_need_not(self, stack: Stack, name: str) -> None:
        it = stack.one(name)
        status = it.run("cat", "/proc/1/status").stdout
        written = {
            where for where in ("/", "/etc", "/usr", "/var/lib", "/opt") if may_write(it, where)
        }

        assert dict(
            re.findall(r"^(Cap(?:Prm|Eff|Bnd)|NoNewPrivs):\s+(\w+)$", status, re.MULTILINE)
        ) == {
            "CapPrm": 16 * "0",
            "CapEff": 16 * "0",
            "CapBnd": 16 * "0",
            "NoNewPrivs": "1",
        }
        assert "Uid:\t0" not in status
        assert written == set()

    @pytest.mark.parametrize("name", SERVICES)
    def test_its_health_check_fails_where_it_does_not_run(self, stack: Stack, name: str) -> None:
        elsewhere = stack.one("sandbox" if name != "sandbox" else "prometheus")

        assert elsewhere.run(*stack.one(name).check).returncode != 0

    @pytest.mark.parametrize("name", SERVICES)
    def test_what_it_keeps_is_in_its_volumes(self, stack: Stack, name: str) -> None:
        for mount in mounts(SERVICES[name]):
            if mount.named:
                assert may_write(stack.one(name), mount.target)
                assert (stack.volume(mount.source) / WRITTEN).exists()

    def test_a_daemon_that_is_stopped_ends_well(self, stack: Stack) -> None:
        within = float(SERVICES["daemon"]["stop_grace_period"].removesuffix("s"))
        another = stack.another("daemon")
        eventually(another.healthy, what="it is healthy")

        assert another.stop(within) == 0


def may_write(container: Container, where: str) -> bool:
    """Return whether it may make a file there."""
    return container.run("touch", f"{where}/{WRITTEN}").returncode == 0
