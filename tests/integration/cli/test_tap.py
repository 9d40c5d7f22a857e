"""`smsherald tap` as a process, beside publishers and a daemon, on RabbitMQ."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pytest

from smsherald.events.recorded import is_recorded, recorded
from support.command import clean, smsherald
from support.daemon import Daemon
from support.freezing import freeze
from support.process import COMMAND, Process, killed
from support.publishing import Publication, channel, order, publish
from support.rabbit import USER, Rabbit
from support.waiting import eventually

HELD = 1000
"""Copies that the broker keeps at most for a tap."""


@pytest.fixture
def url(rabbit: Rabbit, vhost: str) -> str:
    """Give a broker with the exchange of events, on which no daemon listens."""
    with channel(rabbit.url(vhost)) as opened:
        opened.exchange_declare("events", "topic", durable=True)
    return rabbit.url(vhost)


class Tap(Process):
    """A tap that runs; `lines` is what it has written so far."""

    def __init__(self, config: Daemon, directory: Path, *options: str) -> None:
        directory.mkdir(parents=True)
        super().__init__(directory, "tap", "--config", str(config.config), *options)

    def listen(self) -> None:
        """Start it, and return once it misses nothing any more."""
        self.start()
        eventually(lambda: "Listening" in self.stderr.read_text(), what="the tap listens")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return each whole line."""
        whole, _, _ = self.stdout.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def interrupt(self) -> int:
        """Hit Ctrl-C, and return the exit code."""
        self.running.send_signal(signal.SIGINT)
        return self.wait()


@contextmanager
def tapping(config: Daemon, directory: Path, *options: str) -> Iterator[Tap]:
    tap = Tap(config, directory / "tap", *options)
    tap.listen()
    try:
        yield tap
    finally:
        tap.kill()


def test_a_line_is_the_event_with_all_that_came_with_it(
    config: Daemon, url: str, tmp_path: Path
) -> None:
    body = {"request_id": "1", "order": {"number": "Ä1"}, "parameters": {"token": "hush"}}
    with tapping(config, tmp_path, "--count", "2") as tap:
        with channel(url) as opened:
            properties = pika.BasicProperties(
                message_id="m1", type="shop", headers={"x": 1, "y": b"\xff", "z": {"a": [True]}}
            )
            opened.basic_publish("events", "order.created", json.dumps(body).encode(), properties)
            opened.basic_publish("events", "order.created", b"no JSON \xff")
        assert tap.wait() == 0
    first, second = tap.lines

    assert first.pop("at") > 1_700_000_000
    assert first == {
        "exchange": "events",
        "routing_key": "order.created",
        "properties": {"message_id": "m1", "type": "shop"},
        "headers": {"x": 1, "y": {"$bytes": "/w=="}, "z": {"a": [True]}},
        "body": {"request_id": "1", "order": {"number": "Ä1"}, "parameters": {}},
    }
    assert is_recorded(second)
    assert recorded(second).delivery.body == b"no JSON \xff"
    assert "2 events written" in tap.stderr.read_text()


def test_it_takes_nothing_from_the_daemon_and_leaves_nothing_behind(
    config: Daemon, rabbit: Rabbit, vhost: str, tmp_path: Path
) -> None:
    config.start()
    try:
        names = f'lists:sort(rabbit_amqqueue:list_names(<<"{vhost}">>))'
        before = rabbit.eval(names)
        with tapping(config, tmp_path) as tap:
            publish(rabbit.url(vhost), map(order, range(50)))
            rabbit.wait_until_settled(vhost, "smsherald", 30)
            eventually(lambda: len(tap.lines) == 50, what="all are written")
            assert config.metrics().value("smsherald_events_total") == 50
            # Nobody said when it ends: this is its end.
            assert tap.interrupt() == 0
        assert rabbit.eval(names) == before
    finally:
        config.stop()


def test_one_that_is_stopped_holds_a_thousand_and_says_what_is_missing(
    config: Daemon, rabbit: Rabbit, vhost: str, url: str, tmp_path: Path
) -> None:
    with tapping(config, tmp_path) as tap:
        freeze(tap.running.pid)
        publish(url, map(order, range(2 * HELD)))
        queues = f'rabbit_amqqueue:list(<<"{vhost}">>)'
        said = rabbit.eval(f"[M || Q <- {queues}, {{_, M}} <- rabbit_amqqueue:info(Q, [messages])]")
        held = [int(number) for number in re.findall(r"\d+", said)]
        # One more that says that some were dropped.
        assert sorted(held) == [1, HELD]
        tap.running.send_signal(signal.SIGCONT)
        eventually(lambda: len(tap.lines) == HELD, what="what was held is written")
        assert tap.interrupt() == 0
    numbers = {line["body"]["order"]["number"] for line in tap.lines}
    assert "the oldest are missing" in tap.stderr.read_text()
    assert len(numbers) == HELD


def test_who_may_not_write_to_the_default_exchange_taps_all_the_same(
    config: Daemon, rabbit: Rabbit, vhost: str, url: str, tmp_path: Path
) -> None:
    rabbit.eval(
        f'rabbit_auth_backend_internal:set_permissions(<<"{USER}">>, <<"{vhost}">>, '
        '<<".*">>, <<"^(events|smsherald.*)$">>, <<".*">>, <<"tests">>)'
    )
    with tapping(config, tmp_path, "-n", "1") as tap:
        publish(url, [order(1)])
        assert tap.wait() == 0
    assert len(tap.lines) == 1


def test_a_pattern_or_an_exchange_brings_what_no_flow_subscribes_to(
    config: Daemon, url: str, tmp_path: Path
) -> None:
    with channel(url) as opened:
        opened.exchange_declare("Shop:Ordered", "fanout", durable=True)
    with tapping(config, tmp_path, "--exchange", "Shop:Ordered", "-n", "1") as tap:
        publish(url, [Publication("", {"message": {}})], exchange="Shop:Ordered")
        assert tap.wait() == 0
    assert [line["exchange"] for line in tap.lines] == ["Shop:Ordered"]

    with tapping(config, tmp_path / "again", "-k", "cart.#", "-n", "1") as tap:
        publish(url, [Publication("cart.left.behind", {})])
        assert tap.wait() == 0
    assert [line["routing_key"] for line in tap.lines] == ["cart.left.behind"]


def test_masked_lines_name_nobody(config: Daemon, url: str, tmp_path: Path) -> None:
    body = {
        "order": {"number": "R1", "billing_address": {"firstname": "Ann", "phone": "+15551234567"}}
    }
    with tapping(config, tmp_path, "--mask", "-n", "1") as tap:
        publish(url, [Publication("order.created", body)])
        assert tap.wait() == 0
    text = tap.stdout.read_text()
    assert "Ann" not in text
    assert "1234567" not in text
    assert '"R1"' in text


class TestItsFile:
    """Personal data are in it."""

    def test_its_owner_alone_may_read_it_however_it_was_made(
        self, config: Daemon, url: str, tmp_path: Path
    ) -> None:
        there = tmp_path / "events.jsonl"
        with tapping(config, tmp_path, "-n", "1", "--output", str(there)) as tap:
            publish(url, [order(1)])
            assert tap.wait() == 0
            assert stat.S_IMODE(tap.stdout.stat().st_mode) == 0o644
        assert stat.S_IMODE(there.stat().st_mode) == 0o600
        assert json.loads(there.read_text())["routing_key"] == "order.created"

        with tapping(config, tmp_path / "again", "-n", "1") as tap:
            publish(url, [order(1)])
            assert tap.wait() == 0
        assert stat.S_IMODE(tap.stdout.stat().st_mode) == 0o600

    def test_one_that_is_there_stays(self, config: Daemon, tmp_path: Path) -> None:
        there = tmp_path / "events.jsonl"
        there.write_text("precious")
        done = smsherald("tap", "-c", str(config.config), "-o", str(there))
        assert done.returncode == 2
        assert "File exists" in done.stderr
        assert there.read_text() == "precious"


class TestItsEnd:
    """Scripts go by its exit code."""

    @pytest.mark.usefixtures("url")
    def test_nothing_came_in_time(self, config: Daemon) -> None:
        done = smsherald("tap", "-c", str(config.config), "--seconds", "0.2")
        assert (done.returncode, done.stdout) == (1, "")
        assert "Nothing was published on that." in done.stderr

    def test_ctrl_c_before_there_were_enough(
        self, config: Daemon, url: str, tmp_path: Path
    ) -> None:
        with tapping(config, tmp_path, "--count", "5") as tap:
            publish(url, [order(1)])
            eventually(lambda: tap.lines, what="it is written")
            assert tap.interrupt() == 130
        assert "1 event written" in tap.stderr.read_text()
        assert "Traceback" not in tap.stderr.read_text()

    def test_a_disk_that_is_full(self, config: Daemon, url: str) -> None:
        command = [str(COMMAND), "tap", "-c", str(config.config)]
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            subprocess.Popen(
                command, env=clean(), stdout=full, stderr=subprocess.PIPE, text=True
            ) as tap,
        ):
            assert tap.stderr is not None
            assert "Listening" in tap.stderr.readline()
            publish(url, [order(1)])
            assert tap.wait(30) == 1
            assert tap.stderr.read() == (
                "standard output cannot be written: No space left on device\n"
            )

    def test_who_reads_it_has_enough(self, config: Daemon, url: str) -> None:
        command = [str(COMMAND), "tap", "-c", str(config.config)]
        with (
            subprocess.Popen(
                command, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as tap,
            killed(tap),
        ):
            assert tap.stdout is not None
            assert tap.stderr is not None
            assert "Listening" in tap.stderr.readline()
            tap.stdout.close()
            freeze(tap.pid)
            publish(url, map(order, range(50)))
            tap.send_signal(signal.SIGCONT)
            # What it was brought and did not write goes back to nobody: 5 s would be waited for it.
            assert tap.wait(4) == 0
            assert "Traceback" not in tap.stderr.read()

    def test_who_reads_it_does_not_go_on(self, config: Daemon, url: str) -> None:
        command = [str(COMMAND), "tap", "-c", str(config.config)]
        large = [Publication("order.created", {"text": "x" * 100_000})] * 20
        with (
            subprocess.Popen(
                command, env=clean(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as tap,
            killed(tap),
        ):
            assert tap.stderr is not None
            assert "Listening" in tap.stderr.readline()
            publish(url, large)
            tap.send_signal(signal.SIGINT)
            assert tap.wait(30) == 0

    @pytest.mark.usefixtures("url")
    def test_the_broker_goes_away(self, config: Daemon, rabbit: Rabbit, tmp_path: Path) -> None:
        with tapping(config, tmp_path) as tap:
            rabbit.close_all_connections("test")
            assert tap.wait() == 69
        assert "the broker went away" in tap.stderr.read_text()

    def test_no_broker(self, config: Daemon) -> None:
        config.settings["broker"]["url"] = "amqp://guest:guest@127.0.0.1:1//"
        config.write()
        assert smsherald("tap", "-c", str(config.config)).returncode == 69

    def test_no_exchange(self, config: Daemon) -> None:
        done = smsherald("tap", "-c", str(config.config))
        assert done.returncode == 78
        assert "events" in done.stderr

    def test_a_broker_within_the_daemon(self, config: Daemon) -> None:
        config.settings["broker"]["url"] = "memory://"
        config.write()
        done = smsherald("tap", "-c", str(config.config))
        assert done.returncode == 2
        assert "memory://" in done.stderr

    def test_a_pattern_that_is_none(self, config: Daemon) -> None:
        done = smsherald("tap", "-c", str(config.config), "-k", "order.cre*")
        assert done.returncode == 2
        assert "whole words" in done.stderr

    @pytest.mark.usefixtures("url")
    def test_accounts_are_not_asked_for(self, config: Daemon) -> None:
        config.settings["twilio"] = {"accounts": {"default": {"account_sid": "${NOT_SET}"}}}
        config.write()
        done = smsherald("tap", "-c", str(config.config), "-s", "0.1", environment={})
        assert done.returncode == 1, done.stderr
