"""`smsherald run`: the daemon."""

from __future__ import annotations

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config


def command(config: Config = None) -> None:
    """Run the daemon until SIGTERM or SIGINT.

    Exits with 0 when all that was in flight has finished, 1 when it outlasted broker.drain,
    78 when an operator must mend something first.
    """
    import asyncio
    import os
    import sys

    from smsherald.app import run
    from smsherald.observe.log import configure
    from smsherald.settings.load import find_config, load

    loaded = load(find_config(config, os.environ), os.environ)
    configure(loaded.settings.log, sys.stdout)
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    try:
        code = asyncio.run(run(loaded.settings, loaded.flows, os.environ))
    except OSError as error:
        typer.echo(f"smsherald: {error}", err=True)
        raise typer.Exit(FAILED) from error
    raise typer.Exit(code)
