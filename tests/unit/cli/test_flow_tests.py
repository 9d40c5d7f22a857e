"""`smsherald test`, and what `check` and it say to programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from smsherald.cli import main
from smsherald.cli.flows.junit import document
from smsherald.errors import Problem
from smsherald.flows import FlowTest, Route
from smsherald.settings.flows.check import Result as Tried
from smsherald.settings.flows.trial.places import Places
from smsherald.settings.yaml.places import Place
from support.configuration import FLOW, write

SETTINGS = (
    'twilio: {accounts: {default: {account_sid: "${A}", auth_token: "${B}", from: "${C}"}}}\n'
)
EVENT = "{number: R1, billing_address: {phone: '+15558675309'}}"
GOOD = f"""\
{FLOW}tests:
  - name: an order
    event: {EVENT}
    expect: {{message: Order R1}}
  - name: an order
    event: {EVENT}
    expect: {{to: "+15558675309"}}
"""
BAD = f"""\
{FLOW}tests:
  - event: {EVENT}
    expect: {{message: Order R1}}
  - name: "of <another> & \\"more\\""
    event: {{number: "R\\e1", billing_address: {{phone: "+15558675309"}}}}
    expect: {{message: Order R1, to: "+15558675300"}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.app, [*arguments, "--config", "smsherald.yaml"])


def loaded(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run(*arguments)
    assert result.stderr == ""
    return result.exit_code, json.loads(result.stdout)


class TestInWords:
    """What it says to a person."""

    def test_all_that_pass_are_a_sentence_and_no_credentials_are_asked_for(
        self, here: Path
    ) -> None:
        write(here, SETTINGS, mine=GOOD, quiet=FLOW)

        result = run("test")

        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == "2 tests passed in 2 flows of smsherald.yaml; no test: quiet.\n"

    def test_what_fails_is_said_with_its_place(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD, mine=BAD)

        result = run("test")

        assert (result.exit_code, result.stdout) == (1, "")
        name = 'mine: of <another> & "more"'
        assert result.stderr.splitlines() == [
            f"flows/mine.yaml:10:37: {name}: to: expected '+15558675300', made '+15558675309'",
            f"flows/mine.yaml:10:23: {name}: message: expected (-) and made (+) differ:",
            "    - Order R1",
            "    + Order R\\u001b1",
            "             ^^^^^^",
            "1 of 4 tests failed in 2 flows of smsherald.yaml.",
        ]

    def test_some_flows_alone_each_test_a_line(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD, mine=BAD)

        result = run("test", "good", "--verbose")

        assert result.exit_code == 0
        assert result.stdout.splitlines() == [
            "good: an order: passed",
            "good: an order: passed",
            "2 tests passed in 1 flow of smsherald.yaml.",
        ]
        assert 'mine: of <another> & "more": FAILED\n' in run("test", "-v", "mine").stdout

    def test_a_flow_that_is_not_there_is_a_usage_error(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD, mine=BAD)

        result = run("test", "god")

        assert result.exit_code == 2
        assert "no flow is called `god`; there is good, mine" in result.stderr

    def test_no_test_at_all_is_1(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD, quiet=FLOW)

        result = run("test", "quiet")

        assert result.exit_code == 1
        assert result.stderr.startswith("There is no test in 1 flow of smsherald.yaml:")

    def test_a_wrong_configuration_is_78(self, here: Path) -> None:
        write(here, SETTINGS, good="subscribe: 5")

        result = run("test")

        assert result.exit_code == 78
        assert result.stderr.splitlines()[-1] == "3 problems in the configuration smsherald.yaml."


class TestInJson:
    """What it says to a program."""

    def test_each_test_with_its_failures(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD, mine=BAD)

        code, said = loaded("test", "--json", "mine")

        assert code == 1
        assert [test["passed"] for test in said["tests"]] == [True, False]
        assert {key: said["tests"][1][key] for key in ("flow", "name", "file", "line")} == {
            "flow": "mine",
            "name": 'of <another> & "more"',
            "file": "flows/mine.yaml",
            "line": 8,
        }
        assert [each["line"] for each in said["tests"][1]["failures"]] == [10, 10]
        assert said["counts"]["failed"] == 1

    @pytest.mark.parametrize("command", [("test",), ("check", "--flows"), ("check",)])
    def test_a_wrong_configuration_is_its_problems(
        self, command: tuple[str, ...], here: Path
    ) -> None:
        write(here, SETTINGS, good="subscribe: 5", mine=GOOD)

        code, said = loaded(*command, "--json")

        assert code == 78
        assert {
            "level": "error",
            "file": "flows/good.yaml",
            "line": 1,
            "column": 12,
            "message": "subscribe: a number stands where text is due: quote it",
        } in said["problems"]
        assert said["counts"]["problems"] == len(said["problems"])

    def test_check_tells_warnings_and_failures_apart(self, here: Path) -> None:
        write(here, SETTINGS, mine=BAD, quiet=FLOW)

        code, said = loaded("check", "--flows", "--json")

        assert code == 1
        assert said["problems"] == []
        assert [(each["level"], each["file"]) for each in said["warnings"]] == [
            ("warning", "flows/quiet.yaml")
        ]
        assert [(each["flow"], each["test"], each["level"]) for each in said["failures"]] == [
            ("mine", 'of <another> & "more"', "failure")
        ] * 2
        assert said["failures"][0]["message"].startswith("to: expected")
        assert said["counts"] == {
            "flows": 2,
            "tests": 2,
            "passed": 1,
            "failed": 1,
            "problems": 0,
            "warnings": 1,
        }

    def test_a_warning_is_1_if_strict_here_too(self, here: Path) -> None:
        write(here, SETTINGS, quiet=FLOW)

        assert loaded("check", "--flows", "--json")[0] == 0
        assert loaded("check", "--flows", "--json", "--strict")[0] == 1


class TestJunit:
    """What it writes for CI systems."""

    def test_it_is_what_they_read(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD, mine=BAD, quiet=FLOW)

        assert run("test", "--junit", "junit.xml").exit_code == 1

        root = parsed((here / "junit.xml").read_bytes())
        assert faults(root) == []
        assert [suite.get("name") for suite in root] == ["good", "mine"]
        assert (root.get("tests"), root.get("failures")) == ("4", "1")
        cases = list(root.iter("testcase"))
        assert [case.get("name") for case in cases] == [
            "an order",
            "an order (tests[1])",
            "tests[0]",
            'of <another> & "more"',
        ]
        assert [case.find("failure") is None for case in cases] == [True, True, True, False]
        (failure,) = root.iter("failure")
        assert failure.get("message", "").startswith("to: expected '+15558675300'")
        assert "    + Order R\\u001b1" in (failure.text or "").splitlines()
        assert (cases[3].get("file"), cases[3].get("line")) == ("flows/mine.yaml", "8")

    def test_a_configuration_that_is_wrong_is_errors_in_it(self, here: Path) -> None:
        """Else a build would show the results of the run before."""
        write(here, SETTINGS, good=GOOD, mine=FLOW.replace("subscribe:", "subscribed:"))

        assert run("test", "--junit", "junit.xml").exit_code == 78

        root = parsed((here / "junit.xml").read_bytes())
        assert faults(root) == []
        errors = list(root.iter("error"))
        assert root.get("errors") == str(len(errors))
        assert any("did you mean `subscribe`" in each.get("message", "") for each in errors)
        assert {case.get("file") for case in root.iter("testcase")} == {"flows/mine.yaml"}

    def test_what_no_xml_can_hold_is_written_out(self) -> None:
        test = FlowTest({}, Route(), (), None, 0)
        problem = Problem("a\x1b.yaml", 1, 1, "\0 \ufffe \U0001f69a")
        tried = Tried("mine", test, Places(Place("a\x1b.yaml", 1, 1), {}), (problem,), 0.5)

        root = parsed(document([tried]))

        (failure,) = root.iter("failure")
        assert failure.get("message") == "\\u0000 \\ufffe \U0001f69a"
        assert failure.text == "a\\u001b.yaml:1:1: \\u0000 \\ufffe \U0001f69a"

    def test_where_it_cannot_be_written_it_says_so(self, here: Path) -> None:
        write(here, SETTINGS, good=GOOD)

        result = run("test", "--junit", "nowhere/junit.xml")

        assert result.exit_code == 1
        assert result.stderr == "nowhere/junit.xml cannot be written: No such file or directory\n"


def parsed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - it is our own.


REQUIRED = {
    "testsuites": set[str](),
    "testsuite": {"name", "tests"},
    "testcase": {"name", "classname"},
    "failure": set[str](),
    "error": set[str](),
}
ALLOWED = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp", "file"},
    "testcase": {"name", "classname", "time", "file", "line", "assertions", "status"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error"},
    "failure": set[str](),
    "error": set[str](),
}
"""Of junit-10.xsd (Jenkins' xUnit plugin), that part which is used here."""


def faults(node: ET.Element) -> list[str]:
    """Return what of the schema an element and all in it break."""
    names = set(node.attrib)
    found = [f"{node.tag} lacks {name}" for name in REQUIRED[node.tag] - names]
    found += [f"{node.tag} has {name}" for name in names - ALLOWED[node.tag]]
    found += [
        f"{node.tag} in it has {each.tag}" for each in node if each.tag not in CHILDREN[node.tag]
    ]
    for name in ("tests", "failures", "errors", "line"):
        if not re.fullmatch(r"\d*", node.get(name, "")):
            found.append(f"{node.tag}.{name} is no number")
    if not re.fullmatch(r"\d+\.\d+", node.get("time", "0.0")):
        found.append(f"{node.tag}.time is no decimal")
    if node.tag in ("testsuites", "testsuite"):
        cases = list(node.iter("testcase"))
        failed = [case for case in cases if case.find("failure") is not None]
        if (node.get("tests"), node.get("failures")) != (str(len(cases)), str(len(failed))):
            found.append(f"{node.tag} counts wrongly")
    return found + [fault for each in node for fault in faults(each)]
