"""`publish` as a shell sees it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
import typer
import yaml

from smsherald.cli.events import bodies
from smsherald.cli.exits import INTERRUPTED
from support.command import clean, smsherald
from support.configuration import SETTINGS, write
from support.daemon import Daemon
from support.ports import free_port
from support.process import COMMAND, Process, killed
from support.rabbit import Rabbit
from support.sandbox import SandboxProcess
from support.waiting import eventually

TAKES_NOTHING = "the broker takes nothing: "
"""What follows is the broker's own word, of which versions have several."""


class TestPublish:
    """`publish` puts files on the exchange as they are."""

    def test_a_file_and_standard_input_become_texts(
        self, config: Daemon, sandbox: SandboxProcess, tmp_path: Path
    ) -> None:
        order = {"number": "R1", "billing_address": {"firstname": "Ann", "phone": "+15558675309"}}
        (tmp_path / "order.json").write_text(json.dumps(order))
        with config:
            done = smsherald(
                "publish", "-k", "order.created", str(tmp_path / "order.json"), "-",
                "--config", str(config.config), stdin=json.dumps(order | {"number": "R2"}).encode(),
            )  # fmt: skip
            eventually(lambda: sandbox.count() == 2, what="both were sent")

        assert done.returncode == 0, done.stderr
        assert "2 of 2 published" in done.stdout

    def test_it_needs_the_broker_and_nothing_else(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        """It asks no Twilio and no ledger, and reads no flow: who publishes has none of them."""
        with config:
            account = config.settings["twilio"]["accounts"]["default"]
            account |= {"auth_token": "${TWILIO_AUTH_TOKEN}", "from": "${TWILIO_FROM}"}
            config.settings["ledger"]["url"] = "${LEDGER_URL}"
            config.write()
            (config.flows / "wrong.yaml").write_text("to: [")
            done = smsherald(
                *("publish", "-k", "order.created", "-", "--config", str(config.config)),
                stdin=lines(1),
                environment={},
            )
            eventually(lambda: sandbox.count() == 1, what="it was sent")

        assert done.returncode == 0, done.stderr

    def test_a_broker_that_is_not_said_is_78(self, config: Daemon) -> None:
        config.settings["broker"]["url"] = "${BROKER_URL}"
        config.write()
        done = smsherald("publish", "-k", "a", "-", "--config", str(config.config), stdin=b"{}")

        assert done.returncode == 78
        assert "the environment variable BROKER_URL is not set" in done.stderr

    def test_a_routing_key_that_nobody_is_bound_to_is_1(
        self, config: Daemon, tmp_path: Path
    ) -> None:
        (tmp_path / "stock.json").write_text("{}")
        with config:
            done = smsherald(
                "publish",
                "-k",
                "stock.low",
                str(tmp_path / "stock.json"),
                "--config",
                str(config.config),
            )

        assert done.returncode == 1
        assert "no queue is bound" in done.stderr

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
    def test_one_that_is_ended_says_how_far_it_came(
        self, config: Daemon, rabbit: Rabbit, vhost: str, tmp_path: Path, number: signal.Signals
    ) -> None:
        (tmp_path / "many.jsonl").write_text("{}\n" * 50_000)
        with config:
            pass
        arguments = ("publish", "-k", "order.created", str(tmp_path / "many.jsonl"))
        publishing = Process(tmp_path, *arguments, "--config", str(config.config))
        with publishing:
            eventually(
                lambda: rabbit.depth(vhost, "smsherald").ready > 1,
                what="the second is there: the first was answered",
            )
            publishing.running.send_signal(number)

            assert publishing.wait() == INTERRUPTED
        (said,) = re.findall(r"^([\d,]+) of 50,000 published to", publishing.stdout.read_text())
        assert 0 < int(said.replace(",", "")) < 50_000

    @pytest.mark.parametrize("file", ["-", "/dev/stdin"])
    def test_one_that_is_ended_while_it_reads_says_that_it_came_nowhere(
        self, tmp_path: Path, file: str
    ) -> None:
        broker = {"broker": {"url": f"amqp://guest:guest@127.0.0.1:{free_port()}"}}
        config = write(tmp_path, yaml.safe_dump(yaml.safe_load(SETTINGS) | broker))
        pipe = subprocess.PIPE
        command: list[str | Path] = [
            COMMAND,
            "publish",
            "-k",
            "order.created",
            file,
            "--config",
            config,
        ]
        with (
            subprocess.Popen(command, env=clean(), stdin=pipe, stdout=pipe, stderr=pipe) as reading,
            killed(reading),
        ):
            assert reading.stdin is not None
            # More than a pipe holds: it is read by then.
            reading.stdin.write(b"{}\n" * 500_000)
            reading.stdin.flush()
            # One that comes right before Python begins to read is seen only after.
            for _ in range(10):
                reading.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    reading.wait(3)
                    break

            said = b"0 published to events: not all was read yet\n"
            assert (reading.returncode, *reading.communicate()) == (INTERRUPTED, said, b"")

    def test_a_broker_that_takes_nothing_is_said_while_it_is_waited_for_and_at_the_end(
        self, config: Daemon, rabbit: Rabbit, tmp_path: Path
    ) -> None:
        (tmp_path / "order.json").write_text("{}")
        with config:
            pass
        arguments = ("publish", "-k", "order.created", str(tmp_path / "order.json"))
        publishing = Process(tmp_path, *arguments, "--config", str(config.config))
        with rabbit.memory_alarm(), publishing:
            eventually(
                lambda: TAKES_NOTHING in publishing.stderr.read_text(), what="it says why it waits"
            )
            publishing.running.send_signal(signal.SIGINT)

            assert publishing.wait() == INTERRUPTED
        (said,) = publishing.stdout.read_text().splitlines()
        assert said.startswith("0 of 1 published to events; one more may have been: ")
        assert TAKES_NOTHING in said
        assert publishing.stderr.read_text().count(TAKES_NOTHING) == 1

    def test_a_right_that_is_missing_is_said_as_the_broker_says_it(
        self, config: Daemon, rabbit: Rabbit, vhost: str, tmp_path: Path
    ) -> None:
        (tmp_path / "order.json").write_text("{}")
        with config:
            pass
        rabbit.eval(
            f'rabbit_auth_backend_internal:set_permissions(<<"smsherald">>, <<"{vhost}">>, '
            '<<".*">>, <<"^sms">>, <<".*">>, <<"tests">>)'
        )
        done = smsherald(
            *("publish", "-k", "order.created", str(tmp_path / "order.json")),
            *("--config", str(config.config)),
        )

        assert (done.returncode, done.stdout) == (69, "0 of 1 published to events\n")
        assert "the broker refused an event: Basic.publish: (403) ACCESS_REFUSED" in done.stderr
        assert "give the user in broker.url (as shipped: BROKER_URL) the rights" in done.stderr

    def test_the_embedded_broker_cannot_be_published_to(self, config: Daemon) -> None:
        config.settings["broker"]["url"] = "memory://"
        Path(str(config.config)).write_text(yaml.safe_dump(config.settings))
        done = smsherald("publish", "-k", "order.created", "-", "--config", str(config.config))

        assert done.returncode == 2
        assert "memory://" in done.stderr

    def test_a_file_that_is_not_there_is_2(self, config: Daemon) -> None:
        done = smsherald(
            "publish", "-k", "order.created", "no-file", "--config", str(config.config)
        )

        assert done.returncode == 2
        assert "no-file" in done.stderr


def lines(*numbers: int) -> bytes:
    orders = [
        {"number": f"R{number}", "billing_address": {"firstname": "Ann", "phone": "+15558675309"}}
        for number in numbers
    ]
    return "\n\n".join(map(json.dumps, orders)).encode()


class TestLines:
    """An event a line, by the file's name or by `--lines`."""

    def test_each_becomes_a_text(
        self, config: Daemon, sandbox: SandboxProcess, tmp_path: Path
    ) -> None:
        (tmp_path / "orders.jsonl").write_bytes(lines(1, 2))
        (tmp_path / "ORDERS.NDJSON").write_bytes(lines(3).replace(b"\n", b"\r\n"))
        files = [str(tmp_path / name) for name in ("orders.jsonl", "ORDERS.NDJSON")]
        command = ("publish", "-k", "order.created", "--config", str(config.config))
        with config:
            done = smsherald(*command, *files)
            more = smsherald(*command, "--lines", "-", stdin=lines(4, 5) + b"\n")
            eventually(lambda: sandbox.count() == 5, what="all were sent")

        assert done.stdout + done.stderr == "3 of 3 published to events\n"
        assert more.stdout + more.stderr == "2 of 2 published to events\n"

    def test_one_that_cannot_be_read_is_named_and_nothing_is_published(
        self, config: Daemon, sandbox: SandboxProcess
    ) -> None:
        with config:
            done = smsherald(
                *("publish", "-k", "order.created", "--config", str(config.config)),
                *("--lines", "-"),
                stdin=lines(1) + b'\n{"number":\n',
            )

        assert (done.returncode, done.stdout) == (2, "")
        assert "<stdin>:2: the body is not JSON at column 11; nothing is published" in done.stderr
        assert sandbox.count() == 0

    def test_they_are_all_said_by_their_places_until_it_is_tiresome(
        self, config: Daemon, tmp_path: Path
    ) -> None:
        (tmp_path / "stock.jsonl").write_bytes(b"{}\n" * 12)
        with config:
            done = smsherald(
                *("publish", "-k", "stock.low", str(tmp_path / "stock.jsonl")),
                *("--config", str(config.config)),
            )

        assert (done.returncode, done.stdout) == (1, "0 of 12 published to events\n")
        said = done.stderr.splitlines()
        assert said[9:] == [
            f"{tmp_path}/stock.jsonl:10: not taken: stock.low: no queue is bound to it",
            "… and 2 more",
        ]

    def test_one_id_is_for_one_of_them(self, config: Daemon, tmp_path: Path) -> None:
        (tmp_path / "orders.jsonl").write_bytes(lines(1, 2))
        done = smsherald(
            *("publish", "-k", "order.created", str(tmp_path / "orders.jsonl")),
            *("--message-id", "1", "--config", str(config.config)),
        )

        assert done.returncode == 2
        assert "one id cannot name several events" in done.stderr


class TestBodies:
    """What is read of files."""

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.json", b"", "a.json: is empty"),
            ("a.json", b" \n", "a.json: is empty"),
            ("a.json", b"\xef\xbb\xbf\n", "a.json: is empty"),
            ("a.jsonl", b"\n\n", "a.jsonl: is empty"),
            ("a.jsonl", b"\xef\xbb\xbf\n", "a.jsonl: is empty"),
            ("a.jsonl", b"{}\n{\n}\n", "a.jsonl:2: the body is not JSON at column 2"),
            ("a.jsonl", b"{}\n\xff\n", "a.jsonl:2: the body is not UTF-8"),
            ("a.jsonl", b"5\n", "a.jsonl:1: the body is JSON, but neither an object nor a list"),
            (
                "a.jsonl",
                b'{"exchange": "events", "routing_key": "a", "body": {}}\n',
                "a.jsonl:1: is a line of `smsherald tap`",
            ),
            ("no.jsonl", None, "no.jsonl: No such file"),
        ],
    )
    def test_what_nobody_can_mean_is_refused(
        self,
        name: str,
        content: bytes | None,
        message: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        if content is not None:
            Path(name).write_bytes(content)
        with pytest.raises(typer.BadParameter) as refused:
            bodies.read([Path(name)], lines=False)

        assert str(refused.value).startswith(message)

    def test_lines_are_bounded_together(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bodies, "MOST_BYTES", 8)
        for name in ("a.jsonl", "b.jsonl"):
            (tmp_path / name).write_bytes(b"{}\n{}")
        with pytest.raises(typer.BadParameter, match=r"b\.jsonl: .*split it"):
            bodies.read([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], lines=False)

    @pytest.mark.parametrize("content", [b"[{}, {}]", b"{}\n"])
    def test_a_list_is_one_event_and_a_body_stays_as_it_is(
        self, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "a.json").write_bytes(content)

        assert bodies.read([tmp_path / "a.json"], lines=False) == [
            (str(tmp_path / "a.json"), content)
        ]
        assert capsys.readouterr().err == ""

    def test_lines_that_are_not_said_to_be_some_are_no_event(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_bytes(b"{}\n{}\n")

        with pytest.raises(typer.BadParameter, match=r"with --lines each .* at line 2 column 1;"):
            bodies.read([tmp_path / "a.json"], lines=False)

    @pytest.mark.parametrize("content", [b"{", b"5", b"\xff\xfe{\0}\0"])
    def test_what_a_daemon_would_park_is_published_and_warned_of(
        self, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "a.json").write_bytes(content)
        bodies.read([tmp_path / "a.json"], lines=False)

        said = capsys.readouterr().err
        assert "a daemon parks it" in said

    def test_a_byte_order_mark_is_the_files_and_of_no_event(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes(b'\xef\xbb\xbf{"a": 1}\n')

        assert [body.content for body in bodies.read([tmp_path / "a.jsonl"], lines=False)] == [
            b'{"a": 1}'
        ]

    def test_standard_input_that_is_closed_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", None)
        with pytest.raises(typer.BadParameter, match="<stdin>: is closed"):
            bodies.read([Path("-")], lines=False)
