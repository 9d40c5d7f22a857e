"""`compose.yaml`: Compose can read it, its parts fit, and what it mounts is what its readers take.

That all of it starts so is in `tests/acceptance/test_compose.py`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.compose.file import (
    COMPOSE,
    comment,
    document,
    first_event,
    mounts,
    published,
    services,
)
from support.needs import program
from support.process import Process
from support.prometheus import promtool
from support.rules import expressions

REPOSITORY = COMPOSE.parent
OPERATIONS = REPOSITORY / "docs" / "operations.md"
PROMETHEUS = REPOSITORY / "compose" / "prometheus.yml"
ALERTMANAGER = REPOSITORY / "compose" / "alertmanager.yml"
SERVICES = services()


def environment(service: str) -> dict[str, str]:
    """Return what a service is given."""
    found: dict[str, str] = SERVICES[service]["environment"]
    return found


def refused(file: Path) -> str:
    """Return what the Compose Specification's schema has against a file."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema=vendor.compose-spec", file],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.stdout.decode() if done.returncode else ""


class TestFile:
    """What Compose makes of it."""

    def test_compose_knows_every_key_of_it(self, tmp_path: Path) -> None:
        misspelt = tmp_path / "misspelt.yaml"
        misspelt.write_text(COMPOSE.read_text().replace("stop_grace_period", "stop_grace"))

        assert refused(COMPOSE) == ""
        assert "stop_grace" in refused(misspelt)

    def test_what_is_built_has_a_name_of_its_own(self) -> None:
        # Two builds that export one name side by side: the second fails.
        built = [name for name, service in SERVICES.items() if "build" in service]

        assert len(built) == 2
        assert [name for name in built if "image" in SERVICES[name]] == []

    def test_what_is_pulled_is_of_a_version(self) -> None:
        images = [service["image"] for service in SERVICES.values() if "image" in service]

        assert [image for image in images if not re.fullmatch(r"[\w/]+:v?\d[\w.-]*", image)] == []

    def test_every_volume_is_used(self) -> None:
        used = [it.source for each in SERVICES.values() for it in mounts(each) if it.named]

        assert sorted(used) == sorted(document()["volumes"])


@pytest.mark.parametrize("name", SERVICES)
class TestEveryService:
    """What holds of each."""

    def test_it_is_confined(self, name: str) -> None:
        service = SERVICES[name]

        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]

    def test_it_comes_back_by_itself(self, name: str) -> None:
        assert SERVICES[name]["restart"] == "unless-stopped"

    def test_nothing_listens_beyond_this_machine(self, name: str) -> None:
        assert [at for at in published(SERVICES[name]) if not at.startswith("127.0.0.1:")] == []

    def test_another_port_of_this_machine_is_a_variable(self, name: str) -> None:
        (row,) = re.findall(rf"^\| `{name}` \|.*$", OPERATIONS.read_text(), re.MULTILINE)
        variables = re.findall(r"`(\w+_PORT)`", row)
        moved = services({each: str(40000 + n) for n, each in enumerate(variables)})[name]

        assert len(variables) == len(published(SERVICES[name]))
        assert not published(moved).keys() & published(SERVICES[name]).keys()
        assert list(published(moved).values()) == list(published(SERVICES[name]).values())

    def test_what_it_waits_for_must_be_healthy_and_can_say_so(self, name: str) -> None:
        for other, wanted in SERVICES[name].get("depends_on", {}).items():
            assert wanted == {"condition": "service_healthy"}
            assert SERVICES[other]["healthcheck"]["test"][0] == "CMD"

    def test_what_it_is_given_of_the_repository_is_there_and_stays_as_it_is(
        self, name: str
    ) -> None:
        for mount in mounts(SERVICES[name]):
            if mount.source and not mount.named:
                assert (REPOSITORY / mount.source).exists()
                assert mount.read_only


class TestTogether:
    """What one service says of another."""

    def test_the_daemon_takes_its_settings(self, tmp_path: Path) -> None:
        settings = REPOSITORY / "config" / "smsherald.yaml"
        check = Process(tmp_path, "check", "--config", str(settings))
        check.environment |= environment("daemon")
        with check:
            assert check.wait() == 0, check.stderr.read_text()

    def test_its_broker_has_that_user(self) -> None:
        rabbit = environment("rabbitmq")
        user = f"{rabbit['RABBITMQ_DEFAULT_USER']}:{rabbit['RABBITMQ_DEFAULT_PASS']}"

        assert environment("daemon")["SMSHERALD__BROKER__URL"] == f"amqp://{user}@rabbitmq:5672//"
        assert environment("daemon")["SMSHERALD__BROKER__MANAGEMENT"] == (
            f"http://{user}@rabbitmq:15672"
        )

    def test_its_ledgers_database_is_made_with_that_user(self) -> None:
        made = environment("postgres")
        user, password = made["POSTGRES_USER"], made["POSTGRES_PASSWORD"]

        assert environment("daemon")["SMSHERALD__LEDGER__URL"] == (
            f"postgresql://{user}:{password}@postgres:5432/{made['POSTGRES_DB']}"
        )

    def test_it_asks_the_sandbox_unless_told_otherwise(self) -> None:
        name = "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__API_URL"
        real = {
            "TWILIO_ACCOUNT_SID": "AC" + 32 * "1",
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_URL": "https://api.twilio.com",
        }
        for_real = services(real)["daemon"]["environment"]

        assert environment("daemon")[name] == f"http://sandbox:{SERVICES['sandbox']['command'][-1]}"
        assert for_real[name] == real.pop("TWILIO_API_URL")
        assert {key: for_real[key] for key in real} == real
        assert all(key in comment() for key in real)

    def test_it_waits_for_no_sandbox_that_it_may_not_need(self) -> None:
        assert [
            name for name, each in SERVICES.items() if "sandbox" in each.get("depends_on", {})
        ] == []

    def test_prometheus_takes_its_configuration_and_the_shipped_rules(self, tmp_path: Path) -> None:
        for mount in mounts(SERVICES["prometheus"]):
            if mount.read_only:
                source = (REPOSITORY / mount.source).read_text()
                (tmp_path / Path(mount.target).name).write_text(source)
        done = promtool("check", "config", tmp_path / "prometheus.yml")

        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{len(expressions())} rules found" in done.stdout + done.stderr

    def test_alertmanager_takes_its_configuration(self) -> None:
        command = [program("amtool", "prometheus-alertmanager"), "check-config", str(ALERTMANAGER)]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60)

        assert done.returncode == 0, done.stderr

    def test_prometheus_asks_and_tells_who_is_there(self) -> None:
        said = yaml.safe_load(PROMETHEUS.read_text())
        ((told,),) = [each["static_configs"] for each in said["alerting"]["alertmanagers"]]
        ((asked,),) = [each["dns_sd_configs"] for each in said["scrape_configs"]]
        (daemons,) = published(SERVICES["daemon"]).values()
        (alertmanager,) = published(SERVICES["alertmanager"]).values()

        assert told["targets"] == [f"alertmanager:{alertmanager}"]
        assert (asked["names"], asked["port"]) == (["daemon"], daemons)


class TestComment:
    """What it tells a newcomer."""

    def test_it_names_what_there_is_to_open(self) -> None:
        said = set(re.findall(r"(?:http://|@)(127[\d.]+:\d+)", comment()))

        assert said == {at for each in SERVICES.values() for at in published(each)}

    def test_it_publishes_a_first_event_where_a_command_can_be_run(self) -> None:
        service, command, _ = first_event()

        assert service in SERVICES
        assert command[0] == "smsherald"

    def test_the_documentation_says_the_same(self) -> None:
        page = OPERATIONS.read_text()
        service, command, event = first_event()

        assert f"$ echo '{event.decode()}' |\n" in page
        assert f"docker compose exec -T {service} {' '.join(command)}\n" in page
        for name, each in SERVICES.items():
            (row,) = re.findall(rf"^\| `{name}` \|.*$", page, re.MULTILINE)
            assert all(at in row for at in published(each))


def documented() -> dict[str, Any]:
    """Return the Alertmanager that the documentation shows."""
    page = (REPOSITORY / "docs" / "monitoring.md").read_text()
    found = re.search(r"```yml\n# /etc/prometheus/alertmanager.yml\n(.*?)```", page, re.DOTALL)
    assert found is not None
    read: dict[str, Any] = yaml.safe_load(found[1])
    return read


def test_alertmanager_tells_whom_the_documentations_tells() -> None:
    mine, shown = yaml.safe_load(ALERTMANAGER.read_text()), documented()

    assert [each["name"] for each in mine["receivers"]] == [
        each["name"] for each in shown["receivers"]
    ]
    assert {name: mine[name] for name in ("route", "inhibit_rules")} == {
        name: shown[name] for name in ("route", "inhibit_rules")
    }
