"""`smsherald preview`: what each flow makes of an event."""

from __future__ import annotations

from typing import Annotated

import typer

from smsherald.cli.exits import INTERRUPTED
from smsherald.cli.options import Config


def command(  # noqa: PLR0917 - typer's signature
    event: Annotated[str, typer.Argument(metavar="EVENT.json", show_default=False)],
    routing_key: Annotated[
        str | None, typer.Option("--routing-key", "-k", help="The event's routing key.")
    ] = None,
    exchange: Annotated[
        str | None,
        typer.Option(help="The exchange that it is published to. Default: broker.exchange."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="One of its headers; can be given several times."),
    ] = None,
    flow: Annotated[str | None, typer.Option(metavar="ID", help="This flow alone.")] = None,
    config: Config = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Again whenever the settings, a flow or EVENT.json is saved."),
    ] = False,
) -> None:
    """Show what each flow makes of an event: the text as on a phone, or why there is none.

    EVENT.json is an event's body, an event that `smsherald tap` recorded, or a line of the one or
    the other for each of several (.jsonl), of which the first 20 are shown; - is standard input.
    Where nobody says by which routing key it comes, each flow sees it by the first that it
    subscribes to. Nothing is sent, and no credentials are needed.

    Exits with 0 when a text is made and nothing is parked, else 1 (what is parked by flows that see
    it by a guessed routing key does not count), 2 when the event cannot be read, 78 when the
    configuration cannot be used, 130 on Ctrl-C.
    """
    if watch and event == "-":
        raise typer.BadParameter("standard input is read once", param_hint="--watch")
    headers = _headers(header or [])
    try:
        from smsherald.cli.flows.preview.previewing import Preview

        preview = Preview(event, routing_key, exchange, headers, flow, config, as_json=as_json)
        if watch:
            preview.forever()
        code = preview.once()
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    if code:
        raise typer.Exit(code)


def _headers(said: list[str]) -> dict[str, str]:
    headers = {}
    for each in said:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise typer.BadParameter("a header is NAME=VALUE", param_hint="--header")
        headers[name] = value
    return headers
