"""Results of flow tests as JUnit XML, which GitLab, Jenkins and GitHub's actions read.

Nobody owns that format: this is what the schema of Jenkins' xUnit plugin (junit-10.xsd) allows and
GitLab's documentation asks for (Unit test reports: `name`, `classname`, `file`, `time`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from smsherald.errors import Problem
    from smsherald.settings.flows.check import Result

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document can hold, not even by its number (XML 1.0, 2.2 Characters)."""


def document(results: Sequence[Result]) -> bytes:
    """Return the results as a document: a suite for each flow that has tests, in their order."""
    root = ET.Element("testsuites", _summary("smsherald", results))
    for flow, several in groupby(results, key=lambda result: result.flow):
        tests = list(several)
        suite = ET.SubElement(root, "testsuite", _summary(flow, tests))
        for name, result in zip(_names(tests), tests, strict=True):
            _add_case(suite, name, result)
    return _written(root)


def broken(problems: Sequence[Problem]) -> bytes:
    """Return a document with an error for each problem of a configuration: no test could run."""
    counts = {"tests": str(len(problems)), "failures": "0", "errors": str(len(problems))}
    root = ET.Element("testsuites", {"name": "smsherald", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "configuration", **counts})
    for problem in problems:
        said = {
            "name": _allowed(f"{problem.file}:{problem.line}:{problem.column}"),
            "classname": "configuration",
            "file": _allowed(problem.file),
            "line": str(problem.line),
        }
        case = ET.SubElement(suite, "testcase", said)
        attributes = {"message": _allowed(problem.message), "type": "configuration"}
        ET.SubElement(case, "error", attributes).text = _allowed(str(problem))
    return _written(root)


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _add_case(suite: ET.Element, name: str, result: Result) -> None:
    place = result.places.test
    said = {
        "name": name,
        "classname": result.flow,
        "file": _allowed(place.file),
        "line": str(place.line),
        "time": _seconds([result]),
    }
    case = ET.SubElement(suite, "testcase", said)
    if result.failures:
        first = result.failures[0].message.partition("\n")[0]
        attributes = {"message": _allowed(first), "type": "difference"}
        failure = ET.SubElement(case, "failure", attributes)
        failure.text = _allowed("\n".join(map(str, result.failures)))


def _summary(name: str, results: Sequence[Result]) -> dict[str, str]:
    return {
        "name": name,
        "tests": str(len(results)),
        "failures": str(sum(bool(result.failures) for result in results)),
        "errors": "0",
        "time": _seconds(results),
    }


def _names(results: Iterable[Result]) -> list[str]:
    """Name the tests of a flow; two of one name would be one test to who reads them."""
    names: list[str] = []
    for result in results:
        name = _allowed(result.name)
        names.append(f"{name} (tests[{result.test.index}])" if name in names else name)
    return names


def _seconds(results: Iterable[Result]) -> str:
    return f"{sum(result.seconds for result in results):.6f}"


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub(lambda each: f"\\u{ord(each[0]):04x}", text)
