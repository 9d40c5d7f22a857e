"""The unit under a real systemd: what operators do with it, and what they see.

What it does when it is killed or hangs, and the commands beside it, the package's test shows.
"""

from __future__ import annotations

import re

import pytest

from support.answering import answering
from support.installed import WRAPPER, Installed
from support.machine import Machine
from support.operated import FLOW, RUNNING, WITHIN, Operated, environment
from support.own_schema import (
    CHANGED,
    DEARER,
    FLOW_OF_DEARER,
    MODULE,
    basket,
    text,
)
from support.own_schema import FLOW as FLOW_OF_BASKETS
from support.publishing import publish
from support.sandbox import SandboxProcess
from support.secrets import AUTH_TOKEN
from support.unit import ENVIRONMENT, FLOWS, SETTINGS
from support.waiting import eventually
from support.wrapped import LEFT_OUT, TAKEN, TAKEN_AS

REFUSED = "twilio: Twilio refuses account default: 20003 (Permission Denied); next probe in "
REFUSES = "the new configuration is refused:"
STATE = "/var/lib/smsherald"
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
BEFORE = "The last change of the configuration was refused; the one before it holds."
ANOTHER = {"ready": True, "queue": "smsherald-demo", "ledger": "/tmp/demo/ledger.db"}  # noqa: S108
CREDENTIAL = "twilio_auth_token:/etc/smsherald/credentials/twilio_auth_token"


@pytest.mark.long
@pytest.mark.takes(70)
def test_what_operators_do_with_it(
    machine: Machine, amqp_url: str, sandbox: SandboxProcess
) -> None:
    unit = Installed(machine)
    operated = Operated(unit=unit, broker=amqp_url, sandbox=sandbox)
    unit.install(environment(amqp_url, sandbox))

    it_runs_and_texts(operated)
    its_status_says_what_twilio_refuses(operated)
    operated.greets("thanks!")
    a_reload_of_what_is_broken_changes_nothing(operated)
    a_start_with_what_is_broken_fails_and_is_not_tried_again(operated)
    a_port_that_is_taken_is_named_until_it_is_free(operated)
    one_that_waits_for_a_restart_is_still_its_own(operated)
    a_ledger_that_was_mounted_read_only_wants_a_restart(operated)
    a_secret_may_be_a_credential(operated)
    a_reload_leaves_to_the_daemon_what_it_cannot_see(operated)
    a_schema_of_ones_own_is_found_beside_it(operated)
    what_is_left_out_of_its_environment_is_said(operated)

    operated.stops()
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


def a_reload_of_what_is_broken_changes_nothing(operated: Operated) -> None:
    unit, pid = operated.unit, operated.pid
    good = unit.edit(FLOW, "thanks! We have your order {{ order.number }}", "{{ ordr.number }}")
    place = f"{FLOW}:{good[: good.index('thanks!')].count(chr(10)) + 1}:"

    assert unit.systemctl("reload").returncode != 0
    assert f"]: {place}" in unit.status()
    assert any(line.startswith(place) for line in unit.journal())
    assert "mend it (sudo smsherald check names all of it) and reload" in unit.show("StatusText")
    operated.says(f"handling events; {REFUSES} {place}")
    assert unit.state() == RUNNING
    asked = unit.run(WRAPPER, "status")
    assert asked.returncode == 0
    said = " ".join(asked.stdout.split())
    assert said.startswith(f"Ready: texts go out. {BEFORE}")
    assert f"! {REFUSES} {place}" in said
    operated.publish()
    operated.texted()
    assert (operated.pid, unit.show("NRestarts")) == (pid, "0")
    assert operated.logged("reload_refused") == 1

    # One whose own test fails would text what nobody wants.
    unit.edit(FLOW, "{{ ordr.number }}", "{{ order.number }}, perhaps")
    assert unit.systemctl("reload").returncode == 1
    eventually(
        lambda: operated.logged("reload_refused") == 2, within=WITHIN, what="it is refused, too"
    )
    operated.says(f"handling events; {REFUSES} {FLOW}:")
    unit.edit(FLOW, "{{ order.number }}, perhaps", "{{ ordr.number }}")
    operated.publish()
    operated.texted()


def a_start_with_what_is_broken_fails_and_is_not_tried_again(operated: Operated) -> None:
    unit = operated.unit
    assert unit.systemctl("restart").returncode != 0
    # One that is to be tried again would be `activating` by now, with `auto-restart`.
    assert unit.state() == ("failed", "failed")
    assert (unit.show("ExecMainStatus"), unit.show("NRestarts")) == ("78", "0")
    operated.says(f"{FLOW}:")
    # The same to anybody, who may read neither the journal nor the environment.
    nobody = unit.run(*NOBODY, WRAPPER, "status")
    assert f"smsherald: smsherald is failed: {FLOW}:" in nobody.stderr
    assert "(problems: 1); sudo smsherald check names all of it" in nobody.stderr
    operated.publish()
    unit.edit(FLOW, "{{ ordr.number }}", "thanks! We have your order {{ order.number }}")
    assert unit.systemctl("start").returncode == 0, unit.status()
    operated.texted()


def a_port_that_is_taken_is_named_until_it_is_free(operated: Operated) -> None:
    unit = operated.unit
    operated.stops()
    (listen,) = re.findall(r"HTTP__LISTEN=127.0.0.1:(\d+)", unit.read(ENVIRONMENT))
    # The machine has this one's network.
    with answering(ANOTHER, int(listen)):
        assert unit.systemctl("start").returncode != 0
        taken = f"http.listen: http://127.0.0.1:{listen}: Address already in use"
        operated.says(taken)
        status = unit.run(WRAPPER, "status")
    assert status.returncode == 1
    assert "is another smsherald (queue smsherald-demo, " in " ".join(status.stdout.split())
    assert re.search(rf"smsherald is (failed|activating): {re.escape(taken)}", status.stderr)
    operated.runs()
    operated.publish()
    operated.texted()


def one_that_waits_for_a_restart_is_still_its_own(operated: Operated) -> None:
    unit, other = operated.unit, "SMSHERALD__BROKER__QUEUE=other\n"
    before = unit.read(ENVIRONMENT)
    unit.write(ENVIRONMENT, f"{before.rstrip()}\n{other}", 0o600)
    status = unit.run(WRAPPER, "status")
    said = " ".join(status.stdout.split())
    assert (status.returncode, status.stderr) == (0, "")
    assert said.startswith("Ready: texts go out.")
    assert "! This configuration has queue other, " in said
    unit.write(ENVIRONMENT, before, 0o600)
    assert "This configuration has" not in unit.run(WRAPPER, "status").stdout


def a_ledger_that_was_mounted_read_only_wants_a_restart(operated: Operated) -> None:
    unit = operated.unit
    operated.stops()
    assert unit.run("mount", "--bind", STATE, STATE).returncode == 0
    assert unit.run("mount", "-o", "remount,bind,ro", STATE).returncode == 0
    assert unit.systemctl("start", "--no-block").returncode == 0
    operated.says(f"starting; ledger: {STATE}/ledger.db: is on a file system that is ")
    assert "restart the daemon, which has its mounts as they were" in unit.status()
    operated.publish()

    assert unit.run("mount", "-o", "remount,bind,rw", STATE).returncode == 0
    # What is mended outside, it does not see.
    mounts = unit.run("cat", f"/proc/{operated.pid}/mountinfo").stdout
    assert {line.split()[5][:3] for line in mounts.splitlines() if STATE in line} == {"ro,"}
    operated.restart()
    operated.texted()
    operated.stops()
    assert unit.run("umount", STATE).returncode == 0
    operated.starts()


def a_secret_may_be_a_credential(operated: Operated) -> None:
    unit = operated.unit
    unit.write(CREDENTIAL.partition(":")[2], f"{AUTH_TOKEN}\n", 0o600)
    unit.edit(ENVIRONMENT, f"TWILIO_AUTH_TOKEN={AUTH_TOKEN}\n", "")
    unit.edit(SETTINGS, "${TWILIO_AUTH_TOKEN}", "${credential:twilio_auth_token}")
    unit.override("credentials", f"LoadCredential={CREDENTIAL}")
    operated.restart()
    operated.reload()
    operated.publish()
    operated.texted()
    assert unit.run(WRAPPER, "check").returncode == 0


def a_reload_leaves_to_the_daemon_what_it_cannot_see(operated: Operated) -> None:
    unit, pid = operated.unit, operated.pid
    unit.edit(SETTINGS, "from: ${TWILIO_FROM}", "# from: ${TWILIO_FROM}")
    assert unit.systemctl("reload").returncode == 0, unit.status()
    operated.says(f"handling events; the new configuration is refused: {SETTINGS}:")
    operated.publish()
    operated.texted()
    unit.edit(SETTINGS, "# from: ${TWILIO_FROM}", "from: ${TWILIO_FROM}")
    operated.reload()
    operated.says("handling events")
    assert operated.pid == pid


def a_schema_of_ones_own_is_found_beside_it(operated: Operated) -> None:
    unit, module = operated.unit, "/etc/smsherald/python/shopschemas.py"
    unit.write(module, MODULE, 0o644)
    unit.write(f"{FLOWS}/basket-paid.yaml", FLOW_OF_BASKETS, 0o644)
    unit.write(ENVIRONMENT, f"{unit.read(ENVIRONMENT)}PYTHONPATH=/etc/smsherald/python\n", 0o600)
    checked = unit.run(WRAPPER, "check", "--flows")
    assert checked.returncode == 0, checked.stderr
    without = unit.run(*NOBODY, WRAPPER, "check", "--flows")
    assert without.returncode == 78
    assert "there is no module `shopschemas` where Python looks for them" in without.stderr
    operated.restart()
    publish(operated.broker, [basket(1250, 250)])
    operated.bodies.append(text(15))
    operated.texted()

    # The command tries the new one, the daemon has the one that it has imported.
    unit.write(module, DEARER, 0o644)
    unit.write(f"{FLOWS}/basket-paid.yaml", FLOW_OF_DEARER, 0o644)
    assert unit.systemctl("reload").returncode == 0
    operated.says(f"handling events; {REFUSES} {FLOWS}/basket-paid.yaml:")
    assert CHANGED.format("sudo smsherald check") in unit.show("StatusText")
    operated.restart()
    operated.says("handling events")
    publish(operated.broker, [basket(2000)])
    operated.bodies.append(text(25))
    operated.texted()


def what_is_left_out_of_its_environment_is_said(operated: Operated) -> None:
    unit, before = operated.unit, operated.unit.read(ENVIRONMENT)
    lines = before.splitlines()
    unit.write(ENVIRONMENT, "\n".join([*lines, *LEFT_OUT, TAKEN]), 0o600)
    read = (
        "systemd-run",
        "--quiet",
        "--pipe",
        "--wait",
        f"--property=EnvironmentFile={ENVIRONMENT}",
    )
    variables = dict(
        each.partition("=")[::2] for each in unit.machine.run(*read, "env", "-0").stdout.split("\0")
    )
    assert variables.items() >= TAKEN_AS.items()
    assert "secret" not in variables.values()
    assert unit.run(WRAPPER, "status").stderr.splitlines() == [
        f"{ENVIRONMENT}:{line}: systemd leaves this line out: {why}"
        for line, why in enumerate(LEFT_OUT.values(), len(lines) + 1)
    ]
    unit.write(ENVIRONMENT, before, 0o600)
