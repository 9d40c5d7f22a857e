"""The rule that docs/monitoring.md gives to who has a figure of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from support.prometheus import promtool
from support.rules import REPOSITORY, alerts

PAGE = (REPOSITORY / "docs" / "monitoring.md").read_text()
FOUND = re.search(r"```yml\n# /etc/prometheus/smsherald-own.rules.yaml\n(.*?)```", PAGE, re.DOTALL)
assert FOUND is not None
RULES = FOUND[1]
SENT = 'smsherald_sms_total{job="smsherald",flow="order-created",outcome="sent"}'
PAUSED = 'smsherald_pauses{job="smsherald",scope="all",cause="operator"}'


@pytest.mark.parametrize(
    ("sent", "paused", "at", "fires"),
    [
        # promtool's time begins at midnight, UTC.
        pytest.param("0+10x72", "0x72", "14h", False, id="ten in ten minutes"),
        pytest.param("0+10x60 600x40", "0x100", "13h", True, id="none any more"),
        pytest.param("0x100", "0x100", "9h", False, id="in the night"),
        pytest.param("0x140", "0x140", "22h", False, id="late in the evening"),
        pytest.param("0x100", "1x100", "13h", False, id="all is paused"),
    ],
)
def test_it_fires_when_fewer_are_sent_than_ever(
    tmp_path: Path, sent: str, paused: str, at: str, *, fires: bool
) -> None:
    (tmp_path / "own.yaml").write_text(RULES)
    said = yaml.safe_load(RULES)["groups"][0]["rules"][0]
    expected = {
        "exp_labels": {"severity": "critical", "job": "smsherald"},
        "exp_annotations": {
            "summary": said["annotations"]["summary"],
            "description": "Texts of smsherald that were sent in two hours: 0. "
            "At least 10 always are.",
        },
    }
    test = {
        "eval_time": at,
        "alertname": said["alert"],
        "exp_alerts": [expected] if fires else [],
    }
    case = {
        "interval": "10m",
        "input_series": [
            {"series": SENT, "values": sent},
            {"series": PAUSED, "values": paused},
        ],
        "alert_rule_test": [test],
    }
    cases = tmp_path / "cases.yaml"
    cases.write_text(
        yaml.safe_dump({"rule_files": ["own.yaml"], "evaluation_interval": "5m", "tests": [case]})
    )
    done = promtool("test", "rules", cases)

    assert done.returncode == 0, done.stdout + done.stderr
    assert said["alert"] not in {alert.name for alert in alerts()}
