"""When the files of a configuration have changed."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from smsherald.app import background, watch
from smsherald.settings.watch import look
from support.waiting import PATIENCE, eventually

SETTINGS = "broker: {url: '${file:%s/secret}'}\nlog: {level: $${file:/dev/zero}}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write settings with a secret, and a flow."""
    path = tmp_path / "smsherald.yaml"
    path.write_text(SETTINGS % tmp_path)
    (tmp_path / "secret").write_text("one")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "a.yaml").write_text("one")
    return path


def another_in_its_place(path: Path) -> None:
    """Put one of the same length and the same time there."""
    status, new = path.stat(), path.with_name("new")
    new.write_text("two")
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.rename(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "the settings": lambda folder: (folder / "smsherald.yaml").write_text("log: {}"),
    "a flow": lambda folder: (folder / "flows" / "a.yaml").write_text("longer"),
    "another flow": lambda folder: (folder / "flows" / "b.yaml").write_text(""),
    "a flow less": lambda folder: (folder / "flows" / "a.yaml").unlink(),
    "a secret": lambda folder: (folder / "secret").write_text("another"),
    "a secret that is gone": lambda folder: (folder / "secret").unlink(),
    "another file in its place": lambda folder: another_in_its_place(folder / "secret"),
    "flows that are gone": lambda folder: (folder / "flows").rename(folder / "elsewhere"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_seen(what: str, config: Path) -> None:
    before = look(config)
    assert look(config) == before
    CHANGES[what](config.parent)

    assert look(config) != before


@pytest.mark.parametrize("name", ["none", "a\0b", "x" * 5000, ".."])
def test_what_cannot_be_seen_is_left_out(name: str, config: Path) -> None:
    before = look(config)
    config.write_text(f"url: '${{file:/{name}/none}}'")

    assert {path for path, *_ in look(config)} <= {path for path, *_ in before}


def test_without_any_file_there_is_nothing(tmp_path: Path) -> None:
    assert look(tmp_path / "smsherald.yaml") == frozenset()


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ([1, 1, 1], 0),
        ([2, 2, 2], 1),
        ([2, 3, 4, 4, 4], 1),
        ([2, 1, 1], 0),
        ([2, 2, 3, 3, 1, 1], 3),
    ],
)
async def test_a_change_is_told_once_it_is_over(seen: list[int], told: int) -> None:
    changes: list[int] = []
    looks, over = iter(seen), asyncio.Event()
    loop = asyncio.get_running_loop()

    def next_look() -> int:
        return _next(looks, seen[-1], lambda: loop.call_soon_threadsafe(over.set))

    async with background(watch(next_look, 1, lambda: changes.append(1), every=0.001), "watch"):
        await over.wait()

    assert len(changes) == told


def _next(looks: Iterator[int], last: int, end: Callable[[], object]) -> int:
    for each in looks:
        return each
    end()
    return last


async def test_a_look_that_hangs_is_said_and_none_begins_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("smsherald.app.reload.READS_WITHIN", 0.05)
    back, changed, looks = threading.Event(), asyncio.Event(), []

    def hangs() -> str:
        looks.append("hangs")
        back.wait(PATIENCE)
        return "new"

    with capture_logs() as lines:
        async with background(watch(hangs, "old", changed.set, every=0), "watch"):
            await asyncio.to_thread(eventually, lambda: len(lines) >= 2, what="two lines")
            assert looks == ["hangs"]
            back.set()
            async with asyncio.timeout(PATIENCE):
                await changed.wait()
    assert [line["event"] for line in lines[:2]] == ["configuration_hangs"] * 2
