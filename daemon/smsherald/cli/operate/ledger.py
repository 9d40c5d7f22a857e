"""`smsherald ledger`: what the ledger knows of an SMS, and a person's word on a doubtful one."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.listing import ListsByItself
from smsherald.cli.operate import ledger_copy, ledger_downgrade
from smsherald.cli.operate.opening import (
    LOCK_TIMEOUT,
    for_ledger,
    opened,
    seconds,
)
from smsherald.cli.options import Config
from smsherald.cli.progress import bar, working
from smsherald.model import State

PRUNED_AT_ONCE = 500

app = typer.Typer(
    cls=ListsByItself,
    help="Look into the ledger, and decide on what is held, also while the daemon runs.\n\n"
    "Without a command: `list`, which takes its options too.",
)

app.command("copy")(ledger_copy.command)
app.command("downgrade")(ledger_downgrade.command)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many rows, the newest.")]


@app.command()
def show(
    wanted: Annotated[
        str | None,
        typer.Argument(metavar="KEY|SID|REFERENCE|EVENT-ID", show_default=False),
    ] = None,
    *,
    phone: Annotated[
        str | None, typer.Option(help="The recipient's number, whole.", show_default=False)
    ] = None,
    limit: Limit = 100,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Numbers and texts whole, as long as they are kept.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the SMSes with this key, SID, reference or event id, or to this number.

    Exits with 1 where there is none.

    Of a key the first ten digits are enough. What is held is looked up at Twilio by its number,
    which --reveal shows; once an SMS is told, the ledger has neither number nor text any more.
    """
    if (wanted is None) == (phone is None):
        raise typer.BadParameter("give KEY, SID, REFERENCE or EVENT-ID, or --phone, and not both")
    from smsherald.cli.operate.ledger_view import print_details
    from smsherald.errors import UnusableError
    from smsherald.sms.phone import e164

    settings = for_ledger(config)
    with opened(settings.ledger) as ledger, working("Searching the ledger"):
        if phone is None:
            entries = ledger.people.find(wanted or "", limit)
        else:
            try:
                number = e164(phone, settings.default_region)
            except UnusableError as error:
                raise typer.BadParameter(error.detail, param_hint="--phone") from None
            entries = ledger.people.find_phone(number, limit)
    print_details(entries, reveal=reveal, as_json=as_json)
    if not entries:
        typer.echo("not found", err=True)
        raise typer.Exit(FAILED)


@app.command("list")
def list_rows(
    state: Annotated[State | None, typer.Option(show_default=False)] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="As 30m, 12h or 7d.", show_default=False),
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,  # noqa: FBT002 - typer's signature
    config: Config = None,
) -> None:
    """List SMSes, the newest first."""
    from smsherald.cli.operate.ledger_view import print_list

    age = None if since is None else seconds(since, "--since")
    with opened(for_ledger(config).ledger) as ledger, working("Reading the ledger"):
        entries = ledger.people.latest(state, age, limit)
    print_list(entries, as_json=as_json)


@app.command()
def resolve(
    key: str,
    sent: Annotated[
        str | None,
        typer.Option(metavar="SID", help="Twilio has it, with this SID.", show_default=False),
    ] = None,
    free: Annotated[  # noqa: FBT002 - typer's signature
        bool, typer.Option("--free", help="Twilio does not have it: it may be sent (again).")
    ] = False,
    config: Config = None,
) -> None:
    """Decide on an SMS that is held, or sending for longer than the quarantine.

    Of its key the first ten digits are enough. Nobody asks Twilio whether there is such a SID.

    Exits with 1 where there is nothing to decide: no such row, one that has ended, one that may
    still be on its way, or a SID that another SMS has.
    """
    if (sent is None) != free:
        raise typer.BadParameter("give --sent SID or --free, and not both")
    if sent is not None and not re.fullmatch(r"(SM|MM)[0-9a-f]{32}", sent, re.ASCII):
        raise typer.BadParameter("is no message SID (SM… or MM…)", param_hint="--sent")
    from smsherald.ledger.people import Resolved

    with opened(for_ledger(config).ledger) as ledger:
        keys = ledger.people.keys(key, 2)
        if len(keys) > 1:
            raise typer.BadParameter("several keys begin so: give more of it", param_hint="KEY")
        resolved = ledger.people.resolve(keys[0] if keys else key, sent)
    said = {
        Resolved.DONE: "sent" if sent else "free: it is sent when its event comes again",
        Resolved.NOT_THERE: "there is no SMS with this key; `ledger show` takes a reference too",
        Resolved.IN_QUARANTINE: "it may still be on its way: ask again after the quarantine",
        Resolved.NOT_OPEN: "there is nothing to decide: it is neither held nor sending",
        Resolved.SID_TAKEN: "another SMS has that SID",
    }[resolved]
    typer.echo(said, err=resolved is not Resolved.DONE)
    if resolved is not Resolved.DONE:
        raise typer.Exit(FAILED)


@app.command()
def prune(config: Config = None) -> None:
    """Delete what has outlived ledger.retention, as the daemon does from time to time."""
    settings = for_ledger(config).ledger
    retention, gone = settings.retention, 0
    with (
        opened(settings) as ledger,
        bar("Pruning", ledger.retention.prunable(retention)) as shown,
    ):
        while some := ledger.retention.prune(retention, PRUNED_AT_ONCE):
            gone += some
            shown(gone)
    typer.echo("1 row deleted" if gone == 1 else f"{gone} rows deleted")


@app.command()
def upgrade(
    as_json: AsJson = False,  # noqa: FBT002 - typer's signature
    config: Config = None,
) -> None:
    """Upgrade an older ledger to this version, or make the one that is missing.

    Stop the daemons first: one that runs on is kept from the ledger by its upgrade. With SQLite
    a daemon upgrades it at its start, with PostgreSQL only this command does.
    """
    from smsherald.cli.operate.ledger_view import print_change
    from smsherald.ledger import described, upgrade_ledger

    def on_start(before: int, after: int) -> None:
        typer.echo(f"upgrading from version {before} to {after}; this may take a while", err=True)

    settings = for_ledger(config).ledger
    with working("Upgrading the ledger"):
        change = upgrade_ledger(settings, LOCK_TIMEOUT, on_start)
    print_change(described(settings.url), change, as_json=as_json)
