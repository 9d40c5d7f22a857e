"""The commands as a shell sees them: what they print, and their exit codes."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from support.command import smsherald
from support.configuration import FLOW, SETTINGS, write
from support.daemon import REPOSITORY, Daemon
from support.http import request
from support.ports import free_port
from support.process import Process
from support.publishing import channel, order, publish
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually


def path(daemon: Daemon) -> str:
    return str(daemon.config)


def said(daemon: Daemon, *messages: str) -> list[str]:
    """Return which of these its log says, in their order."""
    lines = (line["message"] for line in daemon.log_lines())
    return [message for message in lines if message in messages]


class TestCheck:
    """`check` says all that is wrong, and where."""

    def test_the_shipped_configuration_is_good(self) -> None:
        done = smsherald("check")

        assert done.returncode == 0, done.stderr
        assert "5 flows" in done.stdout

    def test_missing_variables_are_named_with_their_places(self) -> None:
        done = smsherald("check", environment={})

        assert done.returncode == 78
        assert re.search(
            r"^config/smsherald\.yaml:\d+:\d+: .*TWILIO_FROM", done.stderr, re.MULTILINE
        )

    def test_flows_are_checked_without_credentials(self) -> None:
        done = smsherald("check", "--flows", environment={})

        assert done.returncode == 0, done.stderr
        assert "5 flows" in done.stdout

    def test_a_flow_test_that_fails_makes_1(self, config: Daemon) -> None:
        flow = config.flows / "order-created.yaml"
        flow.write_text(flow.read_text().replace("Hi Ann, thank you!", "Hi Bob, thank you!"))
        done = smsherald("check", "--config", path(config))

        assert done.returncode == 1
        assert "order-created.yaml:" in done.stderr


class TestRun:
    """`run` starts, refuses and stops as a service manager expects."""

    def test_a_bad_configuration_is_78_and_shows_no_secret(self, config: Daemon) -> None:
        settings = yaml.safe_load(Path(path(config)).read_text())
        settings["broker"]["queu"] = "x"
        settings["twilio"]["accounts"]["default"]["auth_token"] = 7
        Path(path(config)).write_text(yaml.safe_dump(settings))
        done = smsherald("run", "--config", path(config))

        assert done.returncode == 78
        assert "smsherald.yaml:" in done.stderr
        assert "queue" in done.stderr

    @pytest.mark.parametrize(("options", "code"), [([], 78), (["--unsafe"], 0)])
    def test_a_quarantine_that_is_too_short_is_78_unless_unsafe_is_asked_for(
        self, options: list[str], code: int, amqp_url: str, sandbox: SandboxProcess, tmp_path: Path
    ) -> None:
        daemon = Daemon(tmp_path / "daemon", amqp_url, sandbox.url, *options)
        daemon.settings["ledger"]["quarantine"] = "1s"
        daemon.start(ready=not code)

        assert (daemon.wait() if code else daemon.stop()) == code
        assert "ledger.quarantine: must be longer" in daemon.stderr.read_text()

    def test_a_file_that_is_no_ledger_is_78_and_left_as_it_is(self, config: Daemon) -> None:
        ledger = config.directory / "ledger.db"
        ledger.write_bytes(b"this is no database" * 100)
        done = smsherald("run", "--config", path(config))

        assert done.returncode == 78
        assert "ledger" in done.stderr
        assert ledger.read_bytes() == b"this is no database" * 100

    def test_a_taken_port_is_1_and_names_the_setting(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        config.settings["http"]["listen"] = sandbox.url.removeprefix("http://")
        Path(path(config)).write_text(yaml.safe_dump(config.settings))
        done = smsherald("run", "--config", path(config))

        assert done.returncode == 1
        assert "http.listen" in done.stderr

    def test_a_misspelt_variable_that_a_default_stands_in_for_is_warned_of_as_by_check(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        config.settings["http"]["listen"] = sandbox.url.removeprefix("http://")
        config.settings["broker"]["url"] = "${BROKER_URL:-memory://}"
        Path(path(config)).write_text(yaml.safe_dump(config.settings))
        misspelt = {"BROKR_URL": "amqp://shop:secret@broker//"}
        check, run = (
            smsherald(command, "--config", path(config), environment=misspelt)
            for command in ("check", "run")
        )

        assert (check.returncode, run.returncode) == (0, 1)
        (warning,) = [line for line in check.stderr.splitlines() if "BROKR_URL" in line]
        assert re.fullmatch(
            rf"warning: {path(config)}:\d+:\d+: the environment variable BROKER_URL is not set, "
            r"and its default is used; is BROKR_URL meant to be it\?",
            warning,
        )
        assert warning in run.stderr.splitlines()
        assert "secret" not in check.stderr + run.stderr

    def test_it_waits_for_a_broker_that_is_away_and_ends_with_0(self, config: Daemon) -> None:
        config.settings["broker"]["url"] = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
        config.start(ready=False)
        eventually(
            lambda: "Connection refused" in request(config.url + "/readyz").text,
            what="readyz says why",
        )

        assert request(config.url + "/livez").status == 200
        assert config.stop() == 0

    @pytest.mark.long
    def test_a_ledger_that_is_locked_at_the_start_is_waited_for_and_sigterm_ends_the_wait(
        self, config: Daemon
    ) -> None:
        with config:
            assert config.stop() == 0
        with closing(sqlite3.connect(config.directory / "ledger.db")) as locked:
            locked.execute("BEGIN IMMEDIATE")
            config.start(ready=False)
            eventually(
                lambda: "locked" in request(config.url + "/readyz").text,
                what="readyz says why",
            )

            assert request(config.url + "/livez").status == 200
            assert config.stop() == 0

    def test_without_any_flow_it_is_78_and_the_broker_is_left_as_it_is(
        self, config: Daemon, rabbit: Rabbit, vhost: str
    ) -> None:
        with config:
            pass
        before = rabbit.ctl("list_bindings", "--vhost", vhost)
        for flow in config.flows.iterdir():
            flow.unlink()
        for command in ("run", "check"):
            done = smsherald(command, "--config", path(config))

            assert done.returncode == 78
            assert done.stderr.startswith(f"{config.flows}:1:1: no flow is here: every event")
        assert rabbit.ctl("list_bindings", "--vhost", vhost) == before
        assert "order.created" in before

    def test_a_hangup_before_the_start_is_over_is_kept_until_it_is(self, config: Daemon) -> None:
        with config:
            assert config.stop() == 0
        with closing(sqlite3.connect(config.directory / "ledger.db")) as locked:
            locked.execute("BEGIN IMMEDIATE")
            config.start(ready=False)
            eventually(
                lambda: "locked" in request(config.url + "/readyz").text,
                what="it waits for its ledger",
            )
            config.running.send_signal(signal.SIGHUP)
        eventually(lambda: said(config, "reloaded"), what="the configuration is read anew")

        assert config.stop() == 0
        assert said(config, "started", "reloaded") == ["started", "reloaded"]

    def test_a_hangup_while_it_reads_its_configuration_at_the_start_is_kept_too(
        self, config: Daemon
    ) -> None:
        slow = config.flows / "slow.yaml"
        slow.unlink(missing_ok=True)
        os.mkfifo(slow)
        config.start(ready=False)
        # Who opens the other end knows that it has come to read this file, and waits in it.
        with slow.open("w") as file:
            config.running.send_signal(signal.SIGHUP)
            file.write(FLOW)
            slow.unlink()
        eventually(lambda: said(config, "reloaded"), what="the configuration is read anew")

        assert config.stop() == 0

    def test_hangups_that_come_during_a_reload_are_one_more_after_it(self, config: Daemon) -> None:
        with config:
            slow = config.flows / "slow.yaml"
            os.mkfifo(slow)
            config.running.send_signal(signal.SIGHUP)
            with slow.open("w") as file:
                for _ in range(5):
                    config.running.send_signal(signal.SIGHUP)
                    time.sleep(0.05)
                slow.unlink()
                file.write(FLOW)
            eventually(lambda: len(said(config, "reloaded")) == 2, what="it reloads once more")

            assert config.stop() == 0
        assert [x["flows"] for x in config.log_lines() if x["message"] == "reloaded"] == [6, 5]

    def test_one_that_hangs_in_its_files_stops_all_the_same(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        with config:
            os.mkfifo(config.flows / "slow.yaml")
            config.running.send_signal(signal.SIGHUP)
            with (config.flows / "slow.yaml").open("w"):
                publish(config.settings["broker"]["url"], [order(1)])
                eventually(lambda: sandbox.count() == 1, what="it handles events meanwhile")

                assert config.stop() == 0
        assert said(config, "reloaded", "reload_refused", "stopped") == ["stopped"]

    def test_the_journal_is_told_how_grave_a_line_is(self, config: Daemon) -> None:
        config.stdout_of(1).touch()
        status = config.stdout_of(1).stat()
        config.environment["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
        with config:
            (config.flows / "sms.yaml").write_text("to: [")
            config.running.send_signal(signal.SIGHUP)
            eventually(
                lambda: re.search(
                    '^<3>{.*"reload_refused"', config.stdout.read_text(), re.MULTILINE
                ),
                what="the error is marked as one",
            )

        assert re.search('^<6>{.*"started"', config.stdout.read_text(), re.MULTILINE)

    def test_what_is_in_flight_is_finished_before_it_ends_for_a_clash(
        self, config: Daemon, rabbit: Rabbit, vhost: str, sandbox: SandboxProcess
    ) -> None:
        with config:
            sandbox.fault("latency", seconds=2.0)
            publish(rabbit.url(vhost), [order(1)])
            eventually(
                lambda: config.metrics().value("smsherald_sms_in_flight") == 1,
                what="a text is in flight",
            )
            rabbit.delete_queue(vhost, "smsherald.retry.5s")
            with channel(rabbit.url(vhost)) as to:
                to.queue_declare("smsherald.retry.5s", durable=True)
            rabbit.close_all_connections("a test")

            assert config.wait() == 78
        assert "smsherald.retry.5s" in config.stderr.read_text()
        assert sandbox.count() == 1
        with closing(sqlite3.connect(config.directory / "ledger.db")) as ledger:
            assert ledger.execute("SELECT state FROM sms").fetchall() == [("sent",)]


class TestDemo:
    """`demo` shows every sample with the outcome it should have."""

    @pytest.fixture(autouse=True)
    def _alone(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        """Keep other workers' demos waiting: two that start at once may choose the same port."""
        with (tmp_path_factory.getbasetemp().parent / "demo").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def test_the_samples_end_as_they_should(self) -> None:
        done = smsherald("demo", "--once", environment={})

        assert done.returncode == 0, done.stderr
        assert "expected" not in done.stdout
        for word in ("sent", "failed", "parked", "duplicate", "/metrics", "inbox"):
            assert word in done.stdout
        # That is the service's, which would not start beside it.
        assert ":8790/" not in done.stdout

    def test_on_a_real_broker_too(self, amqp_url: str) -> None:
        done = smsherald("demo", "--once", "--broker", amqp_url, environment={})

        assert done.returncode == 0, done.stderr

    def test_flows_of_ones_own_are_said_not_to_fit_the_samples(self, tmp_path: Path) -> None:
        own = FLOW.replace("order.created", "stock.low")
        settings = SETTINGS.replace("default:", "mine: &mine") + "    other: *mine\n"
        settings += "  default_account: mine\nnotifications: {mandatory: true}\n"
        path = write(tmp_path, settings, mine=own)
        done = smsherald("demo", "--once", "--config", str(path), environment={})

        assert done.returncode == 1
        assert done.stderr == ""
        assert "unroutable order.created: no flow subscribes to it; there are stock.low" in (
            done.stdout
        )
        assert done.stdout.count("unroutable (expected sent)") == 5
        assert "The samples are for the flows that are shipped" in done.stdout

    def test_flows_of_ones_own_show_their_tests_events(self, tmp_path: Path) -> None:
        """As of `init --from`: short events stand in the flow, long ones in a file beside it."""
        own = (
            "subscribe: locker.ready\nwhen: not event.body.sandbox\n"
            'to: "{{ event.body.phone }}"\nmessage: "Parcel {{ event.body.number }} is ready."\n'
            "tests:\n"
            "  - name: a parcel\n    file: events/parcel.json\n"
            "    expect: {message: Parcel 7 is ready.}\n"
            "  - event: {number: 8}\n    expect: {parked: missing_value}\n"
            "  - event: {sandbox: true}\n    expect: {ignored: true}\n"
            "  - file: events/gone.json\n    expect: {ignored: true}\n"
        )
        second = "subscribe: locker.*\nto: '+15558675310'\nmessage: A second of {{ event.id }}.\n"
        path = write(tmp_path, SETTINGS, parcel=own, second=second)
        line = {
            "at": 1.0,
            "exchange": "events",
            "routing_key": "locker.ready",
            "properties": {},
            "headers": {},
            "body": {"number": 7, "phone": "+15558675309"},
        }
        (tmp_path / "flows" / "events").mkdir()
        (tmp_path / "flows" / "events" / "parcel.json").write_text(json.dumps(line))
        done = smsherald("demo", "--once", "--config", str(path), environment={})

        assert (done.returncode, done.stderr) == (0, "")
        assert "Parcel 7 is ready." in done.stdout
        assert "The events of your flows' tests" in done.stdout
        rows = re.findall(r"│ (.*?) *│ (?:locker.ready)? *│ (\w+) *│ (\w+)", done.stdout)
        assert rows == [
            ("parcel: a parcel", "parcel", "sent"),
            ("", "second", "sent"),
            ("parcel: tests[1]", "second", "sent"),
            ("", "parcel", "parked"),
            ("parcel: tests[2]", "second", "sent"),
        ]
        for said in ("+15558675309 parcel SM", "+15558675310 second SM", "parcel missing_value"):
            assert said in done.stdout

    def test_accounts_of_ones_own_ask_the_sandbox_too(self, tmp_path: Path) -> None:
        """Whatever the file says of Twilio, nothing leaves this machine."""
        settings = SETTINGS.replace("default:", "mine:") + (
            "      api_url: https://twilio.invalid\n"
            "  proxy: http://proxy.invalid:1\n  default_account: mine\n"
        )
        path = write(tmp_path, settings)
        for flow in (REPOSITORY / "config" / "flows").iterdir():
            shutil.copy(flow, tmp_path / "flows")
        done = smsherald("demo", "--once", "--config", str(path), environment={})

        assert done.returncode == 0, done.stdout + done.stderr

    def test_a_broker_that_is_away_is_69(self) -> None:
        url = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
        done = smsherald("demo", "--once", "--broker", url, environment={})

        assert done.returncode == 69

    def test_a_visitor_publishes_by_curl_and_ctrl_c_ends_it(self, tmp_path: Path) -> None:
        settings = REPOSITORY / "config" / "smsherald.yaml"
        with Process(tmp_path, "demo", "--config", str(settings)) as demo:

            def invites() -> bool:
                demo.require_alive()
                return "Ctrl-C" in demo.stdout.read_text()

            eventually(invites, what="it invites")
            inbox = re.search(r"inbox +(\S+)/", demo.stdout.read_text())
            assert inbox
            address = {"firstname": "Vi", "phone": "+15558675311"}
            body = {"number": "V1", "billing_address": address}
            taken = request(inbox[1] + "/events/order.created", "POST", body)
            assert taken.status == 202
            eventually(lambda: "Hi Vi" in demo.stdout.read_text(), what="it is shown")
            progress = request(f"{inbox[1]}/events/{json.loads(taken.text)['id']}")
            (fate,) = json.loads(progress.text)["fates"]
            assert (fate["word"], fate["to"]) == ("sent", "+15558675311")
            assert fate["sid"] in request(inbox[1] + "/sandbox/messages").text
            offered = json.loads(request(inbox[1] + "/samples.json").text)
            assert offered["order.created"]["number"] == "R12349"
            demo.running.send_signal(signal.SIGINT)

            assert demo.wait() == 0


def test_help_imports_nothing_that_only_a_command_needs() -> None:
    code = (
        "import sys; from smsherald.cli import main; "
        "heavy = {'kombu', 'twilio', 'sqlalchemy', 'alembic', 'aiohttp', 'asyncio', 'jinja2'}; "
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
