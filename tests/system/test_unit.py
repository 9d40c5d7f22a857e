"""The unit under a real systemd: what operators do with it, and what they see."""

from __future__ import annotations

import atexit
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.daemon import REPOSITORY
from support.installed import ENVIRONMENT, FLOWS, SETTINGS, WRAPPER, Installed
from support.machine import Machine
from support.ports import free_port
from support.publishing import order, publish
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.waiting import eventually

ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "a" * 32, "TWILIO_FROM": "+15005550006"}
FLOW = f"{FLOWS}/order-created.yaml"
RUNNING = ("active", "running")
REFUSED = "twilio: Twilio refuses account default: 20003 (Permission Denied); next probe in "
CREDENTIAL = "twilio_auth_token:/etc/smsherald/credentials/twilio_auth_token"
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
WITHIN = 60.0


@dataclass
class Operated:
    """The unit, the broker whose events it texts, and the Twilio that takes the texts."""

    unit: Installed
    broker: str
    sandbox: SandboxProcess
    bodies: list[str] = field(default_factory=list)
    """Of all texts that were due so far."""

    @property
    def pid(self) -> str:
        """The daemon's process."""
        return self.unit.show("MainPID")

    def publish(self, greeting: str = "thank you!") -> None:
        """Publish the next order, of which the flow makes this text."""
        number = len(self.bodies)
        publish(self.broker, [order(number)])
        self.bodies.append(f"Hi Ann, {greeting} We have your order R{number}.")

    def texted(self) -> None:
        """Wait for every text that is due; there are no others."""
        due = len(self.bodies)
        eventually(lambda: self.sandbox.count() >= due, within=WITHIN, what=f"{due} texts")
        assert [text["body"] for text in self.sandbox.texts()] == self.bodies

    def runs(self) -> None:
        """Wait until it runs."""
        eventually(lambda: self.unit.state() == RUNNING, within=WITHIN, what="it runs")

    def says(self, sentence: str) -> None:
        """Wait for what its status line begins with."""
        eventually(
            lambda: self.unit.show("StatusText").startswith(sentence), within=WITHIN, what=sentence
        )
        assert f'Status: "{sentence}' in self.unit.status()

    def logged(self, word: str) -> int:
        """Count the lines of the daemon's log that are of this kind."""
        return sum(f'"message":"{word}"' in line for line in self.unit.journal())

    def reload(self) -> None:
        """Reload it, and return once the daemon has what is new."""
        before, pid = self.logged("reloaded"), self.pid
        done = self.unit.systemctl("reload")
        assert done.returncode == 0, self.unit.status()
        eventually(lambda: self.logged("reloaded") > before, within=WITHIN, what="it has reloaded")
        self.runs()
        assert self.pid == pid

    def restart(self) -> None:
        """Restart it; it runs when the command ends."""
        assert self.unit.systemctl("restart").returncode == 0, self.unit.status()
        assert self.unit.state() == RUNNING


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Boot a machine of this test's own."""
    (tmp_path / "machine").mkdir()
    machine = Machine(tmp_path / "machine", REPOSITORY)
    atexit.register(machine.stop)
    try:
        machine.start()
        yield machine
    finally:
        machine.stop()
        atexit.unregister(machine.stop)


@pytest.mark.long
@pytest.mark.takes(60)
def test_what_operators_do_with_it(
    machine: Machine, amqp_url: str, sandbox: SandboxProcess
) -> None:
    unit = Installed(machine)
    operated = Operated(unit, amqp_url, sandbox)
    unit.install(
        {
            **ACCOUNT,
            "BROKER_URL": amqp_url,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__API_URL": sandbox.url,
            "SMSHERALD__HTTP__LISTEN": f"127.0.0.1:{free_port()}",
            "SMSHERALD__RETRY__TIERS": "[1s]",
        }
    )

    it_runs_and_texts(operated)
    its_status_says_what_twilio_refuses(operated)
    a_reload_brings_the_new_text(operated)
    a_reload_of_what_is_broken_changes_nothing(operated)
    a_start_with_what_is_broken_fails_and_is_not_tried_again(operated)
    it_comes_back_when_it_is_killed(operated)
    the_watchdog_ends_it_when_it_hangs(operated)
    commands_beside_it_have_its_ledger(operated)
    a_secret_may_be_a_credential(operated)
    a_reload_leaves_to_the_daemon_what_it_cannot_see(operated)

    assert unit.systemctl("stop").returncode == 0
    assert (unit.show("Result"), unit.show("ExecMainStatus")) == ("success", "0")
    operated.texted()


def it_runs_and_texts(operated: Operated) -> None:
    unit = operated.unit
    assert unit.state() == RUNNING, unit.status()
    assert unit.systemctl("is-enabled").stdout.strip() == "enabled"
    operated.says("handling events")
    operated.publish()
    operated.texted()
    assert unit.run("stat", "--format=%a %F", "/var/lib/smsherald/ledger.db").stdout == (
        "600 regular file\n"
    )


def its_status_says_what_twilio_refuses(operated: Operated) -> None:
    operated.sandbox.fault("not_authenticated", times=None)
    operated.publish()
    operated.says(REFUSED)
    operated.sandbox.heal()
    operated.texted()
    operated.says("handling events")


def a_reload_brings_the_new_text(operated: Operated) -> None:
    operated.unit.edit(FLOW, "thank you! We have your order {{", "thanks! We have your order {{")
    operated.unit.edit(FLOW, "thank you! We have your order R", "thanks! We have your order R")
    operated.reload()
    operated.publish("thanks!")
    operated.texted()


def a_reload_of_what_is_broken_changes_nothing(operated: Operated) -> None:
    unit, pid = operated.unit, operated.pid
    good = unit.edit(FLOW, "thanks! We have your order {{ order.number }}", "{{ ordr.number }}")
    place = f"{FLOW}:{good[: good.index('thanks!')].count(chr(10)) + 1}:"

    assert unit.systemctl("reload").returncode != 0
    assert f"]: {place}" in unit.status()
    assert any(line.startswith(place) for line in unit.journal())
    assert unit.state() == RUNNING
    operated.publish("thanks!")
    operated.texted()
    assert (operated.pid, unit.show("NRestarts")) == (pid, "0")
    assert operated.logged("reload_refused") == 0


def a_start_with_what_is_broken_fails_and_is_not_tried_again(operated: Operated) -> None:
    unit = operated.unit
    assert unit.systemctl("restart").returncode != 0
    # One that is to be tried again would be `activating` by now, with `auto-restart`.
    assert unit.state() == ("failed", "failed")
    assert (unit.show("ExecMainStatus"), unit.show("NRestarts")) == ("78", "0")
    operated.publish("thanks!")
    unit.edit(FLOW, "{{ ordr.number }}", "thanks! We have your order {{ order.number }}")
    assert unit.systemctl("start").returncode == 0, unit.status()
    operated.texted()


def it_comes_back_when_it_is_killed(operated: Operated) -> None:
    unit, pid = operated.unit, operated.pid
    assert unit.run("kill", "-KILL", pid).returncode == 0
    eventually(lambda: unit.show("NRestarts") == "1", within=WITHIN, what="it is restarted")
    operated.runs()
    assert operated.pid != pid
    operated.publish("thanks!")
    operated.texted()


def the_watchdog_ends_it_when_it_hangs(operated: Operated) -> None:
    unit = operated.unit
    assert unit.show("WatchdogUSec") == "1min"
    unit.override("watchdog", "WatchdogSec=10")
    operated.restart()
    pid = operated.pid
    assert unit.run("kill", "-STOP", pid).returncode == 0
    eventually(lambda: unit.show("NRestarts") == "1", within=WITHIN, what="it is restarted")
    operated.runs()
    assert operated.pid != pid
    journal = "\n".join(unit.journal())
    assert f"{unit.show('Id')}: Failed with result 'watchdog'." in journal
    assert "Current thread 0x" in journal
    unit.override("watchdog", "WatchdogSec=60")
    operated.restart()


def commands_beside_it_have_its_ledger(operated: Operated) -> None:
    unit = operated.unit
    text = "It costs $5, ${HOME} and 'all'"
    sent = unit.run(WRAPPER, "send", "--to", "+15558675309", "--message", text)
    assert sent.returncode == 0, sent.stderr
    operated.bodies.append(text)
    number = len(operated.bodies)
    event = json.dumps(order(number).body)
    put = unit.run(WRAPPER, "publish", "--routing-key", "order.created", "-", stdin=event)
    assert put.returncode == 0, put.stderr
    operated.bodies.append(f"Hi Ann, thanks! We have your order R{number}.")
    operated.texted()
    listed = unit.run(WRAPPER, "ledger", "list", "--state", "sent").stdout
    assert sum(" sent " in line for line in listed.splitlines()) == len(operated.bodies)
    assert unit.run(WRAPPER, "ledger", "show", "none-of-this-key").returncode == 1
    # A relative path is one of where the command was given.
    unit.write("/run/events/order.json", json.dumps(order(number + 1).body), 0o644)
    put = unit.run(
        "env",
        "--chdir=/run/events",
        WRAPPER,
        *("publish", "--routing-key", "order.created"),
        "order.json",
    )
    assert put.returncode == 0, put.stderr
    operated.bodies.append(f"Hi Ann, thanks! We have your order R{number + 1}.")
    operated.texted()
    # Whoever is not root hears whose ledger and secrets are missing, and nothing of what they are.
    nobody = unit.run(*NOBODY, WRAPPER, "ledger", "list")
    assert nobody.returncode not in {0, 2}
    assert "this ran as nobody; with sudo it has the user, the ledger" in nobody.stderr


def a_secret_may_be_a_credential(operated: Operated) -> None:
    unit = operated.unit
    unit.write(CREDENTIAL.partition(":")[2], f"{AUTH_TOKEN}\n", 0o600)
    unit.edit(ENVIRONMENT, f"TWILIO_AUTH_TOKEN={AUTH_TOKEN}\n", "")
    unit.edit(SETTINGS, "${TWILIO_AUTH_TOKEN}", "${credential:twilio_auth_token}")
    unit.override("credentials", f"LoadCredential={CREDENTIAL}")
    operated.restart()
    operated.reload()
    operated.publish("thanks!")
    operated.texted()
    assert unit.run(WRAPPER, "check").returncode == 0


def a_reload_leaves_to_the_daemon_what_it_cannot_see(operated: Operated) -> None:
    unit, pid = operated.unit, operated.pid
    unit.edit(SETTINGS, "from: ${TWILIO_FROM}", "# from: ${TWILIO_FROM}")
    assert unit.systemctl("reload").returncode == 0, unit.status()
    operated.says(f"handling events; the new configuration is refused: {SETTINGS}:")
    operated.publish("thanks!")
    operated.texted()
    unit.edit(SETTINGS, "# from: ${TWILIO_FROM}", "from: ${TWILIO_FROM}")
    operated.reload()
    operated.says("handling events")
    assert operated.pid == pid
