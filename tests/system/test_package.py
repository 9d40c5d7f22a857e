"""The Debian package under a real systemd, from its installation to its purge."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from smsherald.cli.exits import INTERRUPTED
from smsherald.ledger.sql import schema
from support.machine import Machine
from support.needs import program
from support.operated import FLOW, WITHIN, Operated, environment, lines
from support.package import NEWER, Packaged, Packages
from support.ports import free_port
from support.postgres import Postgres
from support.publishing import publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.unit import ENVIRONMENT, FLOWS, SETTINGS
from support.waiting import eventually

STATE = "/var/lib/smsherald"
LEDGER = f"{STATE}/ledger.db"
EXAMPLES = "/usr/share/doc/smsherald/config/flows"
DRAIN = ("drain: 25s", "drain: 24s")
"""A setting that the operator changes."""
CHANGED = (ENVIRONMENT, SETTINGS, FLOW)
UNCHANGED = f"{FLOWS}/sms.yaml"
INSTANCES = ("a", "b")
EVENTS = 40
"""That they share."""
TAP = "exec smsherald tap --count 1"
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


@dataclass(kw_only=True)
class OperatedPackage(Operated):
    """The package's unit, operated."""

    unit: Packaged
    rabbit: Rabbit
    vhost: str

    def handled(self) -> None:
        """Wait until its queue is empty."""
        self.rabbit.wait_until_settled(self.vhost, "smsherald", WITHIN)

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run `smsherald` as it is on the PATH, and return what it prints."""
        done = self.unit.run("smsherald", *arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def configure(self, path: str, variables: dict[str, str]) -> None:
        """Add them to a file of variables."""
        self.unit.write(path, f"{self.unit.read(path)}\n{lines(variables)}", 0o600)

    def all_are_known_to_be_sent(self) -> None:
        """Wait until the ledger says so of every text."""

        def sent() -> bool:
            listed = self.command("ledger", "list", "--limit", "10000", "--json")
            states = [row["state"] for row in json.loads(listed)]
            return states == ["sent"] * len(self.bodies)

        eventually(sent, within=WITHIN, what="all are known to be sent", every=1)

    def knows_whom_it_texted(self) -> None:
        """Bring events again that were texted, and see that nothing comes of them."""
        self.publish_again()
        self.handled()
        self.publish()
        self.texted()


@pytest.fixture
def packages(
    machine: Machine,  # noqa: ARG001 - where none can be booted there is no use in a package
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Packages:
    """Begin to make the package, and the next one."""
    program("apt-get", "apt")
    (tmp_path / "packages").mkdir()
    return Packages(tmp_path / "packages", tmp_path_factory)


@pytest.fixture
def operated(
    machine: Machine, rabbit: Rabbit, vhost: str, sandbox: SandboxProcess
) -> OperatedPackage:
    """Put a machine between a broker and a Twilio; nothing is installed."""
    return OperatedPackage(
        unit=Packaged(machine),
        broker=rabbit.url(vhost),
        sandbox=sandbox,
        rabbit=rabbit,
        vhost=vhost,
    )


@pytest.mark.long
@pytest.mark.each_debian
@pytest.mark.takes(150)
def test_from_its_installation_to_its_purge(
    packages: Packages, operated: OperatedPackage, postgres: Postgres
) -> None:
    it_says_what_to_do_and_does_not_run_before(operated, packages.this)
    it_texts_once_it_is_configured(operated)
    operated.greets("thanks!")
    it_finishes_what_is_in_flight_before_it_stops(operated)
    commands_beside_it_have_its_ledger(operated)
    what_ends_the_script_ends_its_command(operated)
    an_upgrade_loses_and_doubles_nothing(operated, packages.next)
    nor_does_the_way_back(operated, packages.this)
    it_comes_back_when_it_is_killed(operated)
    the_watchdog_ends_it_when_it_hangs(operated)
    removed_it_leaves_what_an_operator_has(operated)
    installed_again_it_says_that_it_does_not_run(operated, packages.this)
    purged_it_leaves_the_ledger(operated)
    installed_again_it_goes_on_with_its_ledger(operated, packages.this)
    with postgres.database() as name:
        instances_share_a_ledger(operated, postgres.url(name))
        purged_it_leaves_nothing_if_told_so(operated)


def it_says_what_to_do_and_does_not_run_before(operated: OperatedPackage, package: Path) -> None:
    unit = operated.unit
    said = unit.install(package)
    assert f"Fill in {ENVIRONMENT}" in said
    assert "sudo smsherald check --live" in said
    assert unit.state() == ("inactive", "dead")
    assert unit.systemctl("is-enabled").stdout.strip() == "enabled"

    assert unit.systemctl("start").returncode != 0
    assert unit.state() == ("failed", "failed")
    assert (unit.show("ExecMainStatus"), unit.show("NRestarts")) == ("78", "0")
    operated.says(f"{SETTINGS}:")
    assert "the environment variable TWILIO_ACCOUNT_SID is not set" in unit.show("StatusText")


def it_texts_once_it_is_configured(operated: OperatedPackage) -> None:
    unit = operated.unit
    unit.edit(SETTINGS, *DRAIN)
    assert unit.run("cp", f"{EXAMPLES}/order-created.yaml", FLOW).returncode == 0
    operated.configure(ENVIRONMENT, environment(operated.broker, operated.sandbox))
    operated.command("check", "--live")
    operated.starts()
    assert unit.show("Type") == "notify"
    operated.says("handling events")
    operated.publish()
    operated.texted()


def it_finishes_what_is_in_flight_before_it_stops(operated: OperatedPackage) -> None:
    operated.sandbox.fault("latency", seconds=2)
    operated.publish()
    eventually(lambda: operated.sandbox.faults() == 0, what="it has asked Twilio")
    operated.stops()
    operated.texted()
    operated.all_are_known_to_be_sent()
    operated.starts()


def commands_beside_it_have_its_ledger(operated: OperatedPackage) -> None:
    unit = operated.unit
    text = "It costs $5, ${HOME} and 'all'"
    operated.command("send", "--to", "+15558675309", "--message", text)
    operated.bodies.append(text)
    event = json.dumps(operated.order().body)
    operated.command("publish", "--routing-key", "order.created", "-", stdin=event)
    # A relative path is one of where the command was given.
    unit.write("/run/events/order.json", json.dumps(operated.order().body), 0o644)
    there = ("env", "--chdir=/run/events", "smsherald", "publish", "--routing-key", "order.created")
    put = unit.run(*there, "order.json")
    assert put.returncode == 0, put.stderr
    operated.texted()
    assert unit.run("smsherald", "ledger", "show", "none-of-this-key").returncode == 1
    unit.write("/run/own/order.json", "{}", 0o600)
    refused = unit.run("smsherald", "preview", "/run/own/order.json")
    assert refused.returncode == 2
    assert "with sudo this runs as the user smsherald: give it by `- < FILE`" in refused.stderr
    others = unit.run("find", STATE, "!", "-user", "smsherald")
    assert (others.stdout, others.stderr) == ("", "")
    # Whoever is not root hears whose ledger and secrets are missing, and nothing of what they are.
    nobody = unit.run(*NOBODY, "smsherald", "ledger", "list")
    assert nobody.returncode not in {0, 2}
    assert "this ran as nobody; with sudo it has the user, the ledger" in nobody.stderr


def what_ends_the_script_ends_its_command(operated: OperatedPackage) -> None:
    unit = operated.unit
    for signal in ("TERM", "HUP"):
        with unit.machine.begin("sh", "-c", f"echo $$; {TAP}") as script:
            pid = output_until(script, "\n").strip()
            output_until(script, "Ctrl-C ends it.")
            assert unit.run("kill", f"-{signal}", pid).returncode == 0
            is_interrupted(script)
    with unit.machine.begin(
        "script", "--quiet", "--return", "--command", TAP, "/dev/null"
    ) as terminal:
        output_until(terminal, "Ctrl-C ends it.")
        assert terminal.stdin
        terminal.stdin.write("\x03")
        is_interrupted(terminal)
    left = unit.run("systemctl", "list-units", "--no-legend", "smsherald-command*", "run-*.service")
    assert left.stdout == ""


def output_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(text)


def is_interrupted(process: subprocess.Popen[str]) -> None:
    output, _ = process.communicate(timeout=WITHIN)
    assert (process.returncode, "0 events written" in output) == (INTERRUPTED, True), output


def an_upgrade_loses_and_doubles_nothing(operated: OperatedPackage, package: Path) -> None:
    unit = operated.unit
    before = [unit.read(path) for path in CHANGED]
    with operated.orders_coming_in():
        unit.install(package)
        operated.runs()
    operated.texted()
    (upgraded,) = (json.loads(line) for line in unit.journal() if "ledger_upgraded" in line)
    assert (upgraded["before"], upgraded["after"]) == (schema.VERSION, schema.VERSION + 1)
    operated.knows_whom_it_texted()
    # What the operator has changed is as he left it, all else is of the new version.
    assert [unit.read(path) for path in CHANGED] == before
    assert unit.read(UNCHANGED).endswith(NEWER)


def nor_does_the_way_back(operated: OperatedPackage, package: Path) -> None:
    with operated.orders_coming_in():
        operated.stops()
        operated.command("ledger", "downgrade", "--to", str(schema.VERSION))
        operated.unit.install(package)
        operated.starts()
    operated.texted()
    operated.knows_whom_it_texted()
    assert DRAIN[1] in operated.unit.read(SETTINGS)
    assert NEWER not in operated.unit.read(UNCHANGED)


def it_comes_back_when_it_is_killed(operated: OperatedPackage) -> None:
    unit = operated.unit
    unit.override("tests", "RestartSec=1", "WatchdogSec=10")
    operated.restart()
    pid = operated.pid
    operated.sandbox.fault("accept_then_hang")
    operated.publish()
    operated.texted()
    # Twilio has the text, and the daemon does not know it yet.
    assert unit.run("kill", "-KILL", pid).returncode == 0
    operated.publish()
    operated.is_restarted(times=1)
    assert operated.pid != pid
    operated.texted()


def the_watchdog_ends_it_when_it_hangs(operated: OperatedPackage) -> None:
    unit, pid = operated.unit, operated.pid
    assert unit.run("kill", "-STOP", pid).returncode == 0
    operated.publish()
    operated.is_restarted(times=2)
    assert operated.pid != pid
    journal = "\n".join(unit.journal())
    assert f"{unit.show('Id')}: Failed with result 'watchdog'." in journal
    assert "Current thread 0x" in journal
    operated.texted()
    # What was in flight when it was killed has been looked up at Twilio.
    operated.all_are_known_to_be_sent()


def removed_it_leaves_what_an_operator_has(operated: OperatedPackage) -> None:
    unit = operated.unit
    unit.remove()
    assert unit.state() == ("inactive", "dead")
    assert not unit.has("/opt/smsherald")
    assert DRAIN[1] in unit.read(SETTINGS)
    assert all(unit.has(path) for path in (ENVIRONMENT, FLOW, LEDGER))


def installed_again_it_says_that_it_does_not_run(operated: OperatedPackage, package: Path) -> None:
    unit = operated.unit
    said = unit.install(package)
    assert said.count("does not run; start it: sudo systemctl start smsherald\n") == 1
    assert f"Fill in {ENVIRONMENT}" not in said
    assert unit.state() == ("inactive", "dead")
    assert unit.systemctl("is-enabled").stdout.strip() == "enabled"
    assert unit.systemctl("disable").returncode == 0
    unit.remove()
    said = unit.install(package)
    assert "disabled, and does not run; start it: sudo systemctl enable --now smsherald\n" in said
    assert unit.systemctl("is-enabled").stdout.strip() == "disabled"


def purged_it_leaves_the_ledger(operated: OperatedPackage) -> None:
    assert f"the ledger stays in {STATE}" in operated.unit.purge()
    assert not any(operated.unit.has(path) for path in (SETTINGS, ENVIRONMENT, UNCHANGED))
    assert all(operated.unit.has(path) for path in (FLOW, LEDGER))


def installed_again_it_goes_on_with_its_ledger(operated: OperatedPackage, package: Path) -> None:
    operated.unit.install(package)
    operated.all_are_known_to_be_sent()


def instances_share_a_ledger(operated: OperatedPackage, ledger: str) -> None:
    operated.configure(ENVIRONMENT, environment(operated.broker, operated.sandbox))
    units = [Packaged(operated.unit.machine, f"smsherald@{name}") for name in INSTANCES]
    for name, unit in zip(INSTANCES, units, strict=True):
        listen = f"127.0.0.1:{free_port()}"
        own = {"SMSHERALD__LEDGER__URL": ledger, "SMSHERALD__HTTP__LISTEN": listen}
        unit.write(f"{ENVIRONMENT}.{name}", lines(own), 0o600)
        assert unit.systemctl("enable", "--now").returncode == 0, unit.status()
    publish(operated.broker, [operated.order() for _ in range(EVENTS)])
    operated.texted()
    operated.handled()
    for unit in units:
        assert any('"message":"event"' in line for line in unit.journal()), unit.status()
        beside = ("env", f"SMSHERALD_UNIT={unit.name}", "smsherald")
        listed = unit.run(*beside, "ledger", "list", "--state", "sent", "--json")
        assert len(json.loads(listed.stdout)) == EVENTS
    names = [unit.name for unit in units]
    for who in ((), NOBODY):
        alone = operated.unit.run(*who, "smsherald", "status")
        assert f"systemctl status {' '.join(names)})" in " ".join(alone.stdout.split())
        assert (
            f"these do: {', '.join(names)}; beside {names[0]}: sudo SMSHERALD_UNIT={names[0]} "
            "smsherald" in alone.stderr
        )
    instances_of_this_host_alone_are_named(operated, ledger)
    nothing = operated.unit.run("env", "SMSHERALD_UNIT=smsherald@typo", "smsherald", "status")
    assert (nothing.returncode, "smsherald, smsherald@a, smsherald@b" in nothing.stderr) == (
        2,
        True,
    )


def instances_of_this_host_alone_are_named(operated: OperatedPackage, ledger: str) -> None:
    host = operated.unit.run("hostname").stdout.strip()
    far = f"{host}-2"
    with psycopg.connect(ledger) as connection:
        connection.execute("INSERT INTO replica VALUES (%s, '1', 4e9)", [far])

    def said(instance: str) -> str:
        asks = ("env", f"SMSHERALD_UNIT=smsherald@{instance}", "smsherald", "why", "nothing-of-it")
        return " ".join(operated.unit.run(*asks).stdout.split())

    eventually(lambda: far in said("a"), within=WITHIN, what="the other host's is known", every=1)
    ask = "sudo SMSHERALD_UNIT=smsherald@b smsherald why nothing-of-it"
    assert f"{host}-b (`{ask}`), {far}; ask where it runs" in said("a")
    assert "smsherald@2" not in said("a")
    operated.unit.run("systemctl", "stop", "smsherald@a")
    alone = said("a")
    assert f"{host}-b (`{ask}`), " in alone
    assert "smsherald@2" not in alone


def purged_it_leaves_nothing_if_told_so(operated: OperatedPackage) -> None:
    operated.unit.purge(ledger=True)
    assert not operated.unit.has(STATE)
    for listed in ("list-units", "list-unit-files"):
        left = operated.unit.run("systemctl", listed, "--all", "--no-legend", "smsherald*")
        assert left.stdout == ""
    operated.texted()
