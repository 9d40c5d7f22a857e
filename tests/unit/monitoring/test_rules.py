"""The shipped alerting rules: what they ask for, what they say, and that each has its cases."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from smsherald.observe.metrics import Metrics
from support.needs import program
from support.prometheus import promtool
from support.queries import Selector, scraped, selectors
from support.rules import HURRY, REPOSITORY, RULES, Alert, alerts, expressions, hurried

CASES = sorted((REPOSITORY / "monitoring" / "tests").glob("*.yaml"))
RUNBOOK = REPOSITORY / "docs" / "runbook.md"
RECORDED = re.compile(r"job:\w+:\w+")
TARGETS = {"job", "instance", "namespace", "pod"}
"""Labels that Prometheus adds."""


@cache
def cases() -> list[dict[str, Any]]:
    return [case for file in CASES for case in yaml.safe_load(file.read_text())["tests"]]


@cache
def sections() -> dict[str, str]:
    """Return the runbook's sections by their headings."""
    parts = re.split(r"^## (.*)$", RUNBOOK.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_promtool_finds_the_rules_good() -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)

    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_that_each_case_holds() -> None:
    done = promtool("test", "rules", *CASES)

    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_the_metrics_good() -> None:
    body, _ = Metrics(["order-created"]).render()
    done = promtool("check", "metrics", stdin=body)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert: Alert) -> None:
    own = [(case["name"], test) for case in cases() for test in case["alert_rule_test"]]
    fired = {
        bool(test["exp_alerts"])
        for name, test in own
        if test["alertname"] == alert.name
        and name.startswith(f"{alert.name} {'fires' if test['exp_alerts'] else 'does not'}: ")
    }

    assert fired == {True, False}


def test_a_case_in_which_an_alert_does_not_fire_has_what_it_asks_for() -> None:
    # It would prove nothing else.
    by_name = {alert.name: alert for alert in alerts()}
    for case in cases():
        (test,) = case["alert_rule_test"]
        given = {each["series"].split("{")[0] for each in case["input_series"]}
        asked = {each.name for each in selectors(by_name[test["alertname"]].expression)}

        assert given & asked or any(map(RECORDED.fullmatch, asked)), case["name"]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alert_says_what_it_is_and_where_to_read_on(alert: Alert) -> None:
    assert alert.severity in {"critical", "warning", "info"}
    assert set(alert.annotations) == {"summary", "description", "runbook_url"}
    assert re.fullmatch(r"[A-Za-z].*[^.]", alert.annotations["summary"])
    assert alert.name == "SmsheraldAbsent" or "$value" in alert.annotations["description"]
    file, _, anchor = alert.annotations["runbook_url"].partition("#")
    assert (REPOSITORY / file, anchor) == (RUNBOOK, alert.name.lower())


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_the_runbook_has_a_section_with_what_it_means_where_to_look_and_what_to_do(
    alert: Alert,
) -> None:
    section = sections()[alert.name]

    marks = ["**It means**", "**Look**", "**Do**", "**Why this limit**"]
    assert re.findall(r"^\*\*[A-Za-z ]+\*\*", section, re.MULTILINE) == marks
    assert f"({alert.severity})" in section


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    named = [heading for heading in sections() if heading.startswith("Smsherald")]

    assert named == [alert.name for alert in alerts()]


@pytest.mark.parametrize(
    "selector",
    sorted({s for expression in expressions() for s in selectors(expression)}),
    ids=str,
)
def test_what_a_rule_asks_for_is_there(selector: Selector) -> None:
    if RECORDED.fullmatch(selector.name):
        assert f"record: {selector.name}\n" in RULES.read_text()
        return
    labels = scraped()[selector.name]
    for matcher in selector.matchers:
        if matcher.label in TARGETS:
            continue
        wanted = matcher.value.split("|") if "~" in matcher.operator else [matcher.value]
        assert set(wanted) <= labels[matcher.label], selector


@pytest.mark.parametrize("expression", expressions())
def test_what_a_rule_sums_by_is_a_label_of_what_it_sums(expression: str) -> None:
    for by, name in re.findall(r"by \(([\w, ]+)\) \((?:\w+\()?\(?(smsherald_\w+)", expression):
        assert set(by.split(", ")) - TARGETS <= set(scraped()[name]), expression


def test_a_hurried_copy_has_the_same_limits(tmp_path: Path) -> None:
    # What is seen firing in the tests are these.
    copy = tmp_path / "rules.yaml"
    copy.write_text(hurried())
    timeless = re.compile(r"\[\w+\]")
    expected = [timeless.sub("", expression) for expression in expressions()]
    groups = yaml.safe_load(copy.read_text())["groups"]

    assert promtool("check", "rules", copy).returncode == 0
    assert [
        timeless.sub("", rule["expr"]) for group in groups for rule in group["rules"]
    ] == expected


def shown(title: str) -> str:
    """Return the file of this name that the documentation shows."""
    page = (REPOSITORY / "docs" / "monitoring.md").read_text()
    found = re.search(rf"```yml\n# {re.escape(title)}\n(.*?)```", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_prometheus_that_is_shown_takes_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "smsherald.rules.yaml").write_text(RULES.read_text())
    config = tmp_path / "prometheus.yml"
    config.write_text(shown("/etc/prometheus/prometheus.yml").replace("/etc/prometheus/", ""))
    done = promtool("check", "config", config)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(expressions())} rules found" in done.stdout + done.stderr


def test_the_alertmanager_that_is_shown_knows_only_alerts_that_there_are(tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(shown("/etc/prometheus/alertmanager.yml"))
    command = [program("amtool", "prometheus-alertmanager"), "check-config", str(config)]
    done = subprocess.run(command, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"Smsherald\w+", config.read_text())) <= {a.name for a in alerts()}


def test_the_page_counts_the_alerts() -> None:
    page = (REPOSITORY / "docs" / "monitoring.md").read_text()

    assert f"| {len(alerts())} alerts, " in page
    assert f"divided by {HURRY} there" in page
