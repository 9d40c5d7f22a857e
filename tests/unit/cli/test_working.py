"""What somebody at a terminal sees of long work on what is parked."""

from __future__ import annotations

import asyncio

import pytest

from smsherald.cli.operate.parked.replaying import Done, Progress
from smsherald.cli.operate.parked.working import worked


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
