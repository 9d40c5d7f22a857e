"""`smsherald check`: whether the configuration is right, and what the flows' own tests say."""

from __future__ import annotations

from typing import Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import CONFIGURATION, FAILED
from smsherald.cli.options import Config

Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 on a warning, too.")]


Flows = Annotated[
    bool,
    typer.Option("--flows", help="Check flows without the credentials and senders of accounts."),
]


def command(
    config: Config = None,
    strict: Strict = False,  # noqa: FBT002 - typer's signature
    flows: Flows = False,  # noqa: FBT002 - typer's signature
) -> None:
    """Load the settings and all flows, and run the flows' tests; nothing is sent.

    With --flows what signs in need not be there, such as ${TWILIO_AUTH_TOKEN}: for who writes
    flows, and for a build. What is there, and all other settings, must be right.

    Exits with 0 when all is well, 1 when a test fails (with --strict: on a warning, too), 78 when
    the configuration cannot be used.
    """
    import os

    from smsherald.errors import ConfigurationError
    from smsherald.settings.flows.check import check
    from smsherald.settings.load import LoadedFlows, find_config, load, load_flows

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
    failures = check(loaded)
    for failure in failures:
        say.error(failure)
    tests = _count(len(loaded.tests), "test")
    number = _count(len(loaded.flows), "flow")
    warnings = f", {_count(len(loaded.warnings), 'warning')}" if loaded.warnings else ""
    if failures:
        failed = len({(failure.file, failure.line, failure.column) for failure in failures})
        say.error(f"{failed} of {tests} failed in {number}{warnings}.")
        raise typer.Exit(FAILED)
    what = "flows are" if flows else "configuration is"
    typer.echo(f"The {what} good: {number}, {tests} passed{warnings}.")
    if strict and loaded.warnings:
        raise typer.Exit(FAILED)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
