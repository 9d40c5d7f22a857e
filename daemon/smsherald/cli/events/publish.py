"""`smsherald publish`: events from files onto the exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smsherald.cli import say
from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config
from smsherald.cli.progress import tracked
from smsherald.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    from smsherald.cli.events.bodies import Body
    from smsherald.settings.values import BrokerSettings


APP_ID = "smsherald-publish"
"""Without an `app_id` a message id identifies nothing."""
_MOST_SAID = 10
"""Of the events that no queue took: mostly the same is wrong with all of them."""


def command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="A file is an event's body, `-` standard input; of FILE.jsonl and FILE.ndjson "
            "each line is one.",
        ),
    ],
    routing_key: Annotated[
        str, typer.Option("--routing-key", "-k", help="For example order.created.")
    ],
    message_id: Annotated[
        str | None,
        typer.Option(
            help="Makes it the same event when published again, whatever its body. For one event.",
            show_default=False,
        ),
    ] = None,
    lines: Annotated[  # noqa: FBT002 - typer's signature
        bool, typer.Option("--lines", help="Each line is an event's body, of whatever file.")
    ] = False,
    config: Config = None,
) -> None:
    """Put events on the exchange, as they are.

    Files with an event a line are read whole, up to 256 MiB: where a line is no JSON, nothing is
    published. Published again, the same body is the same event, and texts nobody twice.

    Of the settings it needs those of the broker; account, ledger and flows need not be there.

    Exits with 0 when a queue took each of them, 1 when one found none, 2 when a file cannot be
    published, 69 when the broker cannot be reached or refuses them, 78 when the exchange is not
    there.
    """
    import asyncio
    import os

    from smsherald.broker.choose import is_embedded
    from smsherald.cli.events.bodies import read
    from smsherald.settings.load import find_config, load_broker

    broker = load_broker(find_config(config, os.environ), os.environ)
    if is_embedded(broker):
        raise typer.BadParameter(
            "broker.url is memory://, which lives inside the daemon: nothing can be published "
            "to it from outside",
            param_hint="--config",
        )
    try:
        bodies = read(files, lines=lines)
    except KeyboardInterrupt:
        typer.echo(f"0 published to {broker.exchange}: not all was read yet")
        raise
    if message_id is not None and len(bodies) > 1:
        raise typer.BadParameter("one id cannot name several events", param_hint="--message-id")
    tally = _Tally()
    try:
        asyncio.run(_publish(broker, routing_key, _properties(message_id), bodies, tally))
    finally:
        _say_more(tally.refused - _MOST_SAID)
        typer.echo(
            f"{tally.taken:,} of {len(bodies):,} published to {broker.exchange}{tally.unanswered}"
        )
    if tally.taken < len(bodies):
        raise typer.Exit(FAILED)


@dataclass
class _Tally:
    """How many were sent to the broker, how many of them a queue took, and how many none."""

    asked: int = 0
    taken: int = 0
    refused: int = 0
    trouble: str = ""
    """Why the broker takes nothing just now."""

    @property
    def unanswered(self) -> str:
        if self.asked == self.taken + self.refused:
            return ""
        why = f" ({self.trouble})" if self.trouble else ""
        return f"; one more may have been: nobody awaits the broker's word on it now{why}"

    def is_in_trouble(self, trouble: UnreachableError) -> None:
        """Say it, once for as long as it lasts."""
        if self.trouble != str(trouble):
            self.trouble = str(trouble)
            say.warning(f"{trouble}; an event waits for that")


async def _publish(
    broker: BrokerSettings,
    routing_key: str,
    properties: Mapping[str, object],
    bodies: Sequence[Body],
    tally: _Tally,
) -> None:
    """Publish in order; the tally counts each as it is answered."""
    from smsherald.broker.choose import publishing
    from smsherald.broker.shop import publish_event
    from smsherald.settle.port import Confirm, Message

    exchange = broker.exchange
    async with publishing(broker) as session:
        for place, content in tracked("Publishing", bodies):
            message = Message(content, properties)
            tally.asked += 1
            try:
                word = await publish_event(
                    session, message, exchange, routing_key, tally.is_in_trouble
                )
            except RefusedError:
                tally.asked -= 1
                raise
            tally.trouble = ""
            if word is Confirm.CONFIRMED:
                tally.taken += 1
                continue
            tally.refused += 1
            if tally.refused <= _MOST_SAID:
                why = "no queue is bound to it" if word is Confirm.RETURNED else "the queue is full"
                typer.echo(f"{place}: not taken: {routing_key}: {why}", err=True)


def _say_more(count: int) -> None:
    if count > 0:
        typer.echo(f"… and {count:,} more", err=True)


def _properties(message_id: str | None) -> Mapping[str, object]:
    from smsherald.settle.port import PERSISTENT

    properties: dict[str, object] = {
        "content_type": "application/json",
        "delivery_mode": PERSISTENT,
    }
    if message_id is not None:
        properties |= {"message_id": message_id, "app_id": APP_ID}
    return properties
