"""What somebody at a terminal sees of long work, and that it goes on without them."""

from __future__ import annotations

import asyncio
import os
import pty
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest

import smsherald
from smsherald.cli.operate.parked.replaying import Done, Progress
from smsherald.cli.operate.parked.working import worked
from smsherald.cli.progress import bar, tracked, working

DAEMON = Path(smsherald.__file__).parent
Stderr: TypeAlias = "Callable[[], AbstractContextManager[None]]"


def test_it_says_of_how_many_it_is_how_far(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

    async def work(stop: asyncio.Event, progress: Progress) -> Done:
        assert not stop.is_set()
        progress(0, 3)
        progress(2, 1)
        # Another visit finds more.
        progress(0, 4)
        progress(3, 1)
        return Done(5)

    assert worked("Replaying", work).done == 5
    said = capsys.readouterr()
    assert said.out == ""
    assert "5/6" in said.err


@contextmanager
def _leading_nowhere(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    stream = os.fdopen(descriptor, "w", encoding="utf-8")
    monkeypatch.setattr("sys.stderr", stream)
    yield
    # What it has still to say goes nowhere, too, and is no error.
    print("its last word", file=stream, flush=True)
    stream.close()


@pytest.fixture(params=["pipe", "terminal"])
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Stderr:
    """Return what lets standard error be one that nobody reads any more."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    read, written = os.pipe() if request.param == "pipe" else pty.openpty()
    os.close(read)
    return lambda: _leading_nowhere(written, monkeypatch)


def test_with_nobody_there_any_more_the_work_goes_on(broken: Stderr) -> None:
    with broken():
        with bar("Copying") as shown:
            for done in range(3):
                shown(done, 3)
        with working("Reading"):
            pass

        assert list(tracked("Publishing", [1, 2, 3])) == [1, 2, 3]


def test_nor_does_what_it_raises_change(broken: Stderr) -> None:
    with broken(), pytest.raises(ZeroDivisionError), bar("Copying", 3) as shown:
        shown(1 / 0)


def test_one_alone_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert list(tracked("Publishing", [1])) == [1]
    assert capsys.readouterr().err == ""
    assert list(tracked("Publishing", [1, 2])) == [1, 2]
    assert "Publishing" in capsys.readouterr().err


def test_rich_draws_nothing_but_by_what_outlives_its_reader() -> None:
    """A console of its own would end the command with 1."""
    drawing = {
        str(path.relative_to(DAEMON))
        for path in DAEMON.rglob("*.py")
        if re.search(r"stderr=True|rich\.progress import (Progress|track)\b", path.read_text())
    }

    assert drawing == {"cli/progress.py"}
