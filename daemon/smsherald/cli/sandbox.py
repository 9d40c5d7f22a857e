"""`smsherald sandbox`: a Twilio look-alike until Ctrl-C."""

from __future__ import annotations

from typing import Annotated

import typer

from smsherald.cli.exits import FAILED

DEFAULT_PORT = 8791


def command(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")
    ] = DEFAULT_PORT,
    host: Annotated[
        str, typer.Option(help="The address to listen on; another than loopback shows all texts.")
    ] = "127.0.0.1",
    account: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SID:TOKEN",
            help="An account that may sign in; repeatable. Without: every AC… and SK….",
        ),
    ] = None,
    delivery_delay: Annotated[
        float,
        typer.Option(min=0, help="Seconds from queued to sent, and again to delivered."),
    ] = 0.5,
) -> None:
    """Run a Twilio look-alike: nothing is sent, every text is shown on its inbox page."""
    import asyncio

    accounts = dict(map(_credentials, account)) if account else None
    try:
        asyncio.run(_serve(host, port, accounts, delivery_delay))
    except OSError as error:
        typer.echo(f"Cannot listen on {host}:{port}: {error.strerror or error}.", err=True)
        typer.echo("Choose another with --port, or any free one with --port 0.", err=True)
        raise typer.Exit(FAILED) from error


def _credentials(text: str) -> tuple[str, str]:
    sid, colon, token = text.partition(":")
    if not (sid.startswith(("AC", "SK")) and colon and token):
        # The value itself holds a secret.
        message = "--account takes SID:TOKEN, and the SID begins with AC or SK."
        raise typer.BadParameter(message)
    return sid, token


async def _serve(host: str, port: int, accounts: dict[str, str] | None, delay: float) -> None:
    import asyncio
    import signal

    from smsherald.sandbox import Sandbox

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Sandbox(host, port, accounts=accounts, delay=delay) as sandbox:
        typer.echo(f"The sandbox is up: {sandbox.url} (open it to read the texts)")
        typer.echo("Point smsherald at it in its settings:")
        typer.echo(f"  twilio: {{accounts: {{default: {{api_url: '{sandbox.url}'}}}}}}")
        typer.echo("or in its environment:")
        typer.echo(f"  SMSHERALD__TWILIO__ACCOUNTS__DEFAULT__API_URL={sandbox.url}")
        typer.echo("Ctrl-C ends it.")
        await stop.wait()
