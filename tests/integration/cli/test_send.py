"""`smsherald send` says what it knows at once: whoever hears nothing sends again."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from support.command import smsherald
from support.daemon import Daemon
from support.ports import free_port
from support.process import Process
from support.publishing import heard, listen
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

FOLDER = Path(__file__).parents[3]


def send(config: Daemon, to: str = "+15558675309", message: str = "It works") -> list[str]:
    return ["send", "--to", to, "--message", message, "--config", str(config.config)]


def plain(shown: str) -> str:
    """Return what stands in a box as one line."""
    return " ".join(re.sub(r"[╭╮╰╯│─]", " ", shown).split())


class TestSend:
    """`send` takes one text through the pipeline, and says what became of it."""

    def test_a_sent_text_is_0_and_told(
        self, config: Daemon, amqp_url: str, sandbox: SandboxProcess
    ) -> None:
        queue = listen(amqp_url)
        with config:
            done = smsherald(
                "send",
                "--to",
                "555-867-5309",
                "--message",
                "It works",
                "--config",
                str(config.config),
            )
        (told,) = heard(amqp_url, queue)

        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("sent: SM")
        assert [text["to"] for text in sandbox.texts()] == ["+15558675309"]
        assert told.routing_key == "sms.sent"

    @pytest.mark.long
    @pytest.mark.takes(15)
    def test_a_ledger_that_takes_no_writes_is_69_with_the_cause(self, config: Daemon) -> None:
        with config:
            """It makes the ledger."""
        path = config.settings["ledger"]["url"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            done = smsherald(*send(config))

        assert (done.returncode, done.stdout) == (69, "")
        assert done.stderr == "smsherald: the ledger: database is locked\n"

    def test_what_was_not_sent_is_1(self, config: Daemon) -> None:
        with config:
            done = smsherald(*send(config, to="+15005550009"))

        assert done.returncode == 1
        assert done.stdout == "failed: bad_recipient (Twilio's error 21614)\n"

    def test_who_may_not_be_texted_is_not_and_the_rule_is_named(
        self, config: Daemon, amqp_url: str, sandbox: SandboxProcess
    ) -> None:
        config.settings["policy"] = {"allow": ["DE"]}
        queue = listen(amqp_url)
        with config:
            done = smsherald(*send(config))
            said = [line for line in config.log_lines() if line["message"] == "only_allowed"]
        (told,) = heard(amqp_url, queue)

        assert done.returncode == 1
        assert done.stdout == "skipped: not_allowed: recipient is not in `policy.allow`\n"
        assert told.routing_key == "sms.skipped"
        assert told.event["data"]["reason"] == "not_allowed"
        assert sandbox.count() == 0
        assert len(said) == 1

    def test_where_once_keeps_it_back_who_had_the_text_is_said_as_why_says_it(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        with config:
            path = config.flows / "sms.yaml"
            path.write_text(f'once: "{{{{ sms.message }}}}"\n{path.read_text()}')
            first, second = (smsherald(*send(config)) for _ in range(2))
            listed = json.loads(config.command("ledger", "list", "--json"))

        assert (first.returncode, second.returncode) == (0, 1), second.stderr
        (had,), sid = listed, first.stdout.removeprefix("sent: ").strip()
        assert re.fullmatch(
            r"duplicate: the SMS of sms to \S+ was not texted for this event: `once` says that "
            rf"this number is texted once, and event {had['event_id']} had it, sent by .* UTC "
            rf"\(.*\), as {sid}; `smsherald why {had['event_id']}` says more\n",
            second.stdout,
        )
        assert sandbox.count() == 1

    @pytest.mark.long
    def test_what_is_tried_again_is_said_to_be(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        with config:
            sandbox.fault("rate_limited", times=1)
            done = smsherald(*send(config))
            eventually(lambda: sandbox.count() == 1, what="the daemon has tried it again")

        assert done.returncode == 1
        assert (
            done.stdout
            == "deferred: rate_limited (Twilio's error 20429)\nthe daemon will try it again\n"
        )

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (
                {"to": "12"},
                "Invalid value for --to: the flow sms can make no text of this: bad_number",
            ),
            (
                {"message": ""},
                "Invalid value for --message: the flow sms can make no text of this: ",
            ),
            ({"message": "a" * 1601}, "Invalid value for --message: the flow sms can make no text"),
        ],
        ids=["a number that is none", "no text", "a text too long"],
    )
    def test_what_no_text_can_be_made_of_is_2_and_parks_nothing(
        self,
        options: dict[str, str],
        said: str,
        config: Daemon,
        rabbit: Rabbit,
        vhost: str,
    ) -> None:
        with config:
            done = smsherald(*send(config, **options))

            assert done.returncode == 2
            assert said in plain(done.stderr)
            assert rabbit.depth(vhost, "smsherald.parked").ready == 0

    def test_where_no_flow_makes_a_text_of_it_nothing_happens(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        with config:
            (config.flows / "sms.yaml").unlink()
            done = smsherald(*send(config))

        nothing = (1, "ignored: no flow makes a text of sms.requested\n")
        assert (done.returncode, done.stdout) == nothing
        advice = f"Write this into {config.flows}/sms.yaml, and let the daemon reload (SIGHUP):\n"
        head, _, flow = done.stderr.partition("\n\n")
        assert f"{head}\n" == advice
        assert flow.strip() in (FOLDER / "config/flows/sms.yaml").read_text()
        assert f"```yaml\n{flow.strip()}\n```" in (FOLDER / "docs/first-text.md").read_text()
        assert sandbox.count() == 0

    def test_of_a_flow_that_wants_it_and_leaves_it_alone_its_when_is_named(
        self, config: Daemon
    ) -> None:
        with config:
            path = config.flows / "sms.yaml"
            path.write_text(f"when: sms.message == 'Other'\n{path.read_text()}")
            done = smsherald(*send(config))

        assert done.returncode == 1
        assert done.stderr == ("It is subscribed to by sms, whose `when` says no to this text.\n")

    def test_without_the_daemons_ledger_nothing_is_sent(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        done = smsherald(
            "send", "--to", "+15558675309", "-m", "Hello", "--config", str(config.config)
        )

        assert done.returncode == 78
        assert f"no ledger is at {config.directory}/ledger.db" in done.stderr
        assert sandbox.count() == 0

    def test_a_sender_that_the_account_does_not_own_is_2(self, config: Daemon) -> None:
        with config:
            done = smsherald(
                "send", "--to", "+15558675309", "-m", "Hello", "--from", "+15005550001",
                "--config", str(config.config),
            )  # fmt: skip

        assert done.returncode == 2
        assert "owns +15005550006 only" in done.stderr

    def test_a_broker_that_is_away_is_69_and_nothing_is_sent(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        with config:
            config.stop()
        config.settings["broker"]["url"] = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
        Path(str(config.config)).write_text(yaml.safe_dump(config.settings))
        done = smsherald(
            "send", "--to", "+15558675309", "-m", "Hello", "--config", str(config.config)
        )

        assert done.returncode == 69
        assert "Connection refused" in done.stderr
        assert sandbox.count() == 0


@pytest.fixture
def sending(config: Daemon, tmp_path: Path) -> Process:
    """Return the command, to be started."""
    directory = tmp_path / "sending"
    directory.mkdir()
    return Process(directory, *send(config))


@pytest.mark.takes(20)
class TestAlarm:
    """While the broker takes nothing, the text goes out, and what became of it is said."""

    @pytest.mark.long
    def test_the_outcome_is_said_and_the_daemon_tells_it_later(
        self, config: Daemon, rabbit: Rabbit, amqp_url: str, sandbox: SandboxProcess
    ) -> None:
        queue = listen(amqp_url)
        config.settings["ledger"] |= {"fence": "1s", "late_accept": "0s", "listing_lag": "0s"}
        config.settings["ledger"]["quarantine"] = "4s"
        config.settings["twilio"]["timeout"] = "2s"
        with config:
            with rabbit.memory_alarm():
                done = smsherald(*send(config))

            assert done.returncode == 0, done.stderr
            assert re.fullmatch(r"sent: SM[0-9a-f]{32}\n", done.stdout)
            assert done.stderr == (
                "sent, not told yet: the broker does not answer; the daemon tells it\n"
            )
            told = eventually(lambda: heard(amqp_url, queue), what="it is told")
        assert {(note.routing_key, note.id) for note in told} == {("sms.sent", told[0].id)}
        assert sandbox.count() == 1

    @pytest.mark.long
    def test_what_would_be_tried_again_is_not_promised(
        self, config: Daemon, rabbit: Rabbit, sandbox: SandboxProcess
    ) -> None:
        with config:
            sandbox.fault("rate_limited", times=None)
            with rabbit.memory_alarm():
                done = smsherald(*send(config))

        assert (done.returncode, done.stdout) == (
            1,
            "deferred: rate_limited (Twilio's error 20429)\n",
        )
        assert done.stderr.startswith("the broker has not confirmed that it is tried again: ")
        assert "Do not send it again before" in done.stderr

    def test_ctrl_c_ends_the_wait_for_the_broker(
        self, config: Daemon, rabbit: Rabbit, sending: Process
    ) -> None:
        with config, rabbit.memory_alarm(), sending:
            eventually(lambda: "sent: SM" in sending.stdout.read_text(), what="it is sent")
            sending.running.send_signal(signal.SIGINT)

            assert sending.wait() == 0
            assert "sent, not told yet" in sending.stderr.read_text()


class TestInterrupted:
    """Ctrl-C leaves nobody in doubt who does not insist."""

    @pytest.mark.long
    def test_the_first_waits_for_the_outcome(
        self, config: Daemon, sandbox: SandboxProcess, sending: Process
    ) -> None:
        config.settings["twilio"]["timeout"] = "40s"
        with config, sending:
            sandbox.fault("latency", seconds=8.0)
            self._interrupt(sending, config)

            assert sending.wait() == 0
        assert sending.stdout.read_text().startswith("sent: SM")
        assert sending.stderr.read_text().startswith(
            "waiting for Twilio's answer; Ctrl-C again leaves it open\n"
        )
        assert sandbox.count() == 1

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
    def test_the_second_is_130_and_says_what_is_open(
        self, config: Daemon, sandbox: SandboxProcess, sending: Process, number: signal.Signals
    ) -> None:
        config.settings["twilio"]["timeout"] = "40s"
        with config, sending:
            sandbox.fault("latency", seconds=30.0)
            self._interrupt(sending, config, number)
            sending.running.send_signal(number)

            assert sending.wait() == 130
            assert config.command("ledger", "list").count("sending") == 1
        assert sending.stdout.read_text() == ""
        assert "left open: the text may be on its way" in sending.stderr.read_text()

    @staticmethod
    def _interrupt(
        sending: Process, config: Daemon, number: signal.Signals = signal.SIGINT
    ) -> None:
        eventually(
            lambda: "sending" in config.command("ledger", "list"), what="the text is claimed"
        )
        sending.running.send_signal(number)
        eventually(lambda: "Ctrl-C" in sending.stderr.read_text(), what="it waits for the answer")
