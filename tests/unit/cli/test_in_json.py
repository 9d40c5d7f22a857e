"""JSON for programs: in the letters that it is about, wherever those can be written."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from smsherald.cli import in_json

CLI = Path(in_json.__file__).parent
SAID = {"to": "+1555••••309", "name": "Zoé 🌷"}


def printed(encoding: str, monkeypatch: pytest.MonkeyPatch) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr(sys, "stdout", stream)
    in_json.echo(SAID)
    stream.seek(0)
    return stream.read()


def test_a_mask_is_written_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed("utf-8", monkeypatch)

    assert "+1555••••309" in said
    assert json.loads(said) == SAID


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_it_is_json_where_output_has_no_letter_for_it(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(printed(encoding, monkeypatch)) == SAID


@pytest.mark.parametrize("sign", ["\x9b", "\x7f", "\u202e", "\u2028", "\ud83c", "\U000e0041"])
def test_what_moves_a_cursor_is_escaped(sign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SAID, "reference", f"R{sign}1")
    said = printed("utf-8", monkeypatch)

    assert sign not in said
    assert "Zoé 🌷" in said
    assert json.loads(said) == SAID


def test_no_command_prints_json_by_itself() -> None:
    """What it prints goes through this one place."""
    own = [
        str(path)
        for path in CLI.rglob("*.py")
        if re.search(r"echo\(\s*json\.dumps", path.read_text())
        if path.name != "in_json.py"
    ]

    assert own == []
