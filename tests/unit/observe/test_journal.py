"""What the journal is told of how grave a line is."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from smsherald.cli import say
from smsherald.observe.journal import leads_there, marked
from smsherald.observe.log import configure
from smsherald.settings.values import LogSettings


def named(stream: TextIO) -> str:
    status = os.fstat(stream.fileno())
    return f"{status.st_dev}:{status.st_ino}"


def test_only_the_stream_that_is_named_leads_there(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as one, (tmp_path / "b").open("w") as other:
        environment = {"JOURNAL_STREAM": named(one)}

        assert leads_there(one, environment)
        assert not leads_there(other, environment)
        assert not leads_there(one, {})
        assert not leads_there(io.StringIO(), environment)


def test_each_line_of_a_text_is_marked() -> None:
    assert marked("a\nb", "error") == "<3>a\n<3>b"


@pytest.mark.parametrize("format_", ["json", "console"])
def test_a_line_of_the_log_is_marked_with_its_level(
    format_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        monkeypatch.setenv("JOURNAL_STREAM", named(out))
        configure(LogSettings("debug", format_), out)
        for level in ("debug", "info", "warning", "error", "critical"):
            getattr(structlog.get_logger(), level)("x")
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            structlog.get_logger().exception("failed")
    lines = (tmp_path / "out").read_text().splitlines()

    assert [line[:3] for line in lines[:5]] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    assert {line[:3] for line in lines[5:]} == {"<3>"}
    assert (len(lines) > 6) is (format_ == "console")


def test_a_log_that_goes_elsewhere_is_not_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    with (tmp_path / "out").open("w", encoding="utf-8") as out:
        configure(LogSettings("info", "json"), out)
        structlog.get_logger().info("x")

    assert (tmp_path / "out").read_text().startswith("{")


def test_what_a_command_says_is_marked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "err").open("w", encoding="utf-8") as err:
        monkeypatch.setenv("JOURNAL_STREAM", named(err))
        monkeypatch.setattr("sys.stderr", err)
        say.warning("odd")
        say.error("wrong")

    assert (tmp_path / "err").read_text() == "<4>warning: odd\n<3>wrong\n"
