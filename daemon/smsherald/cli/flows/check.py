"""`smsherald check`: whether the configuration is right, and what the flows' own tests say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli.exits import CONFIGURATION, FAILED, UNAVAILABLE
from smsherald.cli.flows.telling import InJson, InWords, Told
from smsherald.cli.options import Config
from smsherald.paths import Kind, kind_of

if TYPE_CHECKING:
    from smsherald.settings.load import Loaded, LoadedFlows

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
        typer.Option("--live", help="Then look at the ledger, the broker, its publishers, Twilio."),
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
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Load the settings and all flows, and run the flows' tests; nothing is sent.

    With --flows what signs in need not be there, such as ${TWILIO_AUTH_TOKEN}: for who writes
    flows, and for a build. What is there, and all other settings, must be right.

    Of a SQLite ledger it looks whether a file can stand there; it opens none.

    With --live it also looks at what stands outside: the ledger, queues, policies and rights on
    the broker, what publishers tell their events apart by, and Twilio's accounts, senders,
    campaigns and permissions. A line each: what was found, and what to do. Nothing is sent or
    changed.

    With --json, standard output has the configuration's path, problems, warnings and failures (of
    tests), each with file, line, column and message, and counts; with --live, the findings.

    Exits with 0 when all is well, 1 when a test fails, or with --live something keeps texts from
    going out (with --strict: on a warning, too), 69 when with --live the ledger, the broker or
    Twilio does not answer, 78 when the configuration cannot be used.
    """
    if live and flows:
        raise typer.BadParameter(
            "looks at accounts, and --flows leaves them out", param_hint="--live"
        )
    if not live and seconds is not None:
        raise typer.BadParameter("is for --live alone", param_hint="--seconds")
    told: Told = InJson() if as_json and not live else InWords(quiet=as_json, flows=flows)
    loaded = _checked(config, told, flows=flows, live=live)
    if live:
        _look(loaded, _SECONDS if seconds is None else seconds, strict=strict, as_json=as_json)
    elif not (flows or as_json):
        _say_unseen(loaded)
    if strict and loaded.warnings:
        raise typer.Exit(FAILED)


def _checked(config: Config, told: Told, *, flows: bool, live: bool) -> LoadedFlows:
    """Return a configuration that is good; whatever else it is ends the command."""
    import os

    from smsherald.errors import ConfigurationError
    from smsherald.settings.flows.check import results
    from smsherald.settings.interpolate import UNSET
    from smsherald.settings.load import Loaded, find_config, load, load_flows

    loaded: LoadedFlows
    path: Path | None = None
    try:
        path = find_config(config, os.environ)
        loaded = load_flows(path, os.environ) if flows else load(path, os.environ)
    except ConfigurationError as error:
        told.broken(error.problems, path)
        unset = any(UNSET in problem.message for problem in error.problems)
        if unset and not flows and isinstance(told, InWords):
            typer.echo("Without credentials: smsherald check --flows", err=True)
        raise typer.Exit(CONFIGURATION) from None
    if isinstance(loaded, Loaded) and not live:
        loaded = _with_doubts_of_ledger(loaded)
    tried = list(results(loaded, loaded.flows))
    told.tried(loaded, tried, path)
    if any(result.failures for result in tried):
        raise typer.Exit(FAILED)
    return loaded


def _with_doubts_of_ledger(loaded: Loaded) -> Loaded:
    """Warn of a ledger's file that no daemon could use, as far as that shows from outside."""
    from dataclasses import replace

    from smsherald.cli.flows.ledger_file import ledger_file, why_unusable

    file = ledger_file(loaded.settings.ledger.url)
    if file is None or (why := why_unusable(file)) is None:
        return loaded
    doubt = loaded.ledger_at.problem(f"ledger.url: {why}")
    return replace(loaded, warnings=tuple(sorted((*loaded.warnings, doubt))))


def _say_unseen(loaded: LoadedFlows) -> None:
    """Say what a good configuration says nothing of; a ledger may stand where it was before."""
    import os

    from smsherald.cli.flows.ledger_file import ledger_file, why_unusable
    from smsherald.settings.load import Loaded
    from smsherald.unit import ours

    assert isinstance(loaded, Loaded)  # noqa: S101 - for mypy: without --flows it is.
    file = ledger_file(loaded.settings.ledger.url)
    if file is not None and why_unusable(file) is None and kind_of(file) is Kind.MISSING:
        typer.echo(f"No ledger is at {file} yet: the daemon makes one, which remembers nothing.")
    live = ours(os.environ, "check", "--live")
    typer.echo(f"Not looked at: ledger, broker and Twilio. {live} does.")


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
