"""`docs/twilio-errors.md` says what the table of decisions says."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

from smsherald.settings.twilio.decisions import Decision

PAGE = Path(__file__).parents[3] / "docs" / "twilio-errors.md"


def test_every_code_has_its_line() -> None:
    rows = json.loads(files("smsherald.settings.twilio").joinpath("decisions.json").read_text())
    due = [
        f"| {row['code']} | {row['title'] or '-'} | `{row['decision']}` |"
        f" {row['scope']} | {row['stage']} |"
        for row in rows
    ]
    written = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [0-9]{5,6} ", line)]

    assert written == due, f"{PAGE.name} should have these lines: {sorted(set(due) - set(written))}"


def test_every_decision_is_explained() -> None:
    section = PAGE.read_text().split("## Decisions")[1].split("##")[0]

    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(Decision)
