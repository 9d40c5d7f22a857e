"""What `check` and `test` say of a configuration and its flows' tests: in words, or in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import typer

from smsherald.cli import in_json, say
from smsherald.errors import Problem

if TYPE_CHECKING:
    from smsherald.settings.flows.check import Result
    from smsherald.settings.load import LoadedFlows


class Told(Protocol):
    """Who is told what `check` finds."""

    def broken(self, problems: Sequence[Problem]) -> None:
        """Tell of a configuration that cannot be used."""

    def tried(self, loaded: LoadedFlows, results: Sequence[Result], what: str) -> None:
        """Tell how the tests of one that can have ended; `what` was checked, with its verb."""


class InWords:
    """A person; `quiet`: what is good is said on standard error, too."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet

    def broken(self, problems: Sequence[Problem]) -> None:
        """Say a problem a line."""
        for problem in problems:
            say.error(problem)
        say.error(f"{count(len(problems), 'problem')} in the configuration.")

    def tried(self, loaded: LoadedFlows, results: Sequence[Result], what: str) -> None:
        """Say warnings and failures, and a sentence."""
        for warning in loaded.warnings:
            say.warning(warning)
        warned = f", {count(len(loaded.warnings), 'warning')}" if loaded.warnings else ""
        number = count(len(loaded.flows), "flow")
        if failed := say_failures(results):
            tests = count(len(results), "test")
            say.error(f"{failed} of {tests} failed in {number}{warned}.")
            return
        tests = count(len(results), "test")
        typer.echo(f"The {what} good: {number}, {tests} passed{warned}.", err=self._quiet)
        if once := [flow.id for flow in loaded.flows if flow.once is not None]:
            from smsherald.timeline.words import span

            remembered = f"remembered for {span(loaded.retention)} (ledger.retention)"
            typer.echo(f"What `once` has sent is {remembered}: {', '.join(once)}.", err=self._quiet)


class InJson:
    """A program: all of it on standard output, as one object."""

    def broken(self, problems: Sequence[Problem]) -> None:
        """Print the problems."""
        print_json(problems=problems)

    def tried(self, loaded: LoadedFlows, results: Sequence[Result], what: str) -> None:
        """Print warnings, failures and counts."""
        del what
        print_json(
            warnings=loaded.warnings,
            results=results,
            flows=len(loaded.flows),
        )


def print_json(
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
