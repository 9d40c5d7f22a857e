"""`runbook_url` becomes a link, by what docs/monitoring.md shows."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from support.kubernetes.rendering import OWN, render, rendered, shown_in_the_guide
from support.prometheus import promtool
from support.rules import REPOSITORY, alerts

PAGE = (REPOSITORY / "docs" / "monitoring.md").read_text()
WIKI = "https://wiki.example/smsherald/runbook.md"
LINKS = [f"{WIKI}#{alert.name.lower()}" for alert in alerts()]


def test_in_the_file_that_prometheus_is_given(tmp_path: Path) -> None:
    found = re.search(r"^\$ (sed .*\|\n +)sudo (tee .*)$", PAGE, re.MULTILINE)
    assert found is not None
    command = (found[1] + found[2]).replace("/etc/prometheus", str(tmp_path))
    subprocess.run(["/bin/sh", "-c", command], cwd=REPOSITORY, check=True)
    copy = tmp_path / "smsherald.rules.yaml"
    done = promtool("check", "rules", copy)

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"runbook_url: (.*)", copy.read_text()) == LINKS


def test_in_an_overlay_of_ones_own(tmp_path: Path) -> None:
    shown = re.search(r"```yml\n# kustomization.yaml\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    before = {each["metadata"]["name"] for each in rendered(OWN, tmp_path)}
    kustomization = yaml.safe_load(shown_in_the_guide())
    for key, value in yaml.safe_load(shown[1]).items():
        kustomization[key] = kustomization.get(key, []) + value
    folder = tmp_path / "kubernetes" / "overlays" / OWN
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    made = render(folder)
    (rules,) = (each for each in made if each["kind"] == "PrometheusRule")

    assert [
        rule["annotations"]["runbook_url"]
        for group in rules["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ] == LINKS
    assert all(
        "annotations" not in rule
        for group in rules["spec"]["groups"]
        for rule in group["rules"]
        if "record" in rule
    )
    assert {each["metadata"]["name"] for each in made} == before
