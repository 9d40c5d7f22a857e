"""A configuration written for one test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]

SID = "AC0123456789abcdef0123456789abcdef"
ACCOUNT = f"""\
twilio:
  accounts:
    default:
      account_sid: {SID}
      auth_token: token
      from: "+15005550006"
"""
FLOW = """\
subscribe: order.created
schema: order
to: "{{ order.billing_address.phone }}"
message: "Order {{ order.number }}"
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes `smsherald.yaml` and flows into the working directory."""
    monkeypatch.chdir(tmp_path)

    def write_files(settings: str = ACCOUNT, **flows: str) -> Path:
        folder = tmp_path / "flows"
        folder.mkdir(exist_ok=True)
        for name, text in flows.items():
            (folder / f"{name.replace('_', '-')}.yaml").write_text(text)
        path = tmp_path / "smsherald.yaml"
        path.write_text(settings)
        return path

    return write_files
