"""The unit, as systemd reads it and as the daemon needs it."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from smsherald.cli.exits import CONFIGURATION, USAGE
from smsherald.ledger.sql.database import CLOSES_WITHIN
from smsherald.observe.broker_observer import SESSION_STALLS
from smsherald.settings.load import load
from support.configuration import FLOW, write
from support.needs import program
from support.process import COMMAND

REPOSITORY = Path(__file__).parents[3]
UNIT = REPOSITORY / "systemd" / "smsherald.service"
TEMPLATE = REPOSITORY / "systemd" / "smsherald@.service"
OF_AN_INSTANCE = {
    "Description=smsherald %i: events on RabbitMQ become text messages",
    "Environment=SMSHERALD_INSTANCE=%H-%i",
    "EnvironmentFile=-/etc/smsherald/environment.%i",
}
OF_THE_ONE = {
    "Description=smsherald: events on RabbitMQ become text messages",
    # The next one has the name of one that was killed, and takes its place among all daemons.
    "Environment=SMSHERALD_INSTANCE=%H",
}
INSTALLED = "/opt/smsherald/bin/smsherald"


def directives(name: str) -> list[str]:
    """Return all values of a directive, in their order."""
    return [
        line.removeprefix(f"{name}=")
        for line in UNIT.read_text().splitlines()
        if line.startswith(f"{name}=")
    ]


def directive(name: str) -> str:
    """Return the one value of a directive."""
    (value,) = directives(name)
    return value


@pytest.fixture(params=["smsherald.service", "smsherald@a.service"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a unit with a command that this machine has: systemd looks whether it is there."""
    unit = tmp_path / str(request.param)
    source = UNIT.with_name(unit.name.replace("@a", "@"))
    unit.write_text(source.read_text().replace(INSTALLED, str(COMMAND)))
    return unit


def test_systemd_understands_every_line(unit: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", unit],
        capture_output=True,
        text=True,
        check=False,
    )

    # An unknown directive is a line on stderr and no failure.
    assert (done.returncode, done.stderr) == (0, "")


def test_little_is_exposed(unit: Path) -> None:
    analyze = program("systemd-analyze", "systemd")
    done = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=20", unit],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_an_instance_is_the_unit_with_a_name_and_an_environment_of_its_own() -> None:
    def lines(unit: Path) -> list[str]:
        return [line for line in unit.read_text().splitlines() if not line.startswith("# ")]

    assert [line for line in lines(TEMPLATE) if line not in OF_AN_INSTANCE] == [
        line for line in lines(UNIT) if line not in OF_THE_ONE
    ]
    assert set(lines(TEMPLATE)) > OF_AN_INSTANCE
    assert set(lines(UNIT)) > OF_THE_ONE


def test_its_user_is_one_of_the_machine_s_and_has_the_ledger() -> None:
    kind, name, _, _, home = shlex.split(UNIT.with_name("sysusers.conf").read_text(), comments=True)
    assert (kind, name) == ("u", directive("User"))

    made = shlex.split(UNIT.with_name("tmpfiles.conf").read_text(), comments=True)
    mode, group = directive("StateDirectoryMode"), directive("Group")
    assert made == ["d", f"/var/lib/{directive('StateDirectory')}", mode, name, group, "-"]
    assert made[1] == home


def test_it_runs_the_daemon_on_the_configuration_of_etc() -> None:
    assert directive("ExecStart") == f"{INSTALLED} run --config /etc/smsherald/smsherald.yaml"


def test_the_daemon_hears_of_a_reload_before_systemctl_is_told_what_is_wrong() -> None:
    tell, check = directives("ExecReload")

    assert tell == "/bin/kill -HUP $MAINPID"
    assert check == directive("ExecStart").replace(" run ", " check --flows ")
    assert directives("ExecStartPre") == []


def test_what_only_an_operator_can_mend_is_not_tried_again() -> None:
    assert directive("RestartPreventExitStatus").split() == [str(USAGE), str(CONFIGURATION)]


def test_what_is_in_flight_may_finish_before_it_is_killed(tmp_path: Path) -> None:
    needed = load(write(tmp_path, flow=FLOW), {}).settings.broker.drain + CLOSES_WITHIN

    assert float(directive("TimeoutStopSec")) > needed
    daemon = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]["daemon"]
    assert float(daemon["stop_grace_period"].removesuffix("s")) > needed


def test_a_session_that_stalls_is_seen_by_the_probe_before_the_watchdog_acts() -> None:
    assert directive("Type") == "notify"
    assert float(directive("WatchdogSec")) >= SESSION_STALLS


def test_the_ledger_finds_its_directory() -> None:
    assert directive("StateDirectory") == "smsherald"
