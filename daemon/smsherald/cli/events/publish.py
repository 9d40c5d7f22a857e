"""`smsherald publish`: events from files onto the exchange."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config

if TYPE_CHECKING:
    from smsherald.settings.load import Loaded
    from smsherald.settle.port import Message

_Item = TypeVar("_Item")

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
    import asyncio
    import os

    from smsherald.broker.choose import is_embedded
    from smsherald.settings.load import find_config, load

    if message_id is not None and len(files) > 1:
        raise typer.BadParameter("one id cannot name several events", param_hint="--message-id")
    loaded = load(find_config(config, os.environ), os.environ, idle=True)
    broker = loaded.settings.broker
    if is_embedded(broker):
        raise typer.BadParameter(
            "broker.url is memory://, which lives inside the daemon: nothing can be published "
            "to it from outside",
            param_hint="--config",
        )
    messages = list(zip(files, _messages(files, message_id), strict=True))
    taken: list[Path] = []
    try:
        asyncio.run(_publish(loaded, routing_key, messages, taken))
    finally:
        typer.echo(f"{len(taken)} of {len(files)} published to {broker.exchange}")
    if len(taken) < len(files):
        raise typer.Exit(FAILED)


async def _publish(
    loaded: Loaded, routing_key: str, messages: Sequence[tuple[Path, Message]], taken: list[Path]
) -> None:
    """Publish in order; `taken` grows by each file that a queue took."""
    from smsherald.app.live import Live
    from smsherald.app.topology import topology
    from smsherald.broker.choose import publishing
    from smsherald.broker.shop import publish_event
    from smsherald.settle.port import Confirm

    settings = loaded.settings
    exchange = settings.broker.exchange
    async with publishing(settings.broker, topology(Live(settings, loaded.flows))) as session:
        for file, message in _progress(messages):
            word = await publish_event(session, message, exchange, routing_key)
            if word is Confirm.CONFIRMED:
                taken.append(file)
            else:
                why = "no queue is bound to it" if word is Confirm.RETURNED else "the queue is full"
                typer.echo(f"{file}: not taken: {routing_key}: {why}", err=True)


def _messages(files: list[Path], message_id: str | None) -> Iterator[Message]:
    from smsherald.settle.port import PERSISTENT, Message

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


def _progress(messages: Sequence[_Item]) -> Iterable[_Item]:
    """Show how far it is, where there is much and somebody looks."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if len(messages) == 1 or not console.is_terminal:
        return messages
    return track(messages, "Publishing", console=console)
