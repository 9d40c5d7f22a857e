"""Findings on a terminal, and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from textwrap import wrap

import typer

from smsherald.cli import in_json
from smsherald.cli.flows.live.finding import Finding, Mark
from smsherald.cli.operate.terminal import console, printable

_SIGNS = {Mark.OK: "✓", Mark.WARNING: "!", Mark.ERROR: "✗", Mark.UNSEEN: "?"}
_NARROWEST = 40
_INDENT = " " * 4


def print_findings(areas: Mapping[str, Iterable[Finding]]) -> None:
    """Print them all: what was found, and below it what to do."""
    width = max(_NARROWEST, console().width)
    for area, findings in areas.items():
        typer.echo(area)
        for finding in findings:
            text = f"{_SIGNS[finding.mark]} {finding.subject}: {finding.found}"
            _print(text, width, "  ")
            if finding.todo:
                _print(f"→ {finding.todo}", width, _INDENT)
    typer.echo(_summary(marks(areas)))


def print_json(areas: Mapping[str, Iterable[Finding]]) -> None:
    """Print them for programs."""
    findings = [
        {"area": area.lower(), **asdict(finding)}
        for area, found in areas.items()
        for finding in found
    ]
    in_json.echo({"findings": findings})


def marks(areas: Mapping[str, Iterable[Finding]]) -> Counter[Mark]:
    """Count how they stand."""
    return Counter(finding.mark for findings in areas.values() for finding in findings)


def _summary(counted: Mapping[Mark, int]) -> str:
    parts = [
        f"{number} {noun if number == 1 else f'{noun}s'}"
        for mark, noun in ((Mark.ERROR, "error"), (Mark.WARNING, "warning"))
        if (number := counted.get(mark, 0))
    ]
    if unseen := counted.get(Mark.UNSEEN, 0):
        parts.append(f"{unseen} that nobody could look at")
    return f"{', '.join(parts)}." if parts else "All is well."


def _print(text: str, width: int, indent: str) -> None:
    lines = wrap(
        printable(text),
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
    )
    for line in lines:
        typer.echo(line)
