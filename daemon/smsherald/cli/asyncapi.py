"""`smsherald asyncapi`: what this configuration takes and tells, for tools of others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smsherald.cli import in_json, say
from smsherald.cli.exits import FAILED
from smsherald.cli.files import TAKE
from smsherald.cli.options import Config
from smsherald.unit import why


def command(
    *,
    config: Config = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write it to a file.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print the AsyncAPI 3.0 document of this configuration, as YAML.

    Channels in are what the flows subscribe to, with what each of them needs of an event; channels
    out are the notifications and what flows publish. Credentials need not be there, and none is in
    it. Where broker.url is not there, or is memory://, it has no servers.

    Exits with 0 when it is written, 1 when the file cannot be, 78 when the configuration cannot be
    used.
    """
    import os

    from smsherald.cli.flows.begin.yaml_text import block
    from smsherald.contract import asyncapi
    from smsherald.settings.load import find_config, load_flows

    document = asyncapi(load_flows(find_config(config, os.environ), os.environ))
    text = in_json.written(document) if as_json else "\n".join(block(document, 0))
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        say.error(f"{output}: {why(error, TAKE)}")
        raise typer.Exit(FAILED) from None
