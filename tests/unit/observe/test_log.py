"""The log: one line each, of ours and of libraries, in which nothing private stands."""

from __future__ import annotations

import io
import json
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from smsherald.errors import Reason
from smsherald.observe.log import configure, set_level
from smsherald.settings.secret import Secret
from smsherald.settings.values import LogSettings

SECRET = "hunter2hunter2"


def json_lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def out() -> io.StringIO:
    """Log as JSON, from info up."""
    stream = io.StringIO()
    configure(LogSettings(level="info", format="json"), stream)
    return stream


@pytest.fixture
def console() -> io.StringIO:
    """Log for a reader, from info up."""
    stream = io.StringIO()
    configure(LogSettings(level="info", format="console"), stream)
    return stream


class TestJson:
    """A line is one JSON object."""

    def test_time_level_and_message_come_first(self, out: io.StringIO) -> None:
        structlog.get_logger().info("ready", address="http://127.0.0.1:8790", reason=Reason.POISON)

        (line,) = json_lines(out)
        assert list(line) == ["timestamp", "level", "message", "address", "reason"]
        assert line["level"] == "info"
        assert line["message"] == "ready"
        assert line["reason"] == "poison"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"])

    def test_a_line_break_in_a_value_stays_in_the_line(self, out: io.StringIO) -> None:
        structlog.get_logger().info("event", event_id='a\n{"level":"error"}')

        (line,) = json_lines(out)
        assert line["event_id"] == 'a\n{"level":"error"}'

    def test_a_value_that_json_lacks_is_shown_as_python_shows_it(self, out: io.StringIO) -> None:
        structlog.get_logger().info("settings", token=Secret(SECRET), flows={"sms"})

        (line,) = json_lines(out)
        assert line["token"] == "Secret('…')"
        assert line["flows"] == "{'sms'}"

    def test_an_exception_is_a_traceback_without_local_variables(self, out: io.StringIO) -> None:
        _log_a_failure()

        (line,) = json_lines(out)
        assert line["level"] == "error"
        assert "in _log_a_failure" in line["exception"]
        assert line["exception"].endswith("ZeroDivisionError: division by zero")
        assert SECRET not in out.getvalue()


class TestLevel:
    """What lies below it is not written."""

    @pytest.mark.parametrize(
        ("level", "expected"),
        [
            ("debug", ["debug", "info", "warning", "error"]),
            ("info", ["info", "warning", "error"]),
            ("warning", ["warning", "error"]),
            ("error", ["error"]),
        ],
    )
    def test_only_what_is_at_least_as_grave_is_written(
        self, level: str, expected: list[str]
    ) -> None:
        stream = io.StringIO()
        configure(LogSettings(level=level, format="json"), stream)
        for name in ("debug", "info", "warning", "error"):
            getattr(structlog.get_logger(), name)("x")

        assert [line["level"] for line in json_lines(stream)] == expected

    def test_another_level_holds_for_a_logger_that_is_bound_already(self, out: io.StringIO) -> None:
        log = structlog.get_logger().bind()
        for level in ("debug", "error", "info"):
            set_level(level)
            log.debug(level)
            log.info(level)
            logging.getLogger("kombu").warning(level)

        assert [(line["level"], line["message"]) for line in json_lines(out)] == [
            ("debug", "debug"),
            ("info", "debug"),
            ("warning", "debug"),
            ("info", "info"),
            ("warning", "info"),
        ]


class TestLibraries:
    """Their warnings go the same way; what they say below that is nobody's business."""

    @pytest.mark.parametrize("name", ["kombu", "amqp", "twilio.http_client", "aiohttp.access"])
    def test_a_warning_is_a_line_like_ours(self, out: io.StringIO, name: str) -> None:
        logging.getLogger(name).warning("lost %d of %s", 3, "heartbeats")

        (line,) = json_lines(out)
        assert line["level"] == "warning"
        assert line["message"] == "lost 3 of heartbeats"
        assert line["logger"] == name

    def test_less_than_a_warning_is_dropped_at_every_level_of_ours(self) -> None:
        stream = io.StringIO()
        configure(LogSettings(level="debug", format="json"), stream)
        logging.getLogger("twilio.http_client").info("POST https://api.twilio.com/…")

        assert stream.getvalue() == ""

    def test_our_level_holds_for_them(self) -> None:
        stream = io.StringIO()
        configure(LogSettings(level="error", format="json"), stream)
        logging.getLogger("kombu").warning("x")
        logging.getLogger("kombu").error("y")

        assert [line["message"] for line in json_lines(stream)] == ["y"]

    def test_a_level_of_a_librarys_own_is_the_one_below(self, out: io.StringIO) -> None:
        logging.getLogger("odd").log(35, "between")

        assert json_lines(out)[0]["level"] == "warning"

    @pytest.mark.parametrize(
        ("said", "written"),
        [
            ("The 'To' number +15558675309 is not valid", "The 'To' number +… is not valid"),
            ("GET /Messages.json?To=%2B15558675309&x", "GET /Messages.json?To=%2B…&x"),
            ("amqp://shop:hunter2@rabbit:5672//", "amqp://…@rabbit:5672//"),
            ("https://api.twilio.com/2010-04-01", "https://api.twilio.com/2010-04-01"),
            ("took +12 ms", "took +12 ms"),
        ],
    )
    def test_a_number_and_a_password_are_taken_out(
        self, out: io.StringIO, said: str, written: str
    ) -> None:
        logging.getLogger("careless").warning(said)
        logging.getLogger("careless").error("failed", exc_info=RuntimeError(said))

        message, failure = json_lines(out)
        assert message["message"] == written
        assert failure["exception"].endswith(f"RuntimeError: {written}")

    def test_arguments_that_do_not_fit_lose_nothing_but_themselves(self, out: io.StringIO) -> None:
        record = logging.makeLogRecord(
            {"msg": "lost %d", "args": ("+15558675309",), "levelno": logging.WARNING}
        )
        logging.getLogger().handlers[0].handle(record)

        assert "5558675309" not in out.getvalue()
        assert json_lines(out)[0]["message"] == "lost %d"


class TestConsole:
    """A line for a reader; colours are for terminals only."""

    def test_a_line_is_readable(self, console: io.StringIO) -> None:
        structlog.get_logger().info("event", outcome="handled", flow="sms")

        assert console.getvalue().endswith("[info     ] event outcome=handled flow=sms\n")

    def test_what_would_move_the_cursor_is_escaped(self, console: io.StringIO) -> None:
        structlog.get_logger().info("event", event_id="\x1b[2Jgone\r\n")

        assert r"event_id=\x1b[2Jgone\r\n" in console.getvalue()
        assert "\x1b" not in console.getvalue()
        assert console.getvalue().count("\n") == 1

    def test_an_exception_is_a_traceback_without_local_variables(
        self, console: io.StringIO
    ) -> None:
        _log_a_failure()

        assert "\nTraceback (most recent call last):\n" in console.getvalue()
        assert console.getvalue().endswith("ZeroDivisionError: division by zero\n")
        assert SECRET not in console.getvalue()


class TestStream:
    """What the stream cannot do must not end the daemon."""

    def test_a_character_that_the_terminal_lacks_is_escaped(self) -> None:
        raw = io.BytesIO()
        configure(LogSettings("info", "console"), io.TextIOWrapper(raw, encoding="latin-1"))
        structlog.get_logger().info("event", to="+1••09")

        assert rb"to=+1\u2022\u202209" in raw.getvalue()

    def test_json_is_utf_8_whatever_the_locale_says(self) -> None:
        raw = io.BytesIO()
        configure(LogSettings("info", "json"), io.TextIOWrapper(raw, encoding="latin-1"))
        structlog.get_logger().info("event", to="+1••09", event_id="\udcff")

        line = json.loads(raw.getvalue())
        assert line["to"] == "+1••09"
        assert line["event_id"] == "\udcff"

    def test_a_full_disk_is_told_to_stderr_once_and_stops_nothing(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - closing it fails too
        configure(LogSettings("info", "json"), full)
        structlog.get_logger().info("one")
        structlog.get_logger().info("two")

        with suppress(OSError):
            full.close()
        assert capsys.readouterr().err == (
            "smsherald: the log cannot be written: [Errno 28] No space left on device\n"
        )

    def test_a_logger_that_was_used_before_writes_to_the_new_stream(self) -> None:
        log = structlog.get_logger()
        first, second = io.StringIO(), io.StringIO()
        for stream in (first, second):
            configure(LogSettings("info", "json"), stream)
            log.info("x")

        assert len(json_lines(first)) == len(json_lines(second)) == 1


def _log_a_failure() -> None:
    token = SECRET
    try:
        len(token) / 0
    except ZeroDivisionError:
        structlog.get_logger().exception("failed")
