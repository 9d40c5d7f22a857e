"""What `check` and `test` say of a configuration and its flows' tests: in words, or in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from smsherald.cli import in_json, say
from smsherald.errors import Problem

if TYPE_CHECKING:
    from smsherald.settings.flows.check import Result
    from smsherald.settings.load import LoadedFlows


class Told(Protocol):
    """Who is told what `check` finds."""

    def broken(self, problems: Sequence[Problem], path: Path | None) -> None:
        """Tell of a configuration that cannot be used; it is None where none was found."""

    def tried(self, loaded: LoadedFlows, results: Sequence[Result], path: Path) -> None:
        """Tell how the tests of one that can have ended."""


class InWords:
    """A person; `quiet`: what is good is said on standard error, too.

    Which configuration it was is said always: it may be none that stands where somebody does.
    """

    def __init__(self, *, quiet: bool = False, flows: bool = False) -> None:
        self._quiet = quiet
        self._flows = flows

    def broken(self, problems: Sequence[Problem], path: Path | None) -> None:
        """Say a problem a line."""
        for problem in problems:
            say.error(problem)
        named = "" if path is None else f" {path}"
        say.error(f"{count(len(problems), 'problem')} in the configuration{named}.")

    def tried(self, loaded: LoadedFlows, results: Sequence[Result], path: Path) -> None:
        """Say warnings and failures, and a sentence."""
        for warning in loaded.warnings:
            say.warning(warning)
        warned = f", {count(len(loaded.warnings), 'warning')}" if loaded.warnings else ""
        number = count(len(loaded.flows), "flow")
        if failed := say_failures(results):
            tests = count(len(results), "test")
            say.error(f"{failed} of {tests} failed in {number} of {path}{warned}.")
            return
        tests = count(len(results), "test")
        what = ": the flows are" if self._flows else " is"
        typer.echo(f"{path}{what} good: {number}, {tests} passed{warned}.", err=self._quiet)
        if once := [flow.id for flow in loaded.flows if flow.once is not None]:
            from smsherald.timeline.words import span

            remembered = f"remembered for {span(loaded.retention)} (ledger.retention)"
            typer.echo(f"What `once` has sent is {remembered}: {', '.join(once)}.", err=self._quiet)


class InJson:
    """A program: all of it on standard output, as one object."""

    def broken(self, problems: Sequence[Problem], path: Path | None) -> None:
        """Print the problems."""
        print_json(path, problems=problems)

    def tried(self, loaded: LoadedFlows, results: Sequence[Result], path: Path) -> None:
        """Print warnings, failures and counts."""
        print_json(
            path,
            warnings=loaded.warnings,
            results=results,
            flows=len(loaded.flows),
        )


def print_json(
    path: Path | None,
    *,
    problems: Sequence[Problem] = (),
    warnings: Sequence[Problem] = (),
    results: Sequence[Result] = (),
    flows: int = 0,
    **more: object,
) -> None:
    """Print what was found, and how much of each."""
    failures = [
        {**as_json(failure, "failure"), "flow": result.flow, "test": result.name}
        for result in results
        for failure in result.failures
    ]
    failed = sum(bool(result.failures) for result in results)
    said = {
        "configuration": None if path is None else str(path),
        "problems": [as_json(problem, "error") for problem in problems],
        "warnings": [as_json(warning, "warning") for warning in warnings],
        "failures": failures,
        **more,
        "counts": {
            "flows": flows,
            "tests": len(results),
            "passed": len(results) - failed,
            "failed": failed,
            "problems": len(problems),
            "warnings": len(warnings),
        },
    }
    in_json.echo(said)


def as_json(problem: Problem, level: str) -> dict[str, Any]:
    """Return one thing that was found, for a program."""
    return {
        "level": level,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }


def say_failures(results: Iterable[Result]) -> int:
    """Say every difference that tests have seen; return how many tests saw one."""
    failed = [result for result in results if result.failures]
    for result in failed:
        for problem in result.problems:
            say.error(problem)
    return len(failed)


def count(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
