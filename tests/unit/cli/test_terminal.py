"""What commands print on a terminal."""

from __future__ import annotations

import pytest

from smsherald.cli.operate.terminal import wrapped
from smsherald.unit import UNIT, ours


@pytest.mark.parametrize("unit", ["", "smsherald", "smsherald@a"], ids=lambda each: each or "none")
def test_a_command_that_is_to_be_copied_stays_on_one_line(
    unit: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    command = ours({UNIT: unit}, "resume", "--flow", "order-created")

    wrapped(f"Paused: the flow order-created; end it with `{command}`.")

    assert f"`{command}`." in capsys.readouterr().out.splitlines()
