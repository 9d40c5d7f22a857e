"""`smsherald demo`: the whole daemon in one process, with the sandbox in place of Twilio."""

from __future__ import annotations

from typing import Annotated

import typer

from smsherald.cli.exits import FAILED
from smsherald.cli.options import Config

EMBEDDED = "memory://"


def command(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End after the samples, instead of at Ctrl-C.")
    ] = False,
    broker: Annotated[
        str, typer.Option(metavar="URL", help="A RabbitMQ, in place of the embedded broker.")
    ] = EMBEDDED,
    config: Config = None,
) -> None:
    """Show the daemon at work: sample events become texts in a sandbox, and yours too.

    Where no flow wants some of the samples, the events of their tests are published in their
    place, as if they happened now.

    Nothing leaves this machine and nothing is kept, but queues and exchanges named
    smsherald-demo on a broker of your own. Exits with 0 when every sample ended as it
    should, 69 when the broker cannot be reached.
    """
    import asyncio
    import tempfile

    from smsherald.cli.demo.stage import play

    with tempfile.TemporaryDirectory(prefix="smsherald-demo-") as folder:
        expected = asyncio.run(play(config, broker, folder, once=once))
    raise typer.Exit(0 if expected else FAILED)
