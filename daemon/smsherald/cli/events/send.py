"""`smsherald send`: one text, through the pipeline, from the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.model import Settlement
    from smsherald.settings.load import Loaded

ROUTING_KEY = "sms.requested"
APP_ID = "smsherald-send"


def command(
    to: Annotated[str, typer.Option(help="The recipient: +15558675309, or a national number.")],
    message: Annotated[str, typer.Option("--message", "-m", help="The text.")],
    sender: Annotated[
        str | None,
        typer.Option("--from", help="One of the account's senders.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Send one text now, with the configured ledger, and say what became of it.

    It makes an `sms.requested` event and takes it the way of any other, so the notifications
    are published too, and what is deferred is tried again by the daemon: do not send it again.
    Exits with 0 only if the text was sent, 69 when the broker cannot be reached.
    """
    import asyncio
    import os
    import sys

    from smsherald.observe.log import configure
    from smsherald.settings.load import find_config, load

    loaded = load(find_config(config, os.environ), os.environ)
    _require_daemons(loaded)
    sender = _owned(sender, loaded) if sender else None
    configure(loaded.settings.log, sys.stderr)
    body = {"phone": to, "message": message} | ({"from": sender} if sender else {})
    settlement = asyncio.run(_send(loaded, {"sms": body}))
    sent = _report(settlement)
    raise typer.Exit(0 if sent else FAILED)


def _require_daemons(loaded: Loaded) -> None:
    """Insist on the daemon's broker and ledger.

    With a ledger of its own, a text could go out twice; on a broker of its own, what is deferred
    would be lost.
    """
    from smsherald.broker.choose import is_embedded
    from smsherald.errors import LedgerError
    from smsherald.ledger import described, is_missing

    if is_embedded(loaded.settings.broker):
        raise typer.BadParameter(
            "broker.url is memory://, which lives inside the daemon", param_hint="--config"
        )
    url = loaded.settings.ledger.url
    if is_missing(url):
        raise LedgerError(
            f"no ledger is at {described(url)}: the daemon makes it when it starts. Run this where "
            "the daemon runs, or set ledger.url: both must have the same one"
        )


def _owned(sender: str, loaded: Loaded) -> str:
    """Insist on a sender of the account; an event's that is none would give way in silence."""
    from smsherald.errors import UnusableError
    from smsherald.sms import sender as normalised

    twilio = loaded.settings.twilio
    account = twilio.accounts[twilio.default_account].public
    try:
        wanted = normalised(sender, loaded.settings.default_region)
    except UnusableError:
        wanted = sender
    if wanted not in account.senders:
        raise typer.BadParameter(
            f"the account {account.name} owns {', '.join(sorted(account.senders))} only",
            param_hint="--from",
        )
    return wanted


async def _send(loaded: Loaded, body: dict[str, Any]) -> Settlement | None:
    import json
    from uuid import uuid4

    from smsherald.app import assembled
    from smsherald.app.live import Live
    from smsherald.broker.choose import settling
    from smsherald.model import Delivery

    delivery = Delivery(
        body=json.dumps(body).encode(),
        properties={
            "headers": {},
            "message_id": str(uuid4()),
            "app_id": APP_ID,
            "content_type": "application/json",
        },
        exchange=loaded.settings.broker.exchange,
        routing_key=ROUTING_KEY,
        redelivered=False,
        tag=0,
    )
    async with (
        assembled(loaded.settings, lambda: Live(loaded.flows)) as parts,
        settling(loaded.settings.broker, parts.topology) as session,
    ):
        return await parts.settling.consumer.handle(session, delivery)


def _report(settlement: Settlement | None) -> bool:
    """Print what became of it, and return whether a text was sent."""
    from smsherald.model import Deferred, Failed, Parked, Sent, Skipped

    if settlement is None:
        typer.echo("the broker went away before the outcome could be told", err=True)
        return False
    sent = False
    for _, outcome in settlement.results:
        match outcome:
            case Sent():
                sent = True
                typer.echo(f"sent: {outcome.sid}")
            case Failed():
                code = f" (Twilio's error {outcome.code})" if outcome.code else ""
                typer.echo(f"failed: {outcome.reason}{code}")
            case Skipped():
                typer.echo(f"skipped: {outcome.reason}")
            case Deferred():
                typer.echo(f"deferred: {outcome.reason}: the daemon will try it again")
            case Parked():
                typer.echo(f"parked: {outcome.reason}: {outcome.detail}")
            case _:
                typer.echo("duplicate")
    for defect in settlement.defects:
        typer.echo(f"parked: {defect.reason}: {defect.detail}")
    if not settlement.results and not settlement.defects:
        typer.echo(f"ignored: no flow subscribes to {ROUTING_KEY}")
    return sent
