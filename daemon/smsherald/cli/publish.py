"""`smsherald publish`: events from files onto the exchange."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.broker.port import Message

APP_ID = "smsherald-publish"
"""Without an `app_id` a message id identifies nothing."""


def command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Event bodies, one a file; `-` is standard input."),
    ],
    routing_key: Annotated[
        str, typer.Option("--routing-key", "-k", help="For example order.created.")
    ],
    message_id: Annotated[
        str | None,
        typer.Option(
            help="Makes it the same event when published again, whatever its body. For one file.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Put events on the exchange, as they are.

    Exits with 0 when a queue took each of them, 1 when one found none, 69 when the broker
    cannot be reached, 78 when the exchange is not there.
    """
    import os

    from smsherald.broker.address import addresses
    from smsherald.broker.choose import is_embedded
    from smsherald.broker.once import publish_each
    from smsherald.broker.port import Confirm
    from smsherald.settings.load import find_config, load

    if message_id is not None and len(files) > 1:
        raise typer.BadParameter("one id cannot name several events", param_hint="--message-id")
    broker = load(find_config(config, os.environ), os.environ).settings.broker
    if is_embedded(broker):
        raise typer.BadParameter(
            "broker.url is memory://, which lives inside the daemon: nothing can be published "
            "to it from outside",
            param_hint="--config",
        )
    address = addresses(broker.url.reveal())[0]
    messages = list(_messages(files, message_id))
    words = publish_each(address, broker.exchange, routing_key, messages)
    refused = 0
    for file, word in zip(files, _progress(words, len(files)), strict=True):
        if word is not Confirm.CONFIRMED:
            refused += 1
            why = "no queue is bound to it" if word is Confirm.RETURNED else "the queue is full"
            typer.echo(f"{file}: not taken: {routing_key}: {why}", err=True)
    typer.echo(f"{len(files) - refused} of {len(files)} published to {broker.exchange}")
    if refused:
        raise typer.Exit(FAILED)


def _messages(files: list[Path], message_id: str | None) -> Iterator[Message]:
    from smsherald.broker.port import PERSISTENT, Message

    properties: dict[str, object] = {
        "content_type": "application/json",
        "delivery_mode": PERSISTENT,
    }
    if message_id is not None:
        properties |= {"message_id": message_id, "app_id": APP_ID}
    for file in files:
        try:
            body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from error
        yield Message(body, properties)


def _progress(words: Iterator[object], total: int) -> Iterator[object]:
    """Show how far it is, where there is much and somebody looks."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if total == 1 or not console.is_terminal:
        return words
    return iter(track(words, "Publishing", total, console=console))
