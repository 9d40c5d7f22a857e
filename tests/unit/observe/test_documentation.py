"""What the documentation lists is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from smsherald.errors import Reason, Standing
from smsherald.observe.metrics import Metrics

DOCS = Path(__file__).parents[3] / "docs"
METRICS = (DOCS / "metrics.md").read_text()


def documented() -> dict[str, tuple[str, set[str]]]:
    """Return each metric of the table with its type and labels."""
    rows = re.findall(r"^\| `(smsherald_\w+)` \| (\w+) \| (.*?) ?\| ", METRICS, re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def test_every_metric_is_documented_with_its_type_and_labels() -> None:
    body, _ = Metrics(["sms"]).render()
    real = {
        f.name + ("_total" if f.type == "counter" else ""): (
            f.type,
            {label for s in f.samples for label in s.labels} - {"le"},
        )
        for f in text_string_to_metric_families(body.decode())
        if f.name.startswith("smsherald_")
    }

    assert documented() == real


def test_every_metric_in_a_query_is_there() -> None:
    body, _ = Metrics(["sms"]).render()
    asked = set(re.findall(r"(smsherald_\w+)[\[{]", METRICS))

    assert asked
    assert {name for name in asked if f"\n{name}".encode() not in body} == set()


@pytest.mark.parametrize(
    ("outcome", "reasons"),
    [
        ("parked", Reason.of(Standing.PARKED)),
        ("skipped", Reason.of(Standing.SKIPPED)),
        ("deferred", Reason.of(Standing.DEFERRED)),
        ("failed", Reason.of(Standing.FAILED)),
    ],
)
def test_every_reason_is_documented_under_its_outcome(outcome: str, reasons: set[str]) -> None:
    rows = re.search(rf"^(\| {outcome} \|.*\n(?:\| \|.*\n)*)", METRICS, re.MULTILINE)
    assert rows is not None

    assert set(re.findall(r"^\| \w* ?\| `(\w+)` \|", rows[1], re.MULTILINE)) == set(reasons)
