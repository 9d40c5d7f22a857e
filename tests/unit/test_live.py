"""What a reload replaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsherald.app.live import Live
from smsherald.errors import Reason
from smsherald.settings.load import load
from support.configuration import FLOW, SETTINGS, write


def test_who_may_be_texted_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = load(write(tmp_path, SETTINGS, mine=FLOW), {})
    live = Live(before.settings, before.flows)
    after = load(write(tmp_path, f"policy: {{deny: [DE]}}\n{SETTINGS}"), {})

    following = live.after(after.settings, after.flows)

    assert live.rules.refuse("+4915112345678") is None
    assert following.rules.refuse("+4915112345678") is Reason.DENIED
