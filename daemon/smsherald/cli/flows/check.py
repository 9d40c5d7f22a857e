"""`smsherald check`: whether the configuration is right, and what the flows' own tests say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import CONFIGURATION, FAILED, UNAVAILABLE
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.settings.load import LoadedFlows

_SECONDS = 10.0


def command(
    config: Config = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 on a warning, too.")
    ] = False,
    flows: Annotated[
        bool,
        typer.Option(
            "--flows", help="Check flows without the credentials and senders of accounts."
        ),
    ] = False,
    live: Annotated[
        bool,
        typer.Option("--live", help="Then look at the broker, its publishers and Twilio, too."),
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=3600,
            help="With --live: how long to listen to publishers. Default: 10.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --live: print what was found as JSON.")
    ] = False,
) -> None:
    """Load the settings and all flows, and run the flows' tests; nothing is sent.

    With --flows what signs in need not be there, such as ${TWILIO_AUTH_TOKEN}: for who writes
    flows, and for a build. What is there, and all other settings, must be right.

    With --live it also looks at what stands outside: queues, policies and rights on the broker,
    what publishers tell their events apart by, and Twilio's accounts, senders, campaigns and
    permissions. A line each: what was found, and what to do. Nothing is sent or changed.

    Exits with 0 when all is well, 1 when a test fails, or with --live something keeps texts from
    going out (with --strict: on a warning, too), 69 when with --live the broker or Twilio does not
    answer, 78 when the configuration cannot be used.
    """
    if live and flows:
        raise typer.BadParameter(
            "looks at accounts, and --flows leaves them out", param_hint="--live"
        )
    if not live and (as_json or seconds is not None):
        raise typer.BadParameter("is for --live alone", param_hint="--json or --seconds")
    loaded = _checked(config, flows=flows, quiet=as_json)
    if live:
        _look(loaded, _SECONDS if seconds is None else seconds, strict=strict, as_json=as_json)
    if strict and loaded.warnings:
        raise typer.Exit(FAILED)


def _checked(config: Config, *, flows: bool, quiet: bool) -> LoadedFlows:
    """Return a configuration that is good; whatever else it is ends the command."""
    import os

    from smsherald.errors import ConfigurationError
    from smsherald.settings.flows.check import results
    from smsherald.settings.load import find_config, load, load_flows

    loaded: LoadedFlows
    try:
        path = find_config(config, os.environ)
        loaded = load_flows(path, os.environ) if flows else load(path, os.environ)
    except ConfigurationError as error:
        for problem in error.problems:
            say.error(problem)
        say.error(f"{_count(len(error.problems), 'problem')} in the configuration.")
        raise typer.Exit(CONFIGURATION) from None
    for warning in loaded.warnings:
        say.warning(warning)
    failed = [result for result in results(loaded, loaded.flows) if result.failures]
    for result in failed:
        for failure in result.failures:
            say.error(failure)
    tests = _count(len(loaded.tests), "test")
    number = _count(len(loaded.flows), "flow")
    warnings = f", {_count(len(loaded.warnings), 'warning')}" if loaded.warnings else ""
    if failed:
        say.error(f"{len(failed)} of {tests} failed in {number}{warnings}.")
        raise typer.Exit(FAILED)
    what = "flows are" if flows else "configuration is"
    typer.echo(f"The {what} good: {number}, {tests} passed{warnings}.", err=quiet)
    if once := [flow.id for flow in loaded.flows if flow.once is not None]:
        from smsherald.timeline.words import span

        remembered = f"remembered for {span(loaded.retention)} (ledger.retention)"
        typer.echo(f"What `once` has sent is {remembered}: {', '.join(once)}.", err=quiet)
    return loaded


def _look(loaded: LoadedFlows, seconds: float, *, strict: bool, as_json: bool) -> None:
    import asyncio

    from smsherald.cli.flows.live.finding import Mark
    from smsherald.cli.flows.live.looking import look
    from smsherald.cli.flows.live.view import marks, print_findings, print_json
    from smsherald.settings.load import Loaded

    assert isinstance(loaded, Loaded)  # noqa: S101 - for mypy: without --flows it is.

    def progress(text: str) -> None:
        typer.echo(text, err=True)

    found = asyncio.run(look(loaded, seconds, progress))
    (print_json if as_json else print_findings)(found.areas)
    if found.away:
        raise typer.Exit(UNAVAILABLE)
    counted = marks(found.areas)
    if counted[Mark.ERROR] or (strict and counted[Mark.WARNING]):
        raise typer.Exit(FAILED)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
