"""What a real Alertmanager keeps from who is on call, by the file that the documentation shows."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from support.http import request
from support.needs import program
from support.prometheus import Alertmanager
from support.rules import REPOSITORY
from support.waiting import eventually
from support.webhook import Webhook

PAGE = (REPOSITORY / "docs" / "monitoring.md").read_text()
ONE = {"namespace": "shop-a", "job": "smsherald", "instance": "10.0.0.1:8790"}
OTHER = ONE | {"instance": "10.0.0.2:8790"}
JOB = {"namespace": "shop-a", "job": "smsherald"}
ELSEWHERE = {"namespace": "shop-b", "job": "smsherald"}
FIRING = (
    ("SmsheraldDown", ONE),
    ("SmsheraldRestarting", ONE),
    ("SmsheraldRestarting", OTHER),
    ("SmsheraldNothingSent", JOB),
    ("SmsheraldFlowFails", JOB | {"flow": "order-created"}),
    ("SmsheraldNobodyTexted", JOB),
    ("SmsheraldNobodyTexted", ELSEWHERE),
)
QUIET = {
    ("SmsheraldRestarting", "10.0.0.1:8790", "shop-a"),
    ("SmsheraldNobodyTexted", "", "shop-a"),
}


def test_a_daemon_that_is_down_says_no_more_and_its_job_still_does(tmp_path: Path) -> None:
    found = re.search(r"```yml\n# /etc/prometheus/alertmanager.yml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    amtool = program("amtool", "prometheus-alertmanager")
    with Webhook() as webhook:
        alertmanager = Alertmanager(tmp_path / "alertmanager", webhook.url)
        config = re.sub(r"url: http://\S+", f"url: {webhook.url}", found[1])
        (alertmanager.directory / "alertmanager.yaml").write_text(config)
        with alertmanager:
            at = f"--alertmanager.url={alertmanager.url}"
            for name, labels in FIRING:
                said = [f"{label}={value}" for label, value in labels.items()]
                subprocess.run([amtool, at, "alert", "add", name, *said], check=True)

            def inhibited() -> bool:
                said = json.loads(request(alertmanager.url + "/api/v2/alerts").text)
                return {
                    (
                        each["labels"]["alertname"],
                        each["labels"].get("instance", ""),
                        each["labels"]["namespace"],
                    )
                    for each in said
                    if each["status"]["inhibitedBy"]
                } == QUIET

            eventually(inhibited, what="these are inhibited, and no others")
