"""`smsherald ledger downgrade`: the way back to the version before, with all that is remembered."""

from __future__ import annotations

from typing import Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED
from smsherald.cli.operate.opening import LOCK_TIMEOUT, for_ledger, say_waiting
from smsherald.cli.options import Config
from smsherald.cli.progress import working


def command(
    to: Annotated[
        int | None,
        typer.Option(
            metavar="VERSION",
            help="The ledger's version that the older smsherald reads up to, as it says itself.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[  # noqa: FBT002 - typer's signature
        bool, typer.Option("--force", help="Whoever still seems to use it.")
    ] = False,
    as_json: Annotated[  # noqa: FBT002 - typer's signature
        bool, typer.Option("--json", help="Print JSON instead.")
    ] = False,
    config: Config = None,
) -> None:
    """Make the ledger one of an older version, so that an older smsherald goes on with it.

    Stop the daemons first, and run this with the newer smsherald. Then install the older one before
    a daemon starts: with SQLite, a newer one that starts upgrades the ledger again.

    Exits with 1 where the ledger is in use, 69 where its database is away, and 78 where there is
    no ledger, or no way back; it stays as it was then.
    """
    from smsherald.ledger.sql.schema import VERSION

    if to is None or not 1 <= to <= VERSION:
        message = f"give a version from 1 on; this smsherald's own is {VERSION}"
        raise typer.BadParameter(message, param_hint="--to")
    from smsherald.cli.operate.ledger_view import print_change
    from smsherald.ledger import described, downgrade_ledger
    from smsherald.ledger.moving import InUseError

    def on_start(before: int, after: int) -> None:
        typer.echo(f"downgrading from version {before} to {after}; this may take a while", err=True)

    settings = for_ledger(config).ledger
    on_wait = None if force else say_waiting
    try:
        with working("Downgrading the ledger"):
            change = downgrade_ledger(settings, to, LOCK_TIMEOUT, on_start, on_wait)
    except InUseError as error:
        say.error(f"smsherald: {error}")
        raise typer.Exit(FAILED) from None
    print_change(described(settings.url), change, as_json=as_json)
    if not as_json and change.downgraded:
        typer.echo(f"Install the smsherald of version {to}, then start the daemons.")
