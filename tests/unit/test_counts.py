"""What counts one says so: no sentence for a person says "1 events wait"."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smsherald
from smsherald.policy.in_words import waiting

DAEMON = Path(smsherald.__file__).parent
COUNTED = re.compile(
    r"\{[^{}A-Z]*\} (?:events|SMSes|rows|messages|entries|texts|requests|deliveries"
    r"|(?:wait|stay|are|were)\b)"
)
ALWAYS_MORE = {
    "app/descriptors.py": "SMSes in flight",
    "cli/operate/ledger_copy.py": ":>9} rows",
    "settings/sections.py": "_MOST_UNSETTLED",
    "cli/flows/backtest/command.py": "are no recorded events",
    "cli/flows/backtest/staging.py": "names",
    "cli/flows/begin/reading.py": ", of {several} events",
    "cli/flows/live/policies.py": "",
    "cli/operate/parked/command.py": "that is {len(found)} messages",
    "ledger/decide/answers.py": "in_vain",
    "ledger/moving/tables.py": "found.rows",
    "policy/in_words.py": "Twilio keeps no more texts",
}


def found() -> list[str]:
    """Return the lines that count without a word for one."""
    return [
        f"{path.relative_to(DAEMON)}:{number}: {line.strip()}"
        for path in sorted(DAEMON.rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if COUNTED.search(line) and "== 1" not in line
    ]


def test_every_count_has_a_word_for_one() -> None:
    left = [
        each
        for each in found()
        if (known := ALWAYS_MORE.get(each.partition(":")[0])) is None or known not in each
    ]

    assert left == []


@pytest.mark.parametrize(
    ("events", "said"), [(0, "0 events wait"), (1, "1 event waits"), (1204, "1,204 events wait")]
)
def test_of_one_event_it_waits(events: int, said: str) -> None:
    assert waiting(events) == said
