"""When somebody has saved a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from smsherald.cli.flows.preview.watching import Look, changed, files, look


@pytest.fixture
def event(here: Path) -> Path:
    (here / "flows").mkdir()
    for name in ("settings.yaml", "event.json", "flows/a.yaml"):
        (here / name).write_text("1")
    return here / "event.json"


def now(event: Path) -> Look:
    return look(files(str(event), event.parent / "settings.yaml"))


def replaced(event: Path) -> None:
    """Put another file in its place, as editors do, with the same time and length."""
    status = event.stat()
    (event.parent / "new").write_text("2")
    os.utime(event.parent / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (event.parent / "new").rename(event)


@pytest.mark.parametrize(
    "save",
    [
        pytest.param(lambda event: event.write_text("22"), id="the event"),
        pytest.param(replaced, id="another in its place"),
        pytest.param(Path.unlink, id="it goes"),
        pytest.param(
            lambda event: (event.parent / "settings.yaml").write_text("22"), id="settings"
        ),
        pytest.param(lambda event: (event.parent / "flows/a.yaml").write_text("22"), id="a flow"),
        pytest.param(
            lambda event: (event.parent / "flows/b.yaml").write_text(""), id="another flow"
        ),
        pytest.param(lambda event: (event.parent / "flows/a.yaml").unlink(), id="a flow less"),
    ],
)
def test_each_change_is_one(save: Callable[[Path], object], event: Path) -> None:
    before = now(event)
    assert now(event) == before

    save(event)

    assert now(event) != before


def test_no_folder_of_flows_is_no_change_either(here: Path) -> None:
    assert look(files("event.json", here / "settings.yaml")) == frozenset()


def test_what_is_written_in_pieces_is_waited_for() -> None:
    looks = [frozenset({("a", size, size, 1)}) for size in (0, 0, 1, 2, 3, 3)]
    waited: list[float] = []
    left = iter(looks[1:])

    assert changed(looks[0], lambda: next(left), waited.append) == looks[-1]
    assert len(waited) == 4
