"""`smsherald ledger copy`: the ledger moves to another database, or a backup is made there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import in_json, say
from smsherald.cli.exits import FAILED, INTERRUPTED
from smsherald.cli.operate.opening import LOCK_TIMEOUT, for_ledger, say_waiting
from smsherald.cli.options import Config
from smsherald.cli.progress import bar

if TYPE_CHECKING:
    from smsherald.ledger.moving import Copied


def command(
    to: Annotated[
        str,
        typer.Option(metavar="URL", help="Where to, as in ledger.url.", show_default=False),
    ],
    keep: Annotated[  # noqa: FBT002 - typer's signature
        bool, typer.Option("--keep", help="Make a backup: the ledger stays where it is.")
    ] = False,
    force: Annotated[  # noqa: FBT002 - typer's signature
        bool,
        typer.Option("--force", help="Whoever still seems to use it, and whatever the clocks say."),
    ] = False,
    as_json: Annotated[  # noqa: FBT002 - typer's signature
        bool, typer.Option("--json", help="Print JSON instead.")
    ] = False,
    config: Config = None,
) -> None:
    """Move the ledger, whole, to another database, where none is yet.

    Stop the daemons first. From then on only the copy is the ledger: a daemon that starts on the
    old one ends with 78, and says where it has gone. What is cut off is done by the same command
    again; until it is done, nobody can use the copy.

    With --keep a backup is made, also while daemons run. Two copies that both are used text twice.

    Exits with 1 where the ledger is in use, the databases' clocks differ, or the copy was not the
    same, 69 where a database is away, and 78 where there is no ledger, or one at the other place.
    """
    from smsherald.ledger import copy_ledger
    from smsherald.ledger.moving import CopyError, InUseError, Wishes
    from smsherald.settings.secret import Secret

    settings = for_ledger(config).ledger
    try:
        with bar("Copying and comparing") as shown:
            wishes = Wishes(say_waiting, shown, keep=keep, force=force)
            copied = copy_ledger(settings, Secret(to), LOCK_TIMEOUT, wishes)
    except (CopyError, InUseError) as error:
        say.error(f"smsherald: {error}")
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        say.error("smsherald: cut off; the same command does it")
        raise typer.Exit(INTERRUPTED) from None
    _print(copied, keep=keep, as_json=as_json)


def _print(copied: Copied, *, keep: bool, as_json: bool) -> None:
    if as_json:
        fields = {
            "from": copied.source,
            "to": copied.target,
            "moved": not keep,
            "seconds": round(copied.seconds, 3),
            "tables": {
                name: {"rows": tally.rows, "checksum": tally.checksum}
                for name, tally in copied.tables.items()
            },
        }
        in_json.echo(fields)
        return
    for name, tally in copied.tables.items():
        typer.echo(f"{name:<10} {tally.rows:>9} rows, the same on both sides")
    done = "backed up" if keep else "moved"
    typer.echo(f"{copied.source}: {done} to {copied.target} in {copied.seconds:.1f} s")
    if not keep:
        typer.echo("Let ledger.url name that one, then start the daemons.")
