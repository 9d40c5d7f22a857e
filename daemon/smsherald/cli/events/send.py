"""`smsherald send`: one text, through the pipeline, from the shell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from pathlib import Path

    from smsherald.model import Delivery
    from smsherald.settings.load import Loaded

ROUTING_KEY = "sms.requested"
APP_ID = "smsherald-send"
FLOW = """\
subscribe: sms.requested
schema: sms
to: "{{ sms.phone }}"
from: "{{ sms.from }}"      # used where the account owns it
message: "{{ sms.message }}"
"""
"""What makes a text of it; `config/flows/sms.yaml` has its tests too."""
_OPTIONS: Mapping[str, str] = {
    "bad_number": "--to",
    "empty_text": "--message",
    "text_too_long": "--message",
}
"""What was mistyped, by the reason why a flow can make no text of it."""


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

    It makes an `sms.requested` event and takes it the way of any other, so the notifications are
    published too, and what is deferred is tried again by the daemon: do not send it again.

    Exits with 0 only if the text was sent, 2 where no text can be made of it, 69 when the broker
    cannot be reached.
    """
    import asyncio
    import os
    import sys

    from smsherald.cli.events.sending import send
    from smsherald.observe.log import configure
    from smsherald.settings.load import find_config, load

    settings = find_config(config, os.environ)
    loaded = load(settings, os.environ)
    _require_daemons(loaded)
    sender = _owned(sender, loaded) if sender else None
    _require_written(loaded)
    configure(loaded.settings.log, sys.stderr)
    body = {"phone": to, "message": message} | ({"from": sender} if sender else {})
    delivery = _delivery(loaded, {"sms": body})
    _require_texts(loaded, delivery, settings.parent)
    raise typer.Exit(0 if asyncio.run(send(loaded, delivery)) else FAILED)


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


def _require_written(loaded: Loaded) -> None:
    """Insist on a ledger that takes what is written: the daemon waits for one, nobody here does."""
    from contextlib import suppress

    from smsherald.cli.operate.opening import opened
    from smsherald.errors import LedgerError

    # What no waiting helps is said where it is opened for good: it may be upgraded there.
    with suppress(LedgerError), opened(loaded.settings.ledger) as ledger:
        ledger.replicas.require_writable()


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


def _delivery(loaded: Loaded, body: dict[str, Any]) -> Delivery:
    """Return the event as a broker would bring it."""
    import json
    from uuid import uuid4

    from smsherald.model import Delivery

    return Delivery(
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


def _require_texts(loaded: Loaded, delivery: Delivery, folder: Path) -> None:
    """Insist that every flow can make its text: what is mistyped here parks nothing there.

    `folder` is that of the settings.
    """
    import time

    from smsherald.errors import UnusableError
    from smsherald.flows import make

    try:
        event = loaded.reading.of(delivery, time.time())
        made = make(event, loaded.flows)
    except UnusableError as error:
        raise typer.BadParameter(str(error)) from None
    for defect in made.defects:
        raise typer.BadParameter(
            f"the flow {defect.flow} can make no text of this: {defect.reason}: {defect.detail}",
            param_hint=_OPTIONS.get(defect.reason),
        )
    if not made.smses and not made.published:
        typer.echo(f"ignored: no flow makes a text of {ROUTING_KEY}")
        wanting = ", ".join(flow.id for flow in loaded.flows.wanting(event))
        if wanting:
            say.error(f"It is subscribed to by {wanting}, whose `when` says no to this text.")
        else:
            file = folder / "flows" / "sms.yaml"
            say.error(f"Write this into {file}, and let the daemon reload (SIGHUP):\n\n{FLOW}")
        raise typer.Exit(FAILED)
