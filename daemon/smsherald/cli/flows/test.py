"""`smsherald test`: the flows' own tests alone, for who writes them and for a build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import CONFIGURATION, FAILED
from smsherald.cli.files import PLACE
from smsherald.cli.flows.telling import InWords, as_json, count, print_json, say_failures
from smsherald.cli.options import Config
from smsherald.unit import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smsherald.flows import Flow
    from smsherald.settings.flows.check import Result
    from smsherald.settings.load import LoadedFlows


def command(
    flows: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FLOW", help="Flows by their ids. Default: all.", show_default=False
        ),
    ] = None,
    *,
    config: Config = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say a line for each test.")
    ] = False,
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit",
            metavar="FILE",
            help="Write the results as JUnit XML, too, as CI systems read it.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Run the flows' tests; credentials need not be there, and nothing is sent.

    Of a test that fails it says what it expected and what the flow made, with the place of the
    expectation.

    Exits with 0 when all pass, 1 when one fails, or there is none to run, 78 when the
    configuration cannot be used.
    """
    import os

    from smsherald.errors import ConfigurationError
    from smsherald.settings.flows.check import results
    from smsherald.settings.load import find_config, load_flows

    path: Path | None = None
    try:
        path = find_config(config, os.environ)
        loaded = load_flows(path, os.environ)
    except ConfigurationError as error:
        if json:
            print_json(path, problems=error.problems)
        else:
            InWords().broken(error.problems, path)
        if junit is not None:
            from smsherald.cli.flows.junit import broken

            _write(junit, broken(error.problems))
        raise typer.Exit(CONFIGURATION) from None
    chosen = _chosen(loaded, flows or [])
    tried = list(results(loaded, chosen))
    if json:
        tests = [_as_json(result) for result in tried]
        print_json(path, results=tried, flows=len(chosen), tests=tests)
    else:
        _say(chosen, tried, path, verbose=verbose)
    if junit is not None:
        from smsherald.cli.flows.junit import document

        _write(junit, document(tried))
    if not tried or any(result.failures for result in tried):
        raise typer.Exit(FAILED)


def _chosen(loaded: LoadedFlows, ids: Sequence[str]) -> list[Flow]:
    if unknown := [each for each in ids if loaded.flows.get(each) is None]:
        known = ", ".join(loaded.flows.ids) or "none"
        message = f"no flow is called `{unknown[0]}`; there is {known}"
        raise typer.BadParameter(message, param_hint="FLOW")
    return [flow for flow in loaded.flows if not ids or flow.id in ids]


def _say(flows: Sequence[Flow], results: Sequence[Result], path: Path, *, verbose: bool) -> None:
    if verbose:
        for result in results:
            end = "FAILED" if result.failures else "passed"
            typer.echo(f"{result.flow}: {result.name}: {end}")
    failed = say_failures(results)
    number = f"{count(len(flows), 'flow')} of {path}"
    untried = [flow.id for flow in flows if not flow.tests]
    without = f"; no test: {', '.join(untried)}" if untried and results else ""
    tests = count(len(results), "test")
    if not results:
        say.error(f"There is no test in {number}: nothing says whether they do their work.")
    elif failed:
        say.error(f"{failed} of {tests} failed in {number}{without}.")
    else:
        typer.echo(f"{tests} passed in {number}{without}.")


def _as_json(result: Result) -> dict[str, object]:
    place = result.places.test
    return {
        "flow": result.flow,
        "name": result.name,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "passed": not result.failures,
        "seconds": round(result.seconds, 6),
        "failures": [as_json(failure, "failure") for failure in result.failures],
    }


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        say.error(f"{path} cannot be written: {why(error, PLACE)}")
        raise typer.Exit(FAILED) from None
